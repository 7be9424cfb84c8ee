import { expect, test } from '@playwright/test';
import {
  type BgpClusterConfig,
  bgpClusterConfigs,
  bgpNodeConfigOverrides,
  bgpNodeConfigs,
  bgpPeerConfigs,
  ciliumNodes,
} from '../../../../helpers/cilium/resources.ts';
import { customResourceDefinitions, nodes, secrets } from '../../../../helpers/kube/resources.ts';
import type { ClusterSpec } from '../../../contract/topology.ts';
import { createStore, type Store } from '../../../kubernetes/api/store.ts';
import { bgp as topology } from '../../../topologies/bgp.ts';
import { celRules, definitions } from '../crds/index.ts';
import { type BgpOperator, startBgpOperator } from './bgp.ts';
import { assignPodCidrs, startIpam } from './ipam.ts';

const cluster = topology.clusters[0] as ClusterSpec;
const report = { statusReport: true, secretsNamespace: 'kube-system' };

interface Running {
  readonly kube: Store;
  readonly operator: BgpOperator;
}

/** A cluster whose nodes are labelled `enable-bgp=true`, with a running operator. */
async function running(faults: readonly string[], body: (running: Running) => Promise<void>): Promise<void> {
  const kube = createStore({ serviceCidr: cluster.serviceCidr, celRules });
  for (const definition of definitions) kube.create(customResourceDefinitions, definition);
  for (const name of cluster.nodes) {
    kube.create(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'enable-bgp': 'true' } },
    });
  }
  const stopIpam = startIpam(kube, cluster, () => {});
  const operator = startBgpOperator(kube, new Set(faults), report, () => {});
  try {
    await body({ kube, operator });
  } finally {
    await operator.stop();
    await stopIpam();
  }
}

const clusterConfig = (name: string, enabled = 'true'): BgpClusterConfig => ({
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumBGPClusterConfig',
  metadata: { name },
  spec: {
    nodeSelector: { matchLabels: { 'enable-bgp': enabled } },
    bgpInstances: [
      {
        name: 'instance-65001',
        localASN: 65_001,
        peers: [
          { name: 'tor', peerASN: 65_000, peerAddress: '192.168.10.200', peerConfigRef: { name: 'peer' } },
        ],
      },
    ],
  },
});

const label = (kube: Store, node: string, value: string): void => {
  kube.update(nodes, node, undefined, draft => {
    draft.metadata.labels = { 'enable-bgp': value };
  });
};

const configured = (kube: Store): string[] => kube.list(bgpNodeConfigs).map(({ metadata }) => metadata.name);

const conditionsOf = (object: {
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}) =>
  Object.fromEntries(
    (object.status?.conditions ?? []).map(({ type, status, message }) => [
      type.replace('cilium.io/', ''),
      status === 'True' ? message : false,
    ]),
  );

test('PodCIDRs come in the order of the cluster, and what is held is kept', () => {
  expect(assignPodCidrs(cluster, new Map(), ['k8s-w0', 'k8s-ctr'])).toEqual(
    new Map([
      ['k8s-w0', '172.20.2.0/24'],
      ['k8s-ctr', '172.20.0.0/24'],
    ]),
  );
  const held = new Map([['extra', '172.20.3.0/24']]);
  expect(assignPodCidrs(cluster, held, ['extra', 'more'])).toEqual(new Map([['more', '172.20.4.0/24']]));
});

test('every node has its CiliumNode with labels and PodCIDR, for as long as it is there', async () => {
  await running([], async ({ kube }) => {
    await expect.poll(() => kube.list(ciliumNodes).length).toBe(3);
    expect(kube.get(ciliumNodes, 'k8s-w1')).toMatchObject({
      metadata: { labels: { 'enable-bgp': 'true' }, ownerReferences: [{ kind: 'Node', name: 'k8s-w1' }] },
      spec: { ipam: { podCIDRs: ['172.20.1.0/24'] } },
    });
    kube.delete(nodes, 'k8s-w1');
    await expect.poll(() => kube.list(ciliumNodes).length).toBe(2);
  });
});

test('a cluster config becomes a node config on each node it selects, and goes with the label', async () => {
  await running([], async ({ kube }) => {
    label(kube, 'k8s-w0', 'false');
    kube.create(bgpClusterConfigs, clusterConfig('cilium-bgp'));
    await expect.poll(() => configured(kube)).toEqual(['k8s-ctr', 'k8s-w1']);
    expect(kube.get(bgpNodeConfigs, 'k8s-ctr')).toMatchObject({
      metadata: {
        ownerReferences: [{ kind: 'CiliumBGPClusterConfig', name: 'cilium-bgp', controller: true }],
      },
      spec: { bgpInstances: [{ localASN: 65_001, peers: [{ name: 'tor', peerASN: 65_000 }] }] },
    });
    label(kube, 'k8s-w0', 'true');
    label(kube, 'k8s-w1', 'false');
    await expect.poll(() => configured(kube)).toEqual(['k8s-ctr', 'k8s-w0']);
    kube.delete(bgpClusterConfigs, 'cilium-bgp');
    await expect.poll(() => configured(kube)).toEqual([]);
  });
});

test('an override changes what it names, on its node only', async () => {
  await running([], async ({ kube }) => {
    kube.create(bgpNodeConfigOverrides, {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumBGPNodeConfigOverride',
      metadata: { name: 'k8s-w1' },
      spec: {
        bgpInstances: [
          {
            name: 'instance-65001',
            routerID: '9.9.9.9',
            localASN: 65_011,
            peers: [{ name: 'tor', localAddress: '1.2.3.4' }],
          },
        ],
      },
    });
    kube.create(bgpClusterConfigs, clusterConfig('cilium-bgp'));
    await expect.poll(() => configured(kube)).toHaveLength(3);
    const instanceOf = (node: string) => kube.get(bgpNodeConfigs, node)?.spec.bgpInstances[0];
    expect(instanceOf('k8s-w1')).toMatchObject({
      routerID: '9.9.9.9',
      localASN: 65_011,
      peers: [{ name: 'tor', localAddress: '1.2.3.4', peerASN: 65_000 }],
    });
    expect(instanceOf('k8s-ctr')).toEqual(clusterConfig('x').spec.bgpInstances[0]);
  });
});

test('conditions say what is missing, and that it no longer is', async () => {
  await running([], async ({ kube }) => {
    kube.create(bgpClusterConfigs, clusterConfig('cilium-bgp', 'nobody'));
    const conditions = () => conditionsOf(kube.get(bgpClusterConfigs, 'cilium-bgp') ?? {});
    await expect.poll(conditions).toEqual({
      NoMatchingNode: 'No node matches spec.nodeSelector',
      MissingPeerConfigs: 'Referenced CiliumBGPPeerConfig(s) are missing: [peer]',
      ConflictingClusterConfig: false,
    });
    kube.create(bgpPeerConfigs, {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumBGPPeerConfig',
      metadata: { name: 'peer' },
      spec: { authSecretRef: 'auth' },
    });
    label(kube, 'k8s-w1', 'nobody');
    await expect.poll(conditions).toEqual({
      NoMatchingNode: false,
      MissingPeerConfigs: false,
      ConflictingClusterConfig: false,
    });
    const peer = () => conditionsOf(kube.get(bgpPeerConfigs, 'peer') ?? {});
    await expect.poll(peer).toEqual({ MissingAuthSecret: 'Referenced Auth Secret "auth" is missing' });
    kube.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'auth', namespace: 'kube-system' },
    });
    await expect.poll(peer).toEqual({ MissingAuthSecret: false });
  });
});

test('two cluster configs on one node: the first keeps it, the second says so', async () => {
  await running([], async ({ kube }) => {
    kube.create(bgpClusterConfigs, clusterConfig('first'));
    await expect.poll(() => configured(kube)).toHaveLength(3);
    kube.create(bgpClusterConfigs, clusterConfig('another'));
    await expect
      .poll(() => conditionsOf(kube.get(bgpClusterConfigs, 'another') ?? {}).ConflictingClusterConfig)
      .toBe('Selecting the same node(s) with ClusterConfig(s): [first]');
    expect(kube.get(bgpNodeConfigs, 'k8s-ctr')?.metadata.ownerReferences?.[0]?.name).toBe('first');
  });
});

test('with status reporting off, conditions that were there go', async () => {
  await running([], async ({ kube, operator }) => {
    kube.create(bgpClusterConfigs, clusterConfig('cilium-bgp'));
    const status = () => kube.get(bgpClusterConfigs, 'cilium-bgp')?.status;
    await expect.poll(() => status()?.conditions?.length).toBe(3);
    operator.configure({ ...report, statusReport: false });
    await expect.poll(status).toEqual({});
  });
});

test('faults of the operator', async () => {
  await running(['bgp-selector-ignored', 'bgp-condition-missing'], async ({ kube }) => {
    kube.create(bgpClusterConfigs, clusterConfig('cilium-bgp', 'nobody'));
    await expect.poll(() => configured(kube)).toHaveLength(3);
    expect(kube.get(bgpClusterConfigs, 'cilium-bgp')?.status?.conditions).toBeUndefined();
  });
});
