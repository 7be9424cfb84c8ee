import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hex } from './bytes.ts';
import { EtherType } from './ethernet.ts';
import { type DecodedFrame, frameError } from './frame.ts';
import type { DecodeError } from './result.ts';
import { captureBytes } from './writer.ts';

// What tshark says of a frame, and what we say, in the same words. For the oracle test and the fuzzer.

const run = promisify(execFile);

/** The fields claims rest on, by tshark's names; each is a list, outermost layer first. */
export const FIELDS = [
  'eth.src',
  'eth.dst',
  'vlan.id',
  'ieee8021ad.id',
  'arp.opcode',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'arp.dst.hw_mac',
  'arp.dst.proto_ipv4',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ip.ttl',
  'ip.len',
  'ip.id',
  'ip.flags.df',
  'ip.flags.mf',
  'ip.frag_offset',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.nxt',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.flags',
  'tcp.window_size_value',
  'tcp.len',
  'tcp.options.mss_val',
  'tcp.options.wscale.shift',
  'tcp.options.timestamp.tsval',
  'icmp.type',
  'icmp.code',
  'icmp.mtu',
  'geneve.vni',
  'geneve.proto_type',
  'geneve.option.class',
  'geneve.option.type',
  'geneve.option.unknown.data',
  'vxlan.vni',
] as const;
export type Field = (typeof FIELDS)[number];
export type FieldLists = ReadonlyMap<Field, readonly string[]>;

export interface OracleAnswer {
  readonly fields: FieldLists;
  /** tshark says: malformed, cut short, or an expert remark of level warning or error. */
  readonly trouble: string;
}

const TROUBLE = ['_ws.malformed', '_ws.short', '_ws.expert.severity', '_ws.expert.message'] as const;

/** Whose dissectors stay on: a guess at what a payload might be says nothing about our decoders. */
const PROTOCOLS = new Set(
  'frame eth vlan ieee8021ad arp ip ipv6 icmp tcp udp geneve vxlan data ethertype _ws.expert _ws.malformed _ws.short'.split(
    ' ',
  ),
);

/** Ports and preferences under which tshark reads frames as the labs mean them. */
export const TSHARK_OPTIONS: readonly string[] = [
  ...['-n', '-d', 'udp.port==8472,vxlan', '-o', 'ip.defragment:FALSE'],
  ...['-o', 'tcp.desegment_tcp_streams:FALSE', '-o', 'tcp.relative_sequence_numbers:FALSE'],
  ...['-o', 'tcp.analyze_sequence_numbers:FALSE', '-o', 'eth.fcs:Never'],
];

/** tshark's version, or undefined where there is none. */
export async function tsharkVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run('tshark', ['--version']);
    return stdout.split('\n')[0];
  } catch {
    return undefined;
  }
}

/** Asks tshark about frames (Ethernet); one answer each, in order. @throws when tshark is missing or fails */
export async function askTshark(frames: readonly Uint8Array[]): Promise<readonly OracleAnswer[]> {
  const directory = await mkdtemp(join(tmpdir(), 'oracle-'));
  try {
    const config = join(directory, 'config');
    await mkdir(config);
    const protocols = await run('tshark', ['-G', 'protocols'], { maxBuffer: 1 << 24 });
    const off = protocols.stdout
      .split('\n')
      .map(line => line.split('\t')[2] ?? '')
      .filter(name => name !== '' && !PROTOCOLS.has(name));
    await writeFile(join(config, 'disabled_protos'), `${off.join('\n')}\n`);
    const file = join(directory, 'frames.pcap');
    await writeFile(file, captureBytes(frames.map((frame, i) => ({ timestampUs: i, frame }))));
    const fields = [...FIELDS, ...TROUBLE].flatMap(field => ['-e', field]);
    const format = ['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', '-E', 'aggregator=|'];
    const { stdout } = await run('tshark', ['-r', file, ...TSHARK_OPTIONS, ...format, ...fields], {
      maxBuffer: 1 << 30,
      env: { ...process.env, WIRESHARK_CONFIG_DIR: config },
    });
    const answers = stdout.split('\n').slice(0, -1).map(oracleAnswer);
    if (answers.length !== frames.length) {
      throw new Error(`tshark answered for ${answers.length} of ${frames.length} frames`);
    }
    return answers;
  } finally {
    await rm(directory, { recursive: true });
  }
}

function oracleAnswer(line: string): OracleAnswer {
  const columns = line.split('\t');
  const list = (column: string | undefined): readonly string[] =>
    column === undefined || column === '' ? [] : column.split('|').filter(value => value !== '<MISSING>');
  const fields = new Map(
    FIELDS.map((field, i) => [field, list(columns[i]).map(value => plain(field, value))]),
  );
  const [malformed, short, severity, message] = columns.slice(FIELDS.length);
  const serious = list(severity).some(level => Number(level) >= 0x600000);
  const trouble = malformed || short || serious ? `${malformed} ${short} ${message}`.trim() : '';
  return { fields, trouble };
}

/** tshark prints some numbers in hexadecimal. */
function plain(field: Field, value: string): string {
  if (field === 'geneve.option.unknown.data') return value.replaceAll(':', '');
  if (field === 'ip.frag_offset') return String(Number(value) * 8);
  if (value === 'True') return '1';
  if (value === 'False') return '0';
  return /^0x[0-9a-f]+$/.test(value) ? String(Number(value)) : value;
}

/** The same fields from our own decoding. */
export function ownFields(frame: DecodedFrame): FieldLists {
  const fields = new Map<Field, string[]>();
  const add = (field: Field, value: string | number | boolean): void => {
    const list = fields.get(field) ?? [];
    list.push(typeof value === 'boolean' ? String(Number(value)) : String(value));
    fields.set(field, list);
  };
  for (let at: DecodedFrame | undefined = frame; at !== undefined; at = at.inner) addLayers(at, add);
  return fields;
}

function addLayers(frame: DecodedFrame, add: (field: Field, value: string | number | boolean) => void): void {
  const { ethernet, arp, ipv4, ipv6, udp, tcp, icmp, geneve, vxlan } = frame;
  if (ethernet !== undefined) {
    add('eth.src', ethernet.source);
    add('eth.dst', ethernet.destination);
    for (const { tpid, id } of ethernet.vlans)
      add(tpid === EtherType.serviceVlan ? 'ieee8021ad.id' : 'vlan.id', id);
  }
  if (arp !== undefined) {
    add('arp.opcode', arp.operation);
    add('arp.src.hw_mac', arp.senderMac);
    add('arp.src.proto_ipv4', arp.senderIp);
    add('arp.dst.hw_mac', arp.targetMac);
    // In a DRARP error (RFC 1931) tshark reads an error code there.
    if (arp.operation !== 7) add('arp.dst.proto_ipv4', arp.targetIp);
  }
  if (ipv4 !== undefined) addIpv4(ipv4, add);
  if (ipv6 !== undefined) {
    add('ipv6.src', ipv6.source);
    add('ipv6.dst', ipv6.destination);
    add('ipv6.nxt', ipv6.nextHeader);
  }
  if (udp !== undefined) {
    add('udp.srcport', udp.sourcePort);
    add('udp.dstport', udp.destinationPort);
    add('udp.length', udp.length);
  }
  if (tcp !== undefined) {
    add('tcp.srcport', tcp.sourcePort);
    add('tcp.dstport', tcp.destinationPort);
    add('tcp.seq_raw', tcp.sequence);
    add('tcp.ack_raw', tcp.acknowledgment);
    add('tcp.flags', tcp.flags);
    add('tcp.window_size_value', tcp.window);
    add('tcp.len', tcp.payloadEnd - tcp.payloadStart);
    for (const option of tcp.options) {
      if (option.kind === 'mss') add('tcp.options.mss_val', option.value);
      if (option.kind === 'window-scale') add('tcp.options.wscale.shift', option.shift);
      if (option.kind === 'timestamps') add('tcp.options.timestamp.tsval', option.value);
    }
  }
  if (icmp !== undefined) {
    add('icmp.type', icmp.type);
    add('icmp.code', icmp.code);
    if (icmp.nextHopMtu !== undefined) add('icmp.mtu', icmp.nextHopMtu);
    if (icmp.original?.ok === true) {
      const { ipv4: about, sourcePort, destinationPort } = icmp.original.value;
      addIpv4(about, add);
      const layer = about.protocol === 6 ? 'tcp' : 'udp';
      if (sourcePort !== undefined) add(`${layer}.srcport`, sourcePort);
      if (destinationPort !== undefined) add(`${layer}.dstport`, destinationPort);
    }
  }
  if (geneve !== undefined) {
    add('geneve.vni', geneve.vni);
    add('geneve.proto_type', geneve.protocolType);
    for (const option of geneve.options) {
      add('geneve.option.class', option.optionClass);
      add('geneve.option.type', option.type);
      if (option.data.length > 0) add('geneve.option.unknown.data', hex(option.data));
    }
  }
  if (vxlan !== undefined) add('vxlan.vni', vxlan.vni);
}

function addIpv4(
  ipv4: NonNullable<DecodedFrame['ipv4']>,
  add: (field: Field, value: string | number | boolean) => void,
): void {
  add('ip.src', ipv4.source);
  add('ip.dst', ipv4.destination);
  add('ip.proto', ipv4.protocol);
  add('ip.ttl', ipv4.ttl);
  add('ip.len', ipv4.totalLength);
  add('ip.id', ipv4.identification);
  add('ip.flags.df', ipv4.dontFragment);
  add('ip.flags.mf', ipv4.moreFragments);
  add('ip.frag_offset', ipv4.fragmentOffset);
}

/**
 * Our objections tshark does not share: it knows no DSR option, reads ARP of other kinds than ours, and asks
 * nothing of an empty payload.
 */
function ofOurOwn({ layer, reason }: DecodeError): boolean {
  if (reason.endsWith(', 0 there') || layer === 'cilium-dsr') return true;
  return layer === 'arp' && reason.includes(', not ');
}

/** Where our decoding and tshark's part; undefined where they agree. */
export function disagreement(frame: DecodedFrame, answer: OracleAnswer): string | undefined {
  const own = ownFields(frame);
  const error = frameError(frame);
  const cut = some(frame, ({ ipv4, ipv6, udp }) => ipv4?.truncated || ipv6?.truncated || udp?.truncated);
  // A TCP option we keep as bytes (unknown, or of a length it cannot have) may end tshark's reading of the options.
  const oddOptions = some(
    frame,
    ({ tcp }) => tcp?.optionsError !== undefined || tcp?.options.some(({ kind }) => kind === 'other'),
  );
  const fragment = some(frame, ({ ipv4 }) => ipv4?.moreFragments);
  const quotes = some(frame, ({ icmp }) => icmp?.original !== undefined);
  // Where we stopped with an error tshark may show a few fields more of that layer, and of a packet quoted in an
  // ICMP error it shows all: there our list must be how tshark's begins. Everywhere else the two are equal.
  const mayGoOn = error !== undefined || quotes;
  for (const field of FIELDS) {
    // Of a cut or fragmented packet ours counts what is there of a segment, tshark gives no length.
    if (field === 'tcp.len' && (cut || fragment)) continue;
    if (field.startsWith('tcp.options.') && oddOptions && answer.trouble !== '') continue;
    // A length of 0 (left to the interface) is shown by tshark as what the frame holds.
    if (field === 'ip.len' && own.get('ip.len')?.includes('0') === true) continue;
    const ours = own.get(field) ?? [];
    const theirs = answer.fields.get(field) ?? [];
    const compared = mayGoOn ? theirs.slice(0, ours.length) : theirs;
    if (ours.join('|') !== compared.join('|'))
      return `${field}: ours ${ours.join('|')}, theirs ${theirs.join('|')}`;
  }
  // A first fragment too short for its headers is for tshark merely not put together yet.
  if (error !== undefined && answer.trouble === '' && !ofOurOwn(error) && !fragment) {
    return `only we object: ${error.layer}: ${error.reason}`;
  }
  // Below 0x0600 the EtherType is a length, and what follows LLC, which we do not read.
  const llc = some(frame, ({ ethernet }) => ethernet !== undefined && ethernet.etherType < 0x0600);
  const excused = cut || quotes || llc || oddOptions;
  if (error === undefined && !excused && answer.trouble.includes('_ws.malformed')) {
    return `only tshark objects: ${answer.trouble}`;
  }
  return undefined;
}

function some(frame: DecodedFrame, holds: (layer: DecodedFrame) => boolean | undefined): boolean {
  for (let at: DecodedFrame | undefined = frame; at !== undefined; at = at.inner) {
    if (holds(at) === true) return true;
  }
  return false;
}
