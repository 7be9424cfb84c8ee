import { expect, test } from '@playwright/test';
import { ipv4 } from '../../../../../helpers/ipv4.ts';
import { sampleFrontend } from '../frontends.sample.ts';
import type { Frontend } from '../frontends.ts';
import {
  configEntry,
  mapEntries,
  Numbers,
  type PodNetwork,
  type ProgramNode,
  tunnelEntry,
} from './entries.ts';
import { tableSize } from './maglev.ts';

const node: ProgramNode = {
  name: 'k8s-ctr',
  address: '192.168.10.100',
  addresses: ['192.168.10.100', '10.0.2.15'],
  interfaceIndex: 3,
  mtu: 1500,
};

const podNetworks: readonly PodNetwork[] = [
  { range: { first: ipv4('172.20.0.0'), last: ipv4('172.20.0.255') }, nodeAddress: '192.168.10.100' },
  { range: { first: ipv4('172.20.1.0'), last: ipv4('172.20.1.255') }, nodeAddress: '192.168.10.101' },
];

const here = { address: '172.20.0.5', port: 80 };
const there = { address: '172.20.1.5', port: 8080 };

const frontend = (more: Partial<Frontend> = {}): Frontend =>
  sampleFrontend({ backends: [here, there], ...more });

function entries(frontends: readonly Frontend[], more: Partial<Parameters<typeof mapEntries>[2]> = {}) {
  return mapEntries(node, frontends, {
    algorithm: 'maglev',
    podNetworks,
    faults: new Set(),
    backendNumbers: new Numbers(),
    tableNumbers: new Numbers(),
    ...more,
  });
}

/** The numbers in a table, entry by entry. */
function numbersIn(table: string | undefined): number[] {
  const bytes = Buffer.from((table ?? '').replaceAll(' ', ''), 'hex');
  return Array.from({ length: tableSize }, (_, entry) => bytes.readUInt16LE(entry * 2));
}

test('a service, its backends and their nodes, as the programs read them', () => {
  const { services, backends, tables } = entries([frontend()]);
  // Address and port in network order, protocol 6, padding; then table 1 without flags.
  expect([...services]).toEqual([['ac 10 01 01 00 50 06 00', '01 00 00 00 00 00 00 00']]);
  expect([...backends]).toEqual([
    ['01 00 00 00', 'ac 14 00 05 00 50 00 00 00 00 00 00'],
    ['02 00 00 00', 'ac 14 01 05 1f 90 00 00 c0 a8 0a 65'],
  ]);
  expect(tables.size).toBe(1);
  expect(new Set(numbersIn(tables.get('01 00 00 00')))).toEqual(new Set([1, 2]));
});

test('a node port answers under every address of the node; one set of backends is one table', () => {
  const { services, tables } = entries([frontend(), frontend({ address: 'node', port: 30_080 })]);
  expect([...services.keys()]).toEqual([
    'ac 10 01 01 00 50 06 00',
    'c0 a8 0a 64 75 80 06 00',
    '0a 00 02 0f 75 80 06 00',
  ]);
  expect(tables.size).toBe(1);
});

test('without backends there is no service: the kernel refuses it', () => {
  expect(entries([frontend({ backends: [] })])).toEqual({
    backends: new Map(),
    tables: new Map(),
    services: new Map(),
  });
});

test('a backend that terminates is known, and in no table', () => {
  const { backends, tables } = entries([frontend({ backends: [here], draining: [there] })]);
  expect(backends.size).toBe(2);
  expect(new Set(numbersIn([...tables.values()][0]))).toEqual(new Set([1]));
});

test('numbers stay with their backends, so that connections find theirs again', () => {
  const numbers = { backendNumbers: new Numbers(), tableNumbers: new Numbers() };
  entries([frontend()], numbers);
  const { backends, services } = entries([frontend({ backends: [there] })], numbers);
  expect([...backends.keys()]).toEqual(['02 00 00 00']);
  expect([...services.values()]).toEqual(['02 00 00 00 00 00 00 00']);
});

test('affinity and random selection are told by flags', () => {
  const flagsOf = (...args: Parameters<typeof entries>) =>
    [...entries(...args).services.values()][0]?.slice(12);
  expect(flagsOf([frontend({ affinity: true })])).toBe('01 00 00 00');
  expect(flagsOf([frontend()], { algorithm: 'random' })).toBe('02 00 00 00');
});

test('every node has the same table, but for the faults', () => {
  const other = { ...node, name: 'k8s-w1', address: '192.168.10.101' };
  const options = { algorithm: 'maglev', podNetworks } as const;
  const tableOf = (of: ProgramNode, faults: readonly string[]) => {
    const numbers = { backendNumbers: new Numbers(), tableNumbers: new Numbers() };
    return [
      ...mapEntries(of, [frontend()], { ...options, ...numbers, faults: new Set(faults) }).tables.values(),
    ];
  };
  expect(tableOf(other, [])).toEqual(tableOf(node, []));
  expect(tableOf(other, ['maglev-tables-differ'])).not.toEqual(tableOf(node, ['maglev-tables-differ']));
  expect(tableOf(node, ['maglev-rehash'])).not.toEqual(tableOf(node, []));
});

test('configuration: node, outer source, interface, MTU, and what the version and the faults change', () => {
  const plain = 'c0 a8 0a 64 c0 a8 0a 64 03 00 00 00 dc 05 00 00';
  const config = (version: string, faults: readonly string[] = []): string =>
    configEntry(node, node.address, version, new Set(faults));
  expect(config('1.18.0')).toBe(`${plain} 00 00 00 00`);
  expect(config('1.20.0')).toBe(`${plain} 01 00 00 00`);
  expect(config('1.18.0', ['dsr-option-missing', 'cilium-27730'])).toBe(`${plain} 02 01 00 00`);
});

test('a PodCIDR leads to the node that has it', () => {
  expect(tunnelEntry('172.20.2.0/24', '192.168.20.100')).toEqual({
    key: '18 00 00 00 ac 14 02 00',
    value: 'c0 a8 14 64',
  });
});
