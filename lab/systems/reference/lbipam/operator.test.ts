import { expect, test } from '@playwright/test';
import { type LoadBalancerIpPool, loadBalancerIpPools } from '../../../../helpers/cilium/resources.ts';
import { customResourceDefinitions, type Service, services } from '../../../../helpers/kube/resources.ts';
import type { ClusterSpec } from '../../../contract/topology.ts';
import { createStore, type Store } from '../../../kubernetes/api/store.ts';
import { bgp } from '../../../topologies/bgp.ts';
import { celRules, definitions } from '../crds/index.ts';
import { startLbIpam } from './index.ts';

const [cluster] = bgp.clusters as [ClusterSpec];

/** LB-IPAM against the lab's own API: what an operator would see in it. */
function scene(...faults: string[]) {
  const kube = createStore({ serviceCidr: cluster.serviceCidr, celRules });
  for (const definition of definitions) kube.create(customResourceDefinitions, definition);
  const start = () =>
    startLbIpam({
      topology: bgp,
      cluster,
      kube,
      nodes: new Map(),
      directory: '',
      shared: '/nonexistent',
      version: '1.18.0',
      faults: new Set(faults),
      log: () => {},
    });
  return { kube, start, stop: start() };
}

function addPool(kube: Store, name: string, blocks: LoadBalancerIpPool['spec']['blocks'] = []): void {
  kube.create(loadBalancerIpPools, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumLoadBalancerIPPool',
    metadata: { name },
    spec: { allowFirstLastIPs: 'No', blocks },
  });
}

function addService(kube: Store, name: string, port = 80, annotations: Record<string, string> = {}): void {
  kube.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations },
    spec: { type: 'LoadBalancer', selector: { app: name }, ports: [{ port }] },
  });
}

const settle = () => new Promise(resolve => setTimeout(resolve, 20));

const serviceNamed = (kube: Store, name: string): Service | undefined => kube.get(services, name, 'default');
const addresses = (kube: Store, name: string) =>
  serviceNamed(kube, name)?.status?.loadBalancer?.ingress?.map(({ ip }) => ip) ?? [];
const condition = (kube: Store, name: string) =>
  serviceNamed(kube, name)?.status?.conditions?.map(({ type, status, reason }) => [type, status, reason]) ??
  [];
const poolConditions = (kube: Store, name: string) =>
  Object.fromEntries(
    (kube.get(loadBalancerIpPools, name)?.status?.conditions ?? []).map(({ type, status, message }) => [
      type.replace('cilium.io/', ''),
      `${status} ${message ?? ''}`.trim(),
    ]),
  );

const satisfied = 'cilium.io/IPAMRequestSatisfied';

test('the documents: a pool of 254, 253 after the first service', async () => {
  const { kube, stop } = scene();
  addPool(kube, 'cilium-pool', [{ cidr: '172.16.1.0/24' }]);
  await settle();
  expect(poolConditions(kube, 'cilium-pool')).toEqual({
    PoolConflict: 'False',
    IPsTotal: 'Unknown 256',
    IPsAvailable: 'Unknown 254',
    IPsUsed: 'Unknown 2',
  });
  addService(kube, 'webpod');
  await settle();
  expect(addresses(kube, 'webpod')).toEqual(['172.16.1.1']);
  expect(condition(kube, 'webpod')).toEqual([[satisfied, 'True', 'satisfied']]);
  expect(poolConditions(kube, 'cilium-pool').IPsAvailable).toBe('Unknown 253');
  stop();
});

test('asleep without a pool, awake with the first, asleep again after the last', async () => {
  const { kube, stop } = scene();
  addService(kube, 'early');
  await settle();
  expect(condition(kube, 'early')).toEqual([]);
  addPool(kube, 'p', [{ start: '10.0.0.1', stop: '10.0.0.2' }]);
  await settle();
  expect(addresses(kube, 'early')).toEqual(['10.0.0.1']);
  kube.delete(loadBalancerIpPools, 'p');
  await settle();
  expect(addresses(kube, 'early')).toEqual([]);
  expect(condition(kube, 'early')).toEqual([[satisfied, 'False', 'no_pool']]);
  addService(kube, 'late');
  await settle();
  expect(condition(kube, 'late')).toEqual([]);
  addPool(kube, 'q', [{ start: '10.0.1.1', stop: '10.0.1.2' }]);
  await settle();
  expect([...addresses(kube, 'early'), ...addresses(kube, 'late')]).toEqual(['10.0.1.1', '10.0.1.2']);
  stop();
});

test('a live service is moved by annotation; its type change cleans it; deletion frees the address', async () => {
  const { kube, stop } = scene();
  addPool(kube, 'p', [{ cidr: '172.16.1.0/24' }]);
  addService(kube, 'webpod');
  await settle();
  kube.update(services, 'webpod', 'default', draft => {
    draft.metadata.annotations = { 'lbipam.cilium.io/ips': '172.16.1.100' };
  });
  await settle();
  expect(addresses(kube, 'webpod')).toEqual(['172.16.1.100']);
  kube.update(services, 'webpod', 'default', draft => {
    draft.spec.type = 'NodePort';
  });
  await settle();
  expect(addresses(kube, 'webpod')).toEqual([]);
  expect(condition(kube, 'webpod')).toEqual([]);
  addService(kube, 'other');
  await settle();
  expect(poolConditions(kube, 'p').IPsAvailable).toBe('Unknown 253');
  kube.delete(services, 'other', 'default');
  await settle();
  expect(poolConditions(kube, 'p').IPsAvailable).toBe('Unknown 254');
  stop();
});

test('a restart of the operator changes no address and writes nothing', async () => {
  const { kube, start, stop } = scene();
  addPool(kube, 'p', [{ cidr: '172.16.1.0/24' }]);
  const sharing = { 'lbipam.cilium.io/sharing-key': 'k' };
  addService(kube, 'a', 80, sharing);
  addService(kube, 'b', 443, sharing);
  addService(kube, 'c', 80);
  await settle();
  const before = kube.list(services).map(({ metadata }) => metadata.resourceVersion);
  expect(addresses(kube, 'a')).toEqual(addresses(kube, 'b'));
  stop();
  const stopAgain = start();
  await settle();
  expect(kube.list(services).map(({ metadata }) => metadata.resourceVersion)).toEqual(before);
  stopAgain();
});

test('fault lbipam-allocates-without-pool', async () => {
  const { kube, stop } = scene('lbipam-allocates-without-pool');
  addService(kube, 'early');
  await settle();
  expect(addresses(kube, 'early')).toEqual(['198.51.100.1']);
  stop();
});
