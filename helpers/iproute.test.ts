import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import {
  parseAddresses,
  parseLinks,
  parseNeighbours,
  parseRoutes,
  parseSockets,
  routeRow,
} from './iproute.ts';

const recorded = (name: string): string =>
  readFileSync(new URL(`./testdata/${name}`, import.meta.url), 'utf8');

test("a router's routes, single and multipath", () => {
  expect(parseRoutes(recorded('router-ip-j-route.json')).map(routeRow)).toEqual([
    '10.100.0.0/24 proto bgp via 192.168.50.11 dev br0',
    '10.100.1.0/24 proto bgp via 192.168.50.12 dev br0',
    '10.100.2.0/24 proto bgp via 192.168.50.13 dev br0',
    '192.168.50.0/24 proto kernel dev br0',
    '203.0.113.0/32 proto bgp via 192.168.50.11 dev br0, via 192.168.50.12 dev br0, via 192.168.50.13 dev br0',
    '203.0.113.1/32 proto bgp via 192.168.50.12 dev br0',
  ]);
});

test("a node's routes, with the default route, sources and links", () => {
  const routes = parseRoutes(recorded('node-ip-j-route.json'));
  expect(routes[0]).toEqual({
    prefix: 'default',
    protocol: 'boot',
    nextHops: [{ via: '192.168.50.1', dev: 'eth0', weight: 1 }],
    source: undefined,
    type: 'unicast',
    metric: 0,
  });
  expect(routes.map(route => route.prefix)).toContain('10.100.0.88/32');
  expect(routes.at(-1)).toMatchObject({ source: '192.168.50.11', nextHops: [{ dev: 'eth0' }] });
});

test('a route with an MTU of its own', () => {
  // iproute2 6.1, of a node in tunnel mode
  const [route] = parseRoutes(
    '[{"dst":"172.20.2.0/24","gateway":"172.20.0.98","dev":"cilium_host","protocol":"kernel",' +
      '"prefsrc":"172.20.0.98","flags":[],"metrics":[{"mtu":1450}]}]',
  );
  expect(route).toMatchObject({ prefix: '172.20.2.0/24', source: '172.20.0.98', mtu: 1450 });
});

test('next-hop groups of which the kernel tells only the number', () => {
  // Linux 6.18, iproute2 6.1, net.ipv4.nexthop_compat_mode = 0
  const routes = parseRoutes(
    '[{"dst":"9.9.6.0/24","nhid":903,"flags":[]},{"dst":"9.9.5.0/24","nhid":901,"flags":[]}]',
    '[{"id":901,"gateway":"192.168.10.100","dev":"eth1","scope":"link","protocol":"zebra","flags":[]},' +
      '{"id":902,"gateway":"192.168.10.101","dev":"eth1","scope":"link","flags":[]},' +
      '{"id":903,"group":[{"id":901,"weight":3},{"id":902}],"flags":[]}]',
  );
  expect(routes.map(({ nextHops }) => nextHops)).toEqual([
    [
      { via: '192.168.10.100', dev: 'eth1', weight: 3 },
      { via: '192.168.10.101', dev: 'eth1', weight: 1 },
    ],
    [{ via: '192.168.10.100', dev: 'eth1', weight: 1 }],
  ]);
});

test('types without a next hop, next hops of the other family, IPv6', () => {
  const routes = parseRoutes(
    '[{"type":"unreachable","dst":"9.9.9.0/24","flags":[]},' +
      '{"dst":"9.9.7.7","via":{"family":"inet6","host":"fe80::1"},"dev":"eth1","flags":[]},' +
      '{"dst":"2001:db8::1","dev":"eth1","protocol":"kernel","metric":256,"flags":[]},{}]',
  );
  expect(routes.map(routeRow)).toEqual([
    'unreachable 9.9.9.0/24 proto boot',
    '9.9.7.7/32 proto boot via fe80::1 dev eth1',
    '2001:db8::1/128 proto kernel dev eth1',
  ]);
  expect(routes[2]?.metric).toBe(256);
});

test('an empty table is empty; what is no table is refused', () => {
  expect(parseRoutes('')).toEqual([]);
  expect(parseRoutes('[]\n')).toEqual([]);
  expect(() => parseRoutes('Error: ipv4: FIB table does not exist.')).toThrow(
    'ip -j route printed no JSON: Error: ipv4: FIB table',
  );
  expect(() => parseRoutes('{"a":1}')).toThrow('printed no list');
  expect(() => parseRoutes('[{"gateway":"10.0.0.1"}]')).toThrow('an entry without dst');
});

test('links, addresses, neighbours', () => {
  const link =
    '[{"ifindex":2,"link_index":2,"ifname":"eth1","flags":["BROADCAST","UP"],"mtu":1500,"operstate":"UP",' +
    '"address":"3a:e7:d8:f5:28:0b","addr_info":[{"family":"inet","local":"192.168.10.200","prefixlen":24,' +
    '"scope":"global","label":"eth1"},{"family":"inet6","local":"fe80::38e7","prefixlen":64,"scope":"link"}]}]';
  expect(parseLinks(link)).toEqual([
    { name: 'eth1', macAddress: '3a:e7:d8:f5:28:0b', mtu: 1500, state: 'UP', flags: ['BROADCAST', 'UP'] },
  ]);
  expect(parseAddresses(link).map(({ dev, address, scope }) => `${dev} ${address} ${scope}`)).toEqual([
    'eth1 192.168.10.200/24 global',
    'eth1 fe80::38e7/64 link',
  ]);
  expect(
    parseNeighbours(
      '[{"dst":"10.0.2.2","dev":"eth0","lladdr":"92:62:24:d0:26:8b","state":["DELAY"]},' +
        '{"dst":"10.0.2.9","dev":"eth0","state":["FAILED"]}]',
    ),
  ).toEqual([
    { address: '10.0.2.2', dev: 'eth0', macAddress: '92:62:24:d0:26:8b', states: ['DELAY'] },
    { address: '10.0.2.9', dev: 'eth0', macAddress: undefined, states: ['FAILED'] },
  ]);
});

test('sockets with their processes', () => {
  expect(parseSockets(recorded('node-ss-tnp.txt'))[1]).toEqual({
    localAddress: '192.168.50.11',
    localPort: 53689,
    remoteAddress: '192.168.50.1',
    remotePort: 179,
    process: { name: 'cilium-agent', pid: 413 },
  });
});

test('listening sockets, IPv6, sockets of nobody', () => {
  const text = [
    '0      4096     0.0.0.0:179  0.0.0.0:* users:(("bgpd",pid=103,fd=21))   ',
    '0      4096        [::]:179     [::]:* users:(("bgpd",pid=103,fd=22))   ',
    '0      548         10.0.2.15:22        10.0.2.2:42212 users:(("sshd",pid=404,fd=4)) ',
    '0      0      [::ffff:10.0.0.1]:80 [::ffff:10.0.0.2]:1024',
    '0      128    127.0.0.53%lo:53 0.0.0.0:*',
    '',
  ].join('\n');
  expect(
    parseSockets(text).map(s => [
      s.localAddress,
      s.localPort,
      s.remoteAddress,
      s.remotePort,
      s.process?.name,
    ]),
  ).toEqual([
    ['0.0.0.0', 179, '0.0.0.0', 0, 'bgpd'],
    ['::', 179, '::', 0, 'bgpd'],
    ['10.0.2.15', 22, '10.0.2.2', 42212, 'sshd'],
    ['10.0.0.1', 80, '10.0.0.2', 1024, undefined],
    ['127.0.0.53', 53, '0.0.0.0', 0, undefined],
  ]);
  expect(() => parseSockets('ss: unknown option')).toThrow('a line that is no socket: ss: unknown option');
});
