import { expect, test } from '@playwright/test';
import {
  type Deployment,
  daemonSets,
  deployments,
  endpointSlices,
  endpoints,
  events,
  leases,
  nodes,
  type Pod,
  pods,
  replicaSets,
  services,
} from '../../../helpers/kube/resources.ts';
import type { ClusterSpec } from '../../contract/topology.ts';
import { bgp } from '../../topologies/bgp.ts';
import { createStore } from '../api/store.ts';
import { startControllers } from './index.ts';
import { conditionOf, timestamp, withCondition } from './objects.ts';
import { victims } from './replicasets.ts';
import { startFakeKubelets } from './testing.ts';

const [cluster] = bgp.clusters as readonly [ClusterSpec];

/** The controllers on a real store, with kubelets that make every bound pod ready, and end deleted ones, at once. */
function startCluster(options: { becomesReady?: (pod: Pod) => boolean } = {}) {
  const kube = createStore({ serviceCidr: cluster.serviceCidr });
  const complaints: string[] = [];
  const controllers = startControllers({ kube, cluster, topology: bgp, log: line => complaints.push(line) });
  const stopKubelets = startFakeKubelets(kube, options.becomesReady);
  return {
    kube,
    controllers,
    complaints,
    stop: () => {
      stopKubelets();
      controllers.stop();
    },
    pods: (namespace = 'default') => kube.list(pods, { namespace }),
    places: () =>
      kube
        .list(pods, { namespace: 'default' })
        .map(pod => pod.spec.nodeName ?? '')
        .sort(byText),
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function webpod(replicas: number, image = 'traefik/whoami'): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'webpod', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'webpod' } },
      template: {
        metadata: { labels: { app: 'webpod' } },
        spec: { containers: [{ name: 'webpod', image, ports: [{ containerPort: 80 }] }] },
      },
    },
  };
}

function webpodService(kube: ReturnType<typeof createStore>) {
  return kube.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'webpod', namespace: 'default', labels: { app: 'webpod' } },
    spec: { selector: { app: 'webpod' }, ports: [{ port: 80, targetPort: 80 }] },
  });
}

test('a Deployment becomes pods on all nodes, and says so', async () => {
  const lab = startCluster();
  lab.kube.create(deployments, webpod(3));
  await expect.poll(() => lab.kube.get(deployments, 'webpod', 'default')?.status?.availableReplicas).toBe(3);

  const [replicaSet] = lab.kube.list(replicaSets, { namespace: 'default' });
  const hash = replicaSet?.metadata.labels?.['pod-template-hash'];
  expect(lab.places()).toEqual(['k8s-ctr', 'k8s-w0', 'k8s-w1']);
  for (const pod of lab.pods()) {
    expect(pod.metadata.name).toMatch(new RegExp(`^webpod-${hash}-[a-z0-9]{5}$`));
    expect(pod.metadata.labels).toEqual({ app: 'webpod', 'pod-template-hash': hash });
  }
  const deployment = lab.kube.get(deployments, 'webpod', 'default');
  expect(deployment?.status).toMatchObject({
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    observedGeneration: 1,
  });
  expect(deployment?.status?.unavailableReplicas).toBeUndefined();
  expect(conditionOf(deployment ?? {}, 'Available')?.status).toBe('True');
  expect(conditionOf(deployment ?? {}, 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
  expect(lab.complaints).toEqual([]);
  lab.stop();
});

test('scaling to nothing and back', async () => {
  const lab = startCluster();
  lab.kube.create(deployments, webpod(2));
  await expect.poll(() => lab.pods().length).toBe(2);
  const scale = (replicas: number) =>
    lab.kube.update(deployments, 'webpod', 'default', draft => {
      draft.spec.replicas = replicas;
    });
  scale(0);
  await expect.poll(() => lab.pods().length).toBe(0);
  await expect.poll(() => lab.kube.get(deployments, 'webpod', 'default')?.status?.replicas).toBeUndefined();
  scale(3);
  await expect.poll(() => lab.places()).toEqual(['k8s-ctr', 'k8s-w0', 'k8s-w1']);
  expect(lab.kube.list(replicaSets, { namespace: 'default' })).toHaveLength(1);
  lab.stop();
});

test('a rolling update replaces every pod and never goes below or above its limits', async () => {
  const lab = startCluster();
  lab.kube.create(deployments, webpod(3));
  await expect.poll(() => lab.kube.get(deployments, 'webpod', 'default')?.status?.availableReplicas).toBe(3);
  const counts: number[] = [];
  const stopCounting = lab.kube.watch(pods, () => {
    counts.push(lab.pods().filter(pod => conditionOf(pod, 'Ready')?.status === 'True').length);
  });
  lab.kube.update(deployments, 'webpod', 'default', draft => {
    draft.spec.template.spec.containers = [{ name: 'webpod', image: 'traefik/whoami:v2' }];
  });
  await expect
    .poll(() => lab.pods().map(pod => pod.spec.containers[0]?.image))
    .toEqual(['traefik/whoami:v2', 'traefik/whoami:v2', 'traefik/whoami:v2']);
  await expect.poll(() => lab.kube.get(deployments, 'webpod', 'default')?.status?.updatedReplicas).toBe(3);
  stopCounting();
  expect(Math.min(...counts)).toBe(3);
  expect(Math.max(...counts)).toBe(4);
  const revision = 'deployment.kubernetes.io/revision';
  expect(lab.kube.get(deployments, 'webpod', 'default')?.metadata.annotations?.[revision]).toBe('2');
  lab.stop();
});

test('a deleted pod is replaced; a deleted Deployment takes everything with it', async () => {
  const lab = startCluster();
  lab.kube.create(deployments, webpod(2));
  await expect.poll(() => lab.places().filter(place => place !== '')).toHaveLength(2);
  const [victim] = lab.pods();
  lab.kube.delete(pods, victim?.metadata.name ?? '', 'default');
  await expect.poll(() => lab.pods().some(pod => pod.metadata.uid === victim?.metadata.uid)).toBe(false);
  await expect.poll(() => lab.pods().length).toBe(2);
  lab.kube.delete(deployments, 'webpod', 'default');
  await expect.poll(() => lab.pods().length + lab.kube.list(replicaSets).length).toBe(0);
  lab.stop();
});

test('who goes first: not bound, not ready, cheap, crowded, young', () => {
  const pod = (name: string, nodeName: string | undefined, ready: boolean, age = 0, cost?: string): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      creationTimestamp: timestamp(new Date(1e12 - age * 1000)),
      annotations: cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': cost },
    },
    spec: { containers: [], ...(nodeName === undefined ? {} : { nodeName }) },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });
  const all = [
    pod('old', 'a', true, 100),
    pod('young', 'a', true, 1),
    pod('alone', 'b', true, 1),
    pod('cheap', 'c', true, 200, '-1'),
    pod('unready', 'b2', false, 300),
    pod('unbound', undefined, false, 300),
  ];
  expect(victims(all, all).map(each => each.metadata.name)).toEqual([
    'unbound',
    'unready',
    'cheap',
    'young',
    'old',
    'alone',
  ]);
});

test('cordon keeps new pods away, the event says why, and uncordon lets them in', async () => {
  const lab = startCluster();
  for (const name of cluster.nodes)
    lab.kube.update(nodes, name, undefined, draft => {
      draft.spec = { ...draft.spec, unschedulable: true };
    });
  lab.kube.create(deployments, webpod(1));
  await expect.poll(() => lab.kube.list(events).map(event => event.reason)).toContain('FailedScheduling');
  expect(conditionOf(lab.pods()[0] ?? {}, 'PodScheduled')).toMatchObject({
    status: 'False',
    reason: 'Unschedulable',
    message: '0/3 nodes are available: 3 node(s) were unschedulable.',
  });
  expect(lab.kube.get(nodes, 'k8s-w0')?.spec?.taints).toEqual([
    { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
  ]);
  lab.kube.update(nodes, 'k8s-w0', undefined, draft => {
    draft.spec = { ...draft.spec, unschedulable: false };
  });
  await expect.poll(() => lab.places()).toEqual(['k8s-w0']);
  expect(conditionOf(lab.pods()[0] ?? {}, 'PodScheduled')?.status).toBe('True');
  await expect.poll(() => lab.kube.get(nodes, 'k8s-w0')?.spec?.taints).toBeUndefined();
  lab.stop();
});

test('EndpointSlices follow readiness and scale; a service without backends has one empty slice', async () => {
  const lab = startCluster({ becomesReady: pod => pod.spec.nodeName !== 'k8s-w0' });
  webpodService(lab.kube);
  const slices = () => lab.kube.list(endpointSlices, { labelSelector: 'kubernetes.io/service-name=webpod' });
  await expect.poll(() => slices().map(slice => slice.endpoints)).toEqual([[]]);
  const [empty] = slices();
  lab.kube.create(deployments, webpod(3));
  const readiness = () =>
    slices()
      .flatMap(slice => slice.endpoints)
      .map(({ nodeName, conditions }) => `${nodeName} ${conditions?.ready}`)
      .sort(byText);
  await expect.poll(readiness).toEqual(['k8s-ctr true', 'k8s-w0 false', 'k8s-w1 true']);
  const [slice] = slices();
  expect(slice?.metadata.name).toMatch(/^webpod-[a-z0-9]{5}$/);
  expect(slice?.metadata.labels).toEqual({
    app: 'webpod',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    'kubernetes.io/service-name': 'webpod',
  });
  expect(slices(), 'the empty slice has made room').toHaveLength(1);
  expect(empty?.ports).toEqual([]);
  const [subset] = lab.kube.get(endpoints, 'webpod', 'default')?.subsets ?? [];
  expect([subset?.addresses?.length, subset?.notReadyAddresses?.length]).toEqual([2, 1]);

  const onCtr = lab.pods().find(pod => pod.spec.nodeName === 'k8s-ctr');
  lab.kube.updateStatus(pods, onCtr?.metadata.name ?? '', 'default', draft => {
    draft.status = {
      ...draft.status,
      conditions: withCondition(draft.status?.conditions, { type: 'Ready', status: 'False' }),
    };
  });
  await expect.poll(readiness).toEqual(['k8s-ctr false', 'k8s-w0 false', 'k8s-w1 true']);

  lab.kube.delete(services, 'webpod', 'default');
  await expect.poll(() => slices().length).toBe(0);
  await expect.poll(() => lab.kube.get(endpoints, 'webpod', 'default')).toBeUndefined();
  lab.stop();
});

test('endpoints of a service without selector are left alone', async () => {
  const lab = startCluster();
  lab.kube.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'outside', namespace: 'default' },
    spec: { ports: [{ port: 80 }] },
  });
  lab.kube.create(endpointSlices, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'outside-1',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'outside' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.1'] }],
    ports: [{ name: '', port: 80, protocol: 'TCP' }],
  });
  // Positive control: by the time this service has its slice, the other one has been looked at too.
  webpodService(lab.kube);
  const named = (service: string) =>
    lab.kube.list(endpointSlices, { labelSelector: `kubernetes.io/service-name=${service}` });
  await expect.poll(() => named('webpod').length).toBe(1);
  expect(named('outside').map(slice => slice.metadata.name)).toEqual(['outside-1']);
  lab.stop();
});

test('a DaemonSet has one pod on every node, cordoned or not, and rolls node by node', async () => {
  const lab = startCluster();
  lab.kube.update(nodes, 'k8s-w1', undefined, draft => {
    draft.spec = { ...draft.spec, unschedulable: true };
  });
  lab.kube.create(daemonSets, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'cilium', namespace: 'kube-system' },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'cilium' } },
      template: {
        metadata: { labels: { 'k8s-app': 'cilium' } },
        spec: {
          hostNetwork: true,
          containers: [{ name: 'cilium-agent', image: 'quay.io/cilium/cilium:v1.18.0' }],
        },
      },
    },
  });
  await expect.poll(() => lab.kube.get(daemonSets, 'cilium', 'kube-system')?.status?.numberReady).toBe(3);
  const before = lab.pods('kube-system').map(pod => pod.metadata.uid);
  lab.kube.update(daemonSets, 'cilium', 'kube-system', draft => {
    draft.spec.template.metadata = {
      ...draft.spec.template.metadata,
      annotations: { 'kubectl.kubernetes.io/restartedAt': '2025-01-01T00:00:00Z' },
    };
  });
  await expect
    .poll(() => lab.pods('kube-system').filter(pod => before.includes(pod.metadata.uid)).length)
    .toBe(0);
  await expect
    .poll(() => lab.kube.get(daemonSets, 'cilium', 'kube-system')?.status)
    .toMatchObject({
      desiredNumberScheduled: 3,
      numberReady: 3,
      updatedNumberScheduled: 3,
    });
  lab.stop();
});

test('nodes are as the topology has them; one that is not ready is tainted and takes no pods', async () => {
  const lab = startCluster();
  const controlPlane = lab.kube.get(nodes, 'k8s-ctr');
  expect(controlPlane?.metadata.labels).toMatchObject({
    'kubernetes.io/hostname': 'k8s-ctr',
    'node-role.kubernetes.io/control-plane': '',
  });
  expect(controlPlane?.status?.addresses).toContainEqual({ type: 'InternalIP', address: '192.168.10.100' });
  expect(controlPlane?.status?.nodeInfo?.kubeletVersion).toBe('v1.33.2');
  expect(
    lab.kube.list(leases, { namespace: 'kube-node-lease' }).map(lease => lease.spec?.holderIdentity),
  ).toEqual(['k8s-ctr', 'k8s-w0', 'k8s-w1']);

  lab.controllers.setNodeReady('k8s-w0', false, 'cni plugin not initialized');
  await expect
    .poll(() => lab.kube.get(nodes, 'k8s-w0')?.spec?.taints?.[0]?.key)
    .toBe('node.kubernetes.io/not-ready');
  lab.kube.create(deployments, webpod(3));
  await expect.poll(() => lab.places()).toEqual(['k8s-ctr', 'k8s-ctr', 'k8s-w1']);
  lab.controllers.setNodeReady('k8s-w0', true);
  await expect.poll(() => lab.kube.get(nodes, 'k8s-w0')?.spec?.taints).toBeUndefined();
  expect(() => lab.controllers.setNodeReady('nowhere', true)).toThrow(/has no node nowhere; it has k8s-ctr/);
  lab.stop();
});
