import { expect, test } from '@playwright/test';
import type { EndpointSlice, Service } from '../../../../helpers/kube/resources.ts';
import { type ClusterObjects, cidrOf, stateOf, syncedKey } from './state.ts';

const east = { name: 'east', id: 2 };

const webpod: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'webpod', namespace: 'default', annotations: { 'service.cilium.io/global': 'true' } },
  spec: { clusterIP: '10.3.0.9', selector: { app: 'webpod' }, ports: [{ port: 80, targetPort: 80 }] },
};

const slice: EndpointSlice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: 'webpod-x',
    namespace: 'default',
    labels: { 'kubernetes.io/service-name': 'webpod' },
  },
  addressType: 'IPv4',
  ports: [{ port: 80, protocol: 'TCP' }],
  endpoints: [
    { addresses: ['10.1.0.7'], conditions: { ready: true } },
    { addresses: ['10.1.0.8'], conditions: { ready: false } },
    { addresses: ['10.1.1.7'], conditions: { ready: true, terminating: true } },
  ],
};

const objects: ClusterObjects = {
  nodes: [
    {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNode',
      metadata: { name: 'east-worker' },
      spec: { addresses: [{ type: 'InternalIP', ip: '172.18.0.4' }], ipam: { podCIDRs: ['10.1.1.0/24'] } },
    },
  ],
  endpoints: [
    {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumEndpoint',
      metadata: { name: 'curl-pod', namespace: 'default' },
      status: {
        identity: { id: 131_072 },
        networking: { addressing: [{ ipv4: '10.1.1.5' }], node: '172.18.0.4' },
      },
    },
  ],
  identities: [
    {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumIdentity',
      metadata: { name: '131072' },
      'security-labels': { 'k8s:io.cilium.k8s.policy.cluster': 'east', 'k8s:app': 'curl' },
    },
  ],
  services: [webpod],
  slices: [slice],
};

test('what a cluster offers lies under the keys Cilium reads', () => {
  const state = stateOf(east, objects);
  expect([...state.keys()]).toEqual([
    'cilium/cluster-config/east',
    'cilium/state/nodes/v1/east/east-worker',
    'cilium/state/identities/v1/id/131072',
    'cilium/state/ip/v1/default/10.1.1.5',
    'cilium/state/services/v1/east/default/webpod',
  ]);
  expect(state.get('cilium/state/identities/v1/id/131072')).toBe(
    'k8s:app=curl;k8s:io.cilium.k8s.policy.cluster=east;',
  );
  expect(JSON.parse(state.get('cilium/state/nodes/v1/east/east-worker') ?? '')).toMatchObject({
    Name: 'east-worker',
    Cluster: 'east',
    ClusterID: 2,
    IPv4AllocCIDR: { IP: '10.1.1.0', Mask: '////AA==' },
  });
  expect(syncedKey('east', 'endpoints')).toBe('cilium/synced/east/cilium/state/ip/v1');
});

test('a shared service has its ready backends, by port', () => {
  const state = stateOf(east, objects);
  expect(JSON.parse(state.get('cilium/state/services/v1/east/default/webpod') ?? '')).toMatchObject({
    frontends: { '10.3.0.9': { '': { Protocol: 'TCP', Port: 80 } } },
    backends: { '10.1.0.7': { '': { Protocol: 'TCP', Port: 80 } } },
    includeExternal: true,
    shared: true,
    clusterID: 2,
  });
});

test('a service that is not global, or not shared, is not told of', () => {
  for (const annotations of [
    {},
    { 'service.cilium.io/global': 'true', 'service.cilium.io/shared': 'false' },
  ]) {
    const hidden = { ...webpod, metadata: { ...webpod.metadata, annotations } };
    const keys = [...stateOf(east, { ...objects, services: [hidden] }).keys()];
    expect(keys.filter(key => key.includes('/services/'))).toEqual([]);
  }
});

test("a mask in Go's notation is read back", () => {
  expect(cidrOf({ IP: '10.1.1.0', Mask: '////AA==' })).toBe('10.1.1.0/24');
  expect(cidrOf({ IP: '10.0.0.0', Mask: '//8AAA==' })).toBe('10.0.0.0/16');
});
