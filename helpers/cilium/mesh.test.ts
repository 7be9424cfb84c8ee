import { expect, test } from '@playwright/test';
import { parseBackends, parseIdentities, parseNodes, parseRemoteClusters } from './mesh.ts';

test('reads remote clusters off the status', () => {
  const status = {
    'cluster-mesh': {
      clusters: [
        {
          name: 'east',
          connected: true,
          ready: true,
          'num-endpoints': 4,
          'num-identities': 3,
          'num-nodes': 2,
          // Go leaves out zeros.
        },
      ],
      'num-global-services': 0,
    },
  };
  expect(parseRemoteClusters(JSON.stringify(status))).toEqual([
    { name: 'east', connected: true, ready: true, nodes: 2, endpoints: 4, identities: 3, services: 0 },
  ]);
  expect(parseRemoteClusters(JSON.stringify({ 'cluster-mesh': { clusters: null } }))).toEqual([]);
  expect(() => parseRemoteClusters('{}')).toThrow(/cluster-mesh/);
});

test('reads nodes and where they are known from', () => {
  const node = {
    name: 'east/east-worker',
    'primary-address': { ipv4: { 'alloc-range': '10.1.1.0/24', enabled: true, ip: '172.18.0.4' }, ipv6: {} },
    source: 'clustermesh',
  };
  expect(parseNodes(JSON.stringify([node]))).toEqual([
    { name: 'east/east-worker', address: '172.18.0.4', podCidr: '10.1.1.0/24', source: 'clustermesh' },
  ]);
});

test('reads identities', () => {
  const text = JSON.stringify([{ id: 131_072, labels: ['k8s:app=curl'], labelsSHA256: 'ab' }]);
  expect(parseIdentities(text)).toEqual([{ id: 131_072, labels: ['k8s:app=curl'] }]);
});

test("reads one service's backends", () => {
  const entry = (ip: string, backends: unknown) => ({
    spec: { 'frontend-address': { ip, port: 80 }, 'backend-addresses': backends },
  });
  const text = JSON.stringify([
    entry('10.2.0.9', [
      { ip: '10.0.0.7', port: 80 },
      { ip: '10.1.0.7', port: 80 },
    ]),
    entry('10.2.0.10', null),
  ]);
  expect(parseBackends(text, '10.2.0.9')).toEqual(['10.0.0.7:80', '10.1.0.7:80']);
  expect(parseBackends(text, '10.2.0.10')).toEqual([]);
});
