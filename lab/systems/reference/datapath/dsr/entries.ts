import { createHash } from 'node:crypto';
import { contains, type Ipv4Range, ipv4 } from '../../../../../helpers/ipv4.ts';
import type { Backend } from '../../backend.ts';
import type { FaultName, Faults } from '../../faults.ts';
import type { Frontend } from '../frontends.ts';
import type { DatapathSettings } from '../settings.ts';
import { backendName, defaultSeed, lookupTable, tableSize } from './maglev.ts';

/**
 * The contents of the eBPF programs' maps, as the bytes program.c lays them out. Pure: the same frontends give the same
 * entries, so that only what changed is written.
 */

export interface ProgramNode {
  readonly name: string;
  /** Its InternalIP: the outer source of what it sends in Geneve. */
  readonly address: string;
  /** Every address under which its node ports answer. */
  readonly addresses: readonly string[];
  /** Of its interface with that address. */
  readonly interfaceIndex: number;
  /** Of that interface, in bytes. */
  readonly mtu: number;
}

/** Where a range of pod addresses is: the InternalIP of the node that has them. */
export interface PodNetwork {
  readonly range: Ipv4Range;
  readonly nodeAddress: string;
}

/** By map of program.c: value by key, both as hexadecimal bytes. */
export interface MapEntries {
  readonly backends: ReadonlyMap<string, string>;
  readonly tables: ReadonlyMap<string, string>;
  readonly services: ReadonlyMap<string, string>;
}

/** Bits of `struct config` in program.c. */
const optionOnNewBackend = 1;
/** Their bits follow it, in this order. */
const faultsByBit: readonly FaultName[] = [
  'dsr-option-missing',
  'dsr-option-wrong-address',
  'dsr-inner-source-rewritten',
  'dsr-reply-through-entry-node',
  'dsr-only-the-syn',
  'cilium-32189',
  'cilium-33609',
  'cilium-27730',
  'dsr-too-big-silent',
  'tunnel-wrong-port',
  'tunnel-option-always',
  'dsr-udp-option-once',
  'dsr-udp-from-pod',
];

const protocolNumber = { TCP: 6, UDP: 17 } as const;
const affinity = 1;
const random = 2;

/** `struct config`. `source` is the outer source of what is sent. */
export function configEntry(node: ProgramNode, source: string, version: string, faults: Faults): string {
  let flags = hasOptionOnNewBackend(version) ? optionOnNewBackend : 0;
  faultsByBit.forEach((name, i) => {
    if (faults.has(name)) flags |= 2 << i;
  });
  return hex(
    addressBytes(node.address),
    addressBytes(source),
    u32(node.interfaceIndex),
    u32(node.mtu),
    u32(flags),
  );
}

/** From 1.20 on a connection that changes its backend tells the new one the service's address, too (cilium#47529). */
function hasOptionOnNewBackend(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 1 || minor >= 20;
}

/** Numbers backends, and tables by what is in them. A number is never given twice: connections are known by it. */
export class Numbers {
  readonly #known = new Map<string, number>();

  of(name: string): number {
    const number = this.#known.get(name) ?? this.#known.size + 1;
    this.#known.set(name, number);
    return number;
  }
}

export function mapEntries(
  node: ProgramNode,
  frontends: readonly Frontend[],
  options: {
    readonly algorithm: DatapathSettings['loadBalancer']['algorithm'];
    readonly podNetworks: readonly PodNetwork[];
    readonly faults: Faults;
    readonly backendNumbers: Numbers;
    readonly tableNumbers: Numbers;
  },
): MapEntries {
  const { algorithm, podNetworks, faults, backendNumbers, tableNumbers } = options;
  const backends = new Map<string, string>();
  const tables = new Map<string, string>();
  const services = new Map<string, string>();
  for (const frontend of frontends) {
    if (frontend.backends.length === 0) continue;
    const { protocol, port } = frontend;
    const named = (backend: Backend) => ({ ...backend, name: backendName(backend, protocol), weight: 1 });
    const number = (backend: Backend): number => backendNumbers.of(backendName(backend, protocol));
    // Those that terminate get no new connections, and finish what they have.
    for (const backend of [...frontend.backends, ...frontend.draining]) {
      const home = nodeOf(backend.address, podNetworks);
      const remote = home === undefined || home === node.address ? '0.0.0.0' : home;
      const value = [addressBytes(backend.address), portBytes(backend.port), u16(0), addressBytes(remote)];
      backends.set(hex(u32(number(backend))), hex(...value));
    }
    const turns = inTurn(frontend.backends.map(named));
    const table = tableNumbers.of(turns.map(({ name }) => name).join());
    const key = hex(u32(table));
    if (!tables.has(key)) tables.set(key, tableEntry(turns.map(number), turns, node, faults));
    const flags = (frontend.affinity ? affinity : 0) | (algorithm === 'random' ? random : 0);
    for (const address of frontend.address === 'node' ? node.addresses : [frontend.address]) {
      const service = [addressBytes(address), portBytes(port), Buffer.from([protocolNumber[protocol], 0])];
      services.set(hex(...service), hex(u32(table), u32(flags)));
    }
  }
  return { backends, tables, services };
}

/** An entry of the map `tunnels`: the node that has a PodCIDR. */
export function tunnelEntry(podCidr: string, nodeAddress: string): { key: string; value: string } {
  const [address = '', length] = podCidr.split('/');
  return { key: hex(u32(Number(length)), addressBytes(address)), value: hex(addressBytes(nodeAddress)) };
}

function nodeOf(address: string, podNetworks: readonly PodNetwork[]): string | undefined {
  return podNetworks.find(({ range }) => contains(range, ipv4(address)))?.nodeAddress;
}

/** Sorted by what is the same on all nodes: in another order, two nodes would fill two tables (cilium#13461). */
function inTurn<T extends { readonly name: string }>(backends: readonly T[]): T[] {
  return [...backends].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** `struct table`: a backend's number per entry. */
function tableEntry(
  numbers: readonly number[],
  turns: Parameters<typeof lookupTable>[0],
  node: ProgramNode,
  faults: Faults,
): string {
  const seed = faults.has('maglev-tables-differ') ? nodeSeed(node) : defaultSeed;
  const table = faults.has('maglev-rehash')
    ? Uint16Array.from({ length: tableSize }, (_, entry) => entry % numbers.length)
    : lookupTable(turns, tableSize, seed);
  const bytes = Buffer.alloc((tableSize + 1) * 2);
  for (const [entry, index] of table.entries()) bytes.writeUInt16LE(numbers[index] ?? 0, entry * 2);
  return hex(bytes);
}

function nodeSeed({ name }: ProgramNode): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0);
}

function addressBytes(address: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(ipv4(address));
  return bytes;
}

function portBytes(port: number): Buffer {
  return Buffer.from([port >> 8, port & 0xff]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

/** In the byte order of every machine this runs on (eBPF has the host's). */
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** As bpftool takes it: `0a 00 01`. */
function hex(...parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
}
