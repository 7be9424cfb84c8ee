import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { Executor } from './exec.ts';
import { frr, parseNeighbors, parsePaths, parsePathsTo, parseSummary, parseVersion } from './frr.ts';

const json = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./testdata/${name}`, import.meta.url), 'utf8'));

test('neighbours of a router with three nodes', () => {
  const neighbors = parseNeighbors(json('vtysh-show-bgp-neighbors-json.json'));
  expect(neighbors.map(neighbor => neighbor.address)).toEqual([
    '192.168.50.11',
    '192.168.50.12',
    '192.168.50.13',
  ]);
  expect(neighbors[0]).toEqual({
    address: '192.168.50.11',
    remoteAs: 65001,
    localAs: 65000,
    routerId: '192.168.50.11',
    state: 'Established',
    holdTime: 9,
    keepalive: 3,
    configured: { holdTime: 9, keepalive: 3 },
    session: 1,
    establishedAt: 1795201950,
    localAddress: '192.168.50.1',
    localPort: 179,
    remotePort: 53689,
    prefixesReceived: 2,
    prefixesSent: 5,
    messages: {
      open: { sent: 1, received: 1 },
      notification: { sent: 0, received: 0 },
      update: { sent: 4, received: 1 },
      keepalive: { sent: 35, received: 35 },
      routeRefresh: { sent: 0, received: 0 },
    },
    lastReset: 'No AFI/SAFI activated for peer',
    gracefulRestart: {
      localMode: 'Helper',
      remoteMode: 'Disable',
      remoteRestartTime: 0,
      remaining: undefined,
      endOfRib: { sent: [], received: [] },
    },
  });
});

test('graceful restart, and a neighbour that is restarting', () => {
  const [running, restarting] = parseNeighbors(json('frr-neighbors-graceful-restart.json'));
  expect(running).toMatchObject({
    holdTime: 9,
    configured: { holdTime: 180, keepalive: 60 },
    gracefulRestart: {
      localMode: 'Restart',
      remoteMode: 'Restart',
      remoteRestartTime: 15,
      remaining: undefined,
      endOfRib: { sent: ['ipv4Unicast'], received: ['ipv4Unicast'] },
    },
  });
  expect(restarting).toMatchObject({
    state: 'Idle',
    session: undefined,
    establishedAt: undefined,
    lastReset: 'NSF peer closed the session',
    gracefulRestart: {
      remoteMode: 'NotApplicable',
      remaining: 14,
      endOfRib: { sent: [], received: [] },
    },
  });
});

test('the table, path by path', () => {
  const paths = parsePaths(json('vtysh-show-bgp-ipv4-unicast-json.json'));
  const rows = paths.map(
    path =>
      `${path.prefix} via ${path.nextHop} from ${path.peer} ${path.asPath.join(' ')} ${path.origin}` +
      ['valid', 'best', 'multipath', 'stale']
        .filter(flag => path[flag as 'best'])
        .map(flag => ` ${flag}`)
        .join(''),
  );
  expect(rows).toEqual([
    '10.100.0.0/24 via 192.168.50.11 from 192.168.50.11 65001 IGP valid best',
    '10.100.1.0/24 via 192.168.50.12 from 192.168.50.12 65001 IGP valid best',
    '10.100.2.0/24 via 192.168.50.13 from 192.168.50.13 65001 IGP valid best',
    '203.0.113.0/32 via 192.168.50.13 from 192.168.50.13 65001 IGP valid multipath',
    '203.0.113.0/32 via 192.168.50.11 from 192.168.50.11 65001 IGP valid multipath',
    '203.0.113.0/32 via 192.168.50.12 from 192.168.50.12 65001 IGP valid best',
    '203.0.113.1/32 via 192.168.50.12 from 192.168.50.12 65001 IGP valid best',
  ]);
});

test('what the router originates, MED, local preference, AS sets', () => {
  const path = (fields: object): object => ({
    valid: true,
    path: '',
    origin: 'IGP',
    peerId: '(unspec)',
    nexthops: [{ ip: '0.0.0.0', used: true }],
    ...fields,
  });
  const [own, other] = parsePaths({
    routes: {
      '10.10.1.0/24': [path({ metric: 0, bestpath: true })],
      '10.0.0.0/8': [
        path({ peerId: '192.0.2.1', path: '65001 {65002,65003}', locPrf: 300, metric: 5, stale: true }),
      ],
    },
  });
  expect(own).toMatchObject({ nextHop: '0.0.0.0', asPath: [], peer: undefined, med: 0, best: true });
  expect(other).toMatchObject({ asPath: [65001, 65002, 65003], localPreference: 300, med: 5, stale: true });
  expect(parsePaths({ vrfId: 0, routerId: '192.0.2.1' })).toEqual([]);
});

test('one prefix, with communities and staleness', () => {
  const paths = parsePathsTo(json('frr-path-stale-communities.json'));
  expect(paths.map(path => [path.nextHop, path.best, path.multipath, path.stale])).toEqual([
    ['192.168.10.101', false, true, true],
    ['192.168.10.100', true, true, false],
    ['192.168.20.100', false, true, false],
  ]);
  expect(paths[0]).toMatchObject({
    prefix: '172.16.1.1/32',
    asPath: [65001],
    localPreference: undefined,
    communities: ['65001:100', 'no-export'],
    largeCommunities: ['65001:1:2'],
  });
  const plain = parsePathsTo(json('vtysh-show-bgp-ipv4-unicast-203-0-113-0-32-json.json'));
  expect(plain.map(path => path.communities)).toEqual([[], [], []]);
  expect(parsePathsTo({})).toEqual([]);
});

test('summary and version', () => {
  const summary = parseSummary(json('vtysh-show-bgp-ipv4-unicast-summary-json.json'));
  expect(summary).toMatchObject({ routerId: '192.168.50.1', asn: 65000 });
  expect(summary.peers[1]).toEqual({
    address: '192.168.50.12',
    remoteAs: 65001,
    state: 'Established',
    prefixesReceived: 3,
    prefixesSent: 5,
    connectionsDropped: 0,
  });
  expect(parseVersion('FRRouting 8.4.4 (tor) on Linux(6.1.0).\nCopyright')).toBe('8.4.4');
  expect(() => parseVersion('Quagga 1.2')).toThrow('not the version of FRRouting: Quagga');
});

test('what is not as expected is named', () => {
  expect(() => parseNeighbors([])).toThrow('show bgp neighbors: expected an object, found []');
  expect(() => parseNeighbors({ '192.0.2.1': { remoteAs: '65001' } })).toThrow(
    'show bgp neighbors.192.0.2.1: expected a string in bgpState, found nothing',
  );
  expect(() => parsePaths({ routes: { '10.0.0.0/8': {} } })).toThrow(
    'show bgp ipv4 unicast.routes: expected a list in 10.0.0.0/8, found {}',
  );
  expect(() => parsePaths('% Unknown command')).toThrow('expected an object');
});

test('what vtysh says instead of JSON is told', async () => {
  const router = (stdout: string): Executor => ({
    name: 'router',
    exec: async () => ({ code: 0, stdout, stderr: '' }),
    start: () => Promise.reject(new Error('not here')),
  });
  await expect(frr(router('% BGP instance not found\n')).paths()).rejects.toThrow(
    "router: vtysh -c 'show bgp ipv4 unicast json' printed no JSON: % BGP instance not found",
  );
  await expect(frr(router('% Unknown command: nonsense')).configure(['nonsense'])).rejects.toThrow(
    'router: vtysh refused nonsense: % Unknown command',
  );
});
