import { expect, test } from '@playwright/test';
import type { Pod, Service } from '../../../helpers/kube/resources.ts';
import { backendsOf, distribute, type Endpoint, subsetsOf } from './backends.ts';

function pod(
  name: string,
  ip: string | undefined,
  options: { ready?: boolean; web?: number; ending?: boolean } = {},
): Pod {
  const { ready = true, web = 80, ending = false } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      ...(ending ? { deletionTimestamp: '2025-01-01T00:00:00Z' } : {}),
    },
    spec: {
      nodeName: 'k8s-w1',
      containers: [{ name: 'c', image: 'i', ports: [{ name: 'web', containerPort: web }] }],
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      ...(ip === undefined ? {} : { podIP: ip }),
    },
  };
}

function service(ports: Service['spec']['ports'] = [{ port: 80 }]): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'default' },
    spec: { ports },
  };
}

test('a backend says whether it is ready, serves, and is on its way out', () => {
  const pods = [
    pod('a', '10.0.0.1'),
    pod('b', '10.0.0.2', { ready: false }),
    pod('c', '10.0.0.3', { ending: true }),
    pod('d', undefined),
  ];
  const [group] = backendsOf(service(), pods);
  expect(group?.endpoints.map(({ addresses, conditions }) => [addresses[0], conditions])).toEqual([
    ['10.0.0.1', { ready: true, serving: true, terminating: false }],
    ['10.0.0.2', { ready: false, serving: false, terminating: false }],
    ['10.0.0.3', { ready: false, serving: true, terminating: true }],
  ]);
});

test('two service ports with one target port are two ports', () => {
  const ports = [
    { name: 'http', port: 80, targetPort: 80 },
    { name: 'alt', port: 8080, targetPort: 80 },
  ];
  const [group] = backendsOf(service(ports), [pod('a', '10.0.0.1')]);
  expect(group?.ports).toEqual([
    { name: 'http', protocol: 'TCP', port: 80 },
    { name: 'alt', protocol: 'TCP', port: 80 },
  ]);
});

test('a named target port may differ from pod to pod: a group for each number, none for pods without it', () => {
  const named = service([{ port: 80, targetPort: 'web' }]);
  const groups = backendsOf(named, [pod('a', '10.0.0.1', { web: 80 }), pod('b', '10.0.0.2', { web: 8080 })]);
  expect(groups.map(group => [group.ports[0]?.port, group.endpoints.length])).toEqual([
    [80, 1],
    [8080, 1],
  ]);
  expect(backendsOf(service([{ port: 80, targetPort: 'nowhere' }]), [pod('a', '10.0.0.1')])).toEqual([]);
});

test('Endpoints keep ready and not ready apart and leave terminating pods out', () => {
  const pods = [
    pod('a', '10.0.0.1'),
    pod('b', '10.0.0.2', { ready: false }),
    pod('c', '10.0.0.3', { ending: true }),
  ];
  expect(subsetsOf(backendsOf(service(), pods))).toMatchObject([
    {
      addresses: [{ ip: '10.0.0.1', nodeName: 'k8s-w1' }],
      notReadyAddresses: [{ ip: '10.0.0.2' }],
      ports: [{ port: 80, protocol: 'TCP' }],
    },
  ]);
});

const endpoints = (from: number, to: number): Endpoint[] =>
  Array.from({ length: to - from }, (_, index) => ({ addresses: [`10.0.${from + index}.1`] }));

test('slices hold a hundred at most, and endpoints stay where they are', () => {
  expect(distribute([], endpoints(0, 250)).map(slice => slice.length)).toEqual([100, 100, 50]);

  const before = distribute([], endpoints(0, 150));
  const grown = distribute(before, endpoints(0, 160));
  expect(grown.map(slice => slice.length)).toEqual([100, 60]);
  expect(grown[0]).toEqual(before[0]);

  const shrunk = distribute(before, endpoints(100, 150));
  expect(
    shrunk.map(slice => slice.length),
    'an emptied slice is told apart, to be deleted',
  ).toEqual([0, 50]);
  expect(distribute([[], endpoints(0, 5)], endpoints(0, 6)).map(slice => slice.length)).toEqual([0, 6]);
});
