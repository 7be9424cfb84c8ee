import { expect, test } from '@playwright/test';
import type { EndpointSlice, Service } from '../../../../helpers/kube/resources.ts';
import { type Frontend, type FrontendOptions, frontendsOf } from './frontends.ts';

const options: FrontendOptions = { node: 'k8s-ctr', externalClusterIp: false, faults: new Set() };

function service(name: string, spec: Partial<Service['spec']> = {}, ingress: string[] = []): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { type: 'LoadBalancer', clusterIP: '10.96.0.10', ports: [{ port: 80 }], ...spec },
    status: { loadBalancer: { ingress: ingress.map(ip => ({ ip })) } },
  };
}

type Endpoint = EndpointSlice['endpoints'][number];

function slice(
  of: string,
  endpoints: Endpoint[],
  ports: EndpointSlice['ports'] = [{ port: 8080 }],
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${of}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': of } },
    addressType: 'IPv4',
    endpoints,
    ports,
  };
}

const here: Endpoint = { addresses: ['172.20.0.5'], nodeName: 'k8s-ctr' };
const there: Endpoint = { addresses: ['172.20.1.5'], nodeName: 'k8s-w1' };
const leaving = (endpoint: Endpoint, serving = true): Endpoint => ({
  ...endpoint,
  conditions: { ready: false, serving, terminating: true },
});

/** Backends by scope, of the LoadBalancer address. */
function backends(frontends: readonly Frontend[]) {
  const of = (scope: string) =>
    frontends
      .filter(frontend => frontend.kind === 'LoadBalancer' && frontend.scope === scope)
      .flatMap(frontend => frontend.backends.map(({ address, port }) => `${address}:${port}`));
  return { inside: of('inside'), outside: of('outside') };
}

const lb = (spec: Partial<Service['spec']>, endpoints: Endpoint[], more: Partial<FrontendOptions> = {}) =>
  backends(
    frontendsOf([service('webpod', spec, ['172.16.1.1'])], [slice('webpod', endpoints)], {
      ...options,
      ...more,
    }),
  );

const both = ['172.20.0.5:8080', '172.20.1.5:8080'];

test('policy Cluster: every backend, for everyone', () => {
  expect(lb({}, [there, here])).toEqual({ inside: both, outside: both });
});

test('externalTrafficPolicy Local: local backends from outside, all of them from inside', () => {
  expect(lb({ externalTrafficPolicy: 'Local' }, [there, here])).toEqual({ inside: both, outside: [both[0]] });
  expect(lb({ externalTrafficPolicy: 'Local' }, [there])).toEqual({ inside: [both[1]], outside: [] });
});

test('internalTrafficPolicy Local: local backends from inside, all of them from outside', () => {
  expect(lb({ internalTrafficPolicy: 'Local' }, [there, here])).toEqual({ inside: [both[0]], outside: both });
});

test('only ready endpoints, unless all that is left terminates and still serves', () => {
  const unready: Endpoint = { ...here, conditions: { ready: false, serving: false, terminating: false } };
  expect(lb({}, [unready, there]).outside).toEqual([both[1]]);
  expect(lb({}, [leaving(here), there]).outside).toEqual([both[1]]);
  expect(lb({}, [leaving(here), leaving(there)]).outside).toEqual(both);
  expect(lb({}, [leaving(here, false), unready]).outside).toEqual([]);
  // Under Local the question is asked of the node's own endpoints.
  expect(lb({ externalTrafficPolicy: 'Local' }, [leaving(here), there]).outside).toEqual([both[0]]);
});

test('two service ports may lead to one target port', () => {
  const ports = [
    { name: 'web', port: 80 },
    { name: 'alias', port: 8000 },
  ];
  const found = frontendsOf(
    [service('webpod', { ports })],
    [
      slice(
        'webpod',
        [here],
        [
          { name: 'web', port: 8080 },
          { name: 'alias', port: 8080 },
        ],
      ),
    ],
    options,
  );
  expect(found.map(({ port, backends: [backend] }) => [port, backend?.port])).toEqual([
    [80, 8080],
    [8000, 8080],
  ]);
});

test('services that share an address each have their port; of two with the same port the older has it', () => {
  const older = service('older', { ports: [{ port: 80 }] }, ['172.16.1.1']);
  older.metadata.creationTimestamp = '2026-01-01T00:00:00Z';
  const younger = service('a-younger', { ports: [{ port: 80 }, { name: 'x', port: 443 }] }, ['172.16.1.1']);
  younger.metadata.creationTimestamp = '2026-01-02T00:00:00Z';
  const found = frontendsOf([younger, older], [], options)
    .filter(({ kind, scope }) => kind === 'LoadBalancer' && scope === 'outside')
    .map(({ service: name, port }) => [name, port]);
  expect(found).toEqual([
    ['default/older:80', 80],
    ['default/a-younger:x', 443],
  ]);
});

test('frontends of each kind; a ClusterIP answers outside only where it is told to', () => {
  const full = service(
    'webpod',
    { externalIPs: ['192.0.2.7', 'fd00::7'], ports: [{ port: 80, nodePort: 30080 }] },
    ['172.16.1.1'],
  );
  const shape = (more: Partial<FrontendOptions>) =>
    frontendsOf([full], [], { ...options, ...more }).map(
      ({ kind, scope, address, port }) => `${kind} ${scope} ${address}:${port}`,
    );
  const expected = [
    'ClusterIP inside 10.96.0.10:80',
    'NodePort inside node:30080',
    'NodePort outside node:30080',
    'ExternalIP inside 192.0.2.7:80',
    'ExternalIP outside 192.0.2.7:80',
    'LoadBalancer inside 172.16.1.1:80',
    'LoadBalancer outside 172.16.1.1:80',
  ];
  expect(shape({})).toEqual(expected);
  expect(shape({ externalClusterIp: true })).toContain('ClusterIP outside 10.96.0.10:80');
});

test('headless and ExternalName services, other namespaces and IPv6 slices have no part', () => {
  const foreign = slice('webpod', [here]);
  foreign.metadata.namespace = 'other';
  const six: EndpointSlice = { ...slice('webpod', [{ addresses: ['fd00::1'] }]), addressType: 'IPv6' };
  const found = frontendsOf(
    [service('webpod'), service('headless', { clusterIP: 'None' }), service('dns', { type: 'ExternalName' })],
    [foreign, six, slice('headless', [here])],
    options,
  );
  expect(found.map(({ service: name, backends: list }) => [name, list.length])).toEqual([
    ['default/webpod:80', 0],
  ]);
});

test('fault lb-backend-missing leaves one backend out, but never the only one', () => {
  const faults = new Set(['lb-backend-missing']);
  expect(lb({}, [here, there], { faults }).outside).toEqual([both[1]]);
  expect(lb({}, [there], { faults }).outside).toEqual([both[1]]);
});
