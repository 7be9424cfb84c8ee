import { expect, test } from '@playwright/test';
import * as build from './build.ts';
import { dsrService } from './cilium/dsr.ts';
import { type DecodedFrame, decodeFrame, frameError, innermost } from './frame.ts';
import { mutated, randomFrame } from './generate.ts';
import { decodeGeneve } from './geneve.ts';
import { IpProtocol } from './ipv4.ts';
import { hasDsrOption, isGeneve } from './predicates.ts';
import { Random } from './random.ts';
import { readCapture } from './reader.ts';
import { TcpFlag, tcpFlagNames } from './tcp.ts';

const real = (name: string): string => new URL(`./testdata/${name}`, import.meta.url).pathname;
const nodes = { source: '192.168.10.100', destination: '192.168.20.100' };
const service = { address: '172.16.1.1', port: 80 };
const syn = build.ethernet(
  build.ipv4(
    build.tcp(new Uint8Array(0), {
      sourcePort: 40_001,
      destinationPort: 8080,
      flags: TcpFlag.syn,
      sequence: 7,
      options: build.bytesOf('020405b4 0402080a 0001e240 00000000 01030307'),
    }),
    { protocol: IpProtocol.tcp, source: '10.10.1.200', destination: '172.20.2.7', ttl: 63 },
  ),
);

test('a DSR packet down to the inner TCP header', () => {
  const frame = decodeFrame(build.geneveFrame(syn, { ...nodes, service }));
  expect(frame.error).toBeUndefined();
  expect(frame.ipv4).toMatchObject(nodes);
  expect(frame.udp).toMatchObject({ destinationPort: 6081, checksum: 0 });
  expect(frame.geneve).toMatchObject({ vni: 2, protocolType: 0x6558, criticalOptions: true });
  expect(frame.geneve?.options).toMatchObject([{ optionClass: 0x014b, type: 0x81, critical: true }]);
  expect(frame.dsr).toEqual(service);
  expect(frame.inner?.ipv4).toMatchObject({ source: '10.10.1.200', destination: '172.20.2.7', ttl: 63 });
  expect(frame.inner?.tcp).toMatchObject({ sourcePort: 40_001, flags: TcpFlag.syn, sequence: 7 });
  expect(frame.inner?.tcp?.options).toEqual([
    { kind: 'mss', value: 1460 },
    { kind: 'sack-permitted' },
    { kind: 'timestamps', value: 123_456, echo: 0 },
    { kind: 'window-scale', shift: 7 },
  ]);
});

test('the option costs 12 bytes, the encapsulation 50', () => {
  expect(build.geneveFrame(syn, nodes).length - syn.length).toBe(50);
  expect(build.geneveFrame(syn, { ...nodes, service }).length - syn.length).toBe(62);
});

test('the DSR option of an IPv6 service, of a wrong size, and twice', () => {
  const header = (...options: Uint8Array[]) => {
    const geneve = decodeGeneve(build.geneve(new Uint8Array(0), { vni: 2, options }));
    return geneve.ok ? dsrService(geneve.value) : geneve;
  };
  const six = build.join(
    build.bytesOf('fd00 0000 0000 0000 0000 0000 0000 0001'),
    build.bytesOf('01bb 0000'),
  );
  expect(header(build.geneveOption(0x014b, 0x81, six))).toEqual({
    ok: true,
    value: { address: 'fd00::1', port: 443 },
  });
  expect(header(build.geneveOption(0x0200, 0x81, six))).toEqual({ ok: true, value: undefined });
  expect(header(build.geneveOption(0x014b, 0x01, six))).toEqual({ ok: true, value: undefined });
  expect(header(build.geneveOption(0x014b, 0x81, new Uint8Array(4)))).toMatchObject({
    ok: false,
    error: { layer: 'cilium-dsr', offset: 8, reason: '4 bytes of data, 8 (IPv4) or 20 (IPv6) expected' },
  });
  expect(header(build.dsrOption(service), build.dsrOption(service))).toMatchObject({
    ok: false,
    error: { offset: 20 },
  });
});

test('gratuitous ARP of a real takeover, and the replies after it', async () => {
  const seen: DecodedFrame[] = [];
  for await (const { frame } of readCapture(real('l2-takeover-arp.pcap'))) seen.push(decodeFrame(frame));
  expect(seen.every(frame => frame.arp !== undefined && frame.error === undefined)).toBe(true);
  expect(seen.filter(({ arp }) => arp?.gratuitous).map(({ arp }) => arp)).toEqual([
    {
      operation: 1,
      senderMac: 'de:28:c3:80:7c:a7',
      senderIp: '192.168.50.200',
      targetMac: 'ff:ff:ff:ff:ff:ff',
      targetIp: '192.168.50.200',
      gratuitous: true,
    },
  ]);
  const answers = seen.filter(({ arp }) => arp?.operation === 2);
  expect(new Set(answers.map(({ arp }) => arp?.senderMac))).toEqual(new Set(['de:28:c3:80:7c:a7']));
});

test('VLAN tags, options, padding', () => {
  const payload = build.udp(build.bytesOf('abcd'), { sourcePort: 1, destinationPort: 2 });
  const packet = build.ipv4(payload, {
    ...nodes,
    protocol: IpProtocol.udp,
    options: build.bytesOf('94040000'),
    dontFragment: true,
  });
  const vlans = [
    { tpid: 0x88a8, id: 100, priority: 5 },
    { tpid: 0x8100, id: 7 },
  ];
  const bytes = build.ethernet(build.join(packet, new Uint8Array(10)), { vlans });
  const { ethernet, ipv4, udp } = decodeFrame(bytes);
  expect(ethernet?.vlans).toMatchObject([
    { tpid: 0x88a8, id: 100, priority: 5 },
    { tpid: 0x8100, id: 7 },
  ]);
  expect(ipv4).toMatchObject({ dontFragment: true, truncated: false, payloadEnd: bytes.length - 10 });
  expect(ipv4?.options).toMatchObject([{ type: 0x94 }]);
  expect(udp).toMatchObject({ length: 10, payloadEnd: bytes.length - 10 });
});

test('only a first fragment has ports', () => {
  const payload = build.udp(new Uint8Array(64), { sourcePort: 1, destinationPort: 2, length: 2000 });
  const fragment = (fragmentOffset: number) =>
    decodeFrame(
      build.ethernet(
        build.ipv4(payload, { ...nodes, protocol: IpProtocol.udp, moreFragments: true, fragmentOffset }),
      ),
    );
  expect(fragment(0).udp).toMatchObject({ sourcePort: 1, truncated: true });
  expect(fragment(1480).ipv4?.fragmentOffset).toBe(1480);
  expect(fragment(1480).udp).toBeUndefined();
  expect(fragment(1480).error).toBeUndefined();
});

test('fragmentation needed: the MTU and the packet it is about', () => {
  const original = build.ipv4(
    build.udp(new Uint8Array(0), { sourcePort: 5000, destinationPort: 53, length: 1480 }),
    {
      ...nodes,
      protocol: IpProtocol.udp,
      totalLength: 1500,
    },
  );
  const { icmp } = decodeFrame(
    build.ethernet(build.ipv4(build.icmp(3, 4, 1450, original), { ...nodes, protocol: IpProtocol.icmp })),
  );
  expect(icmp).toMatchObject({ type: 3, code: 4, nextHopMtu: 1450 });
  expect(icmp?.original).toMatchObject({ ok: true, value: { sourcePort: 5000, destinationPort: 53 } });
});

test('VXLAN, and a cooked capture of all interfaces', () => {
  const vxlan = build.udp(build.vxlan(syn, 77), { sourcePort: 40_000, destinationPort: 8472 });
  const packet = build.ipv4(vxlan, { ...nodes, protocol: IpProtocol.udp });
  expect(decodeFrame(build.ethernet(packet))).toMatchObject({
    vxlan: { vni: 77, vniValid: true },
    inner: { tcp: { sourcePort: 40_001 } },
  });
  const cooked1 = build.join(build.bytesOf('0004 0001 0006 020000000001 0000 0800'), packet);
  expect(innermost(decodeFrame(cooked1, 113)).tcp?.sourcePort).toBe(40_001);
  const cooked2 = build.join(build.bytesOf('0800 0000 00000003 0001 04 06 020000000001 0000'), packet);
  expect(decodeFrame(cooked2, 276).cooked).toMatchObject({
    interfaceIndex: 3,
    packetType: 4,
    address: '020000000001',
  });
});

for (const [what, at, value, error] of [
  ['IPv4 version', 14, 0x65, { layer: 'ipv4', offset: 14, reason: 'version 6, not 4' }],
  [
    'IPv4 header length',
    14,
    0x44,
    { layer: 'ipv4', offset: 14, reason: 'header length 16, at least 20 needed' },
  ],
  [
    'TCP header length',
    46,
    0x40,
    { layer: 'tcp', offset: 46, reason: 'header length 16, at least 20 needed' },
  ],
] as const) {
  test(`a bad ${what} is an error of that layer`, () => {
    const bytes = Uint8Array.from(syn);
    bytes[at] = value;
    expect(decodeFrame(bytes).error).toEqual(error);
  });
}

test('a bad TCP option leaves the segment readable', () => {
  const bytes = Uint8Array.from(syn);
  bytes[55] = 0;
  const { tcp, error } = decodeFrame(bytes);
  expect(error).toBeUndefined();
  expect(tcp).toMatchObject({ flags: TcpFlag.syn, optionsError: { layer: 'tcp', offset: 54 } });
});

test('a Geneve option past its header stops there, the layers above stay', () => {
  const bytes = build.geneveFrame(syn, { ...nodes, service });
  bytes[53] = 0x1f;
  const frame = decodeFrame(bytes);
  expect(frame.udp).toBeDefined();
  expect(frame.inner).toBeUndefined();
  expect(frame.error).toEqual({
    layer: 'geneve',
    offset: 50,
    reason: 'option of 128 bytes with 12 bytes of options left',
  });
});

test('tunnels in tunnels end somewhere', () => {
  let frame = syn;
  for (let i = 0; i < 20; i++) frame = build.geneveFrame(frame, nodes);
  expect(frameError(decodeFrame(frame))).toMatchObject({ layer: 'nesting' });
});

test('cut at any byte, a frame gives an error or says that it is cut', () => {
  const whole = build.geneveFrame(syn, { ...nodes, service });
  for (let cut = 0; cut < whole.length; cut++) {
    const frame = decodeFrame(whole.subarray(0, cut));
    expect(frameError(frame) !== undefined || frame.ipv4?.truncated).toBe(true);
  }
});

test('the quick predicates agree with full decoding', () => {
  const random = new Random(11);
  const wrong: string[] = [];
  let found = 0;
  for (let i = 0; i < 20_000; i++) {
    const plain = randomFrame(random);
    const bytes = random.percent(50) ? mutated(random, plain) : plain;
    const { geneve, dsr, error } = decodeFrame(bytes);
    const [quickGeneve, quickDsr] = [isGeneve, hasDsrOption].map(holds => holds(bytes, 0, bytes.length, 1));
    const missed = (geneve !== undefined && !quickGeneve) || (dsr !== undefined && !quickDsr);
    const tooMany = error === undefined && geneve === undefined && quickGeneve;
    if (missed || tooMany) wrong.push(Buffer.from(bytes).toString('hex'));
    if (dsr !== undefined) found++;
  }
  expect(wrong).toEqual([]);
  expect(found).toBeGreaterThan(1000);
});

test('flag names', () => {
  expect(tcpFlagNames(TcpFlag.syn | TcpFlag.ack)).toBe('SYN,ACK');
});
