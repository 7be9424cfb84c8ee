import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { parseBgpPeers, parseBgpRoutes, parseRoutePolicies, parseStatus } from './agent.ts';

const recorded = (name: string): string =>
  readFileSync(new URL(`../testdata/cilium-dbg-${name}.json`, import.meta.url), 'utf8');

test('peers', () => {
  const [peer] = parseBgpPeers(recorded('bgp-peers'));
  expect(peer).toEqual({
    name: 'tor',
    address: '192.168.50.1',
    asn: 65000,
    localAsn: 65001,
    state: 'established',
    uptime: 103.917822877,
    applied: { holdTime: 9, keepalive: 3 },
    configured: { holdTime: 9, keepalive: 3 },
    restartTime: undefined,
    prefixes: { 'ipv4/unicast': { advertised: 2, received: 5 } },
  });
});

test('a peer with graceful restart that is not there', () => {
  const [peer] = parseBgpPeers(
    JSON.stringify([
      {
        'peer-address': '192.0.2.1',
        'peer-asn': 65000,
        'local-asn': 65001,
        'session-state': 'active',
        'configured-hold-time-seconds': 90,
        'configured-keep-alive-time-seconds': 30,
        'graceful-restart': { enabled: true, 'restart-time-seconds': 120 },
        families: null,
      },
    ]),
  );
  expect(peer).toMatchObject({ state: 'active', restartTime: 120, applied: { holdTime: 0 }, prefixes: {} });
});

test('routes, available and advertised', () => {
  expect(parseBgpRoutes(recorded('bgp-routes-available-ipv4-unicast'))).toMatchObject([
    { prefix: '10.100.0.0/24', peer: undefined, best: true },
    { prefix: '203.0.113.0/32', peer: undefined, best: true },
  ]);
  const advertised = parseBgpRoutes(recorded('bgp-routes-advertised-ipv4-unicast'));
  expect(advertised.map(route => `${route.prefix} to ${route.peer}`)).toEqual([
    '10.100.0.0/24 to 192.168.50.1',
    '203.0.113.0/32 to 192.168.50.1',
  ]);
  // NEXT_HOP (type 3) 192.168.50.11
  expect(advertised[0]?.attributes[2]).toEqual(Buffer.from([0x40, 3, 4, 192, 168, 50, 11]));
});

test('route policies of 1.19, and of 1.17 with plain lists', () => {
  expect(parseRoutePolicies(recorded('bgp-route-policies'))).toEqual([
    { name: 'allow-local', type: 'import', peers: [], prefixes: [], action: 'accept' },
    {
      name: 'tor-ipv4-PodCIDR',
      type: 'export',
      peers: ['192.168.50.1'],
      prefixes: ['10.100.0.0/24'],
      action: 'accept',
    },
    {
      name: 'tor-ipv4-Service-weblb-default-LoadBalancerIP',
      type: 'export',
      peers: ['192.168.50.1'],
      prefixes: ['203.0.113.0/32'],
      action: 'accept',
    },
  ]);
  const plain = {
    name: 'p',
    type: 'export',
    statements: [
      {
        'match-neighbors': ['192.0.2.1/32'],
        'match-prefixes': [{ cidr: '10.0.0.0/8', 'prefix-len-min': 9, 'prefix-len-max': 24 }],
        'route-action': 'accept',
      },
    ],
  };
  expect(parseRoutePolicies(JSON.stringify([plain]))).toEqual([
    { name: 'p', type: 'export', peers: ['192.0.2.1'], prefixes: ['10.0.0.0/8 (9..24)'], action: 'accept' },
  ]);
});

test('status', () => {
  expect(parseStatus(recorded('status'))).toEqual({
    state: 'Ok',
    nodePort: {
      mode: 'SNAT',
      algorithm: 'Random',
      dsrDispatch: 'IP Option/Extension',
      maglevTableSize: undefined,
    },
    routing: 'Native',
  });
});

test('nothing, and what is no answer', () => {
  expect(parseBgpPeers('null')).toEqual([]);
  expect(parseBgpRoutes('')).toEqual([]);
  expect(() => parseBgpPeers('Error: Cannot get peers list')).toThrow(
    'cilium-dbg bgp peers printed no JSON: Error: Cannot get peers list',
  );
  expect(() => parseBgpPeers('[{"peer-asn": 65000}]')).toThrow(
    'cilium-dbg bgp peers.entries[0]: expected a string in peer-address, found nothing',
  );
  expect(() => parseStatus('{}')).toThrow('cilium-dbg status.cilium: expected an object, found nothing');
});
