import os from 'node:os';
import { subnet } from '../../../helpers/ipv4.ts';
import {
  type Lease,
  leases,
  type Node,
  namespaces,
  nodes,
  type Taint,
} from '../../../helpers/kube/resources.ts';
import type { Condition } from '../../../helpers/kube/types.ts';
import { type ClusterSpec, hostAddress, type Topology } from '../../contract/topology.ts';
import type { ControllerContext } from './context.ts';
import { keyOf, timestamp, withCondition } from './objects.ts';
import { workQueue } from './queue.ts';

/** The part of a kubelet that speaks for its node: the Node object, its heartbeat, its readiness. */
export interface NodeRegistry {
  /** Says whether the node can run pods. `why` is the Ready condition's message. @throws Error for an unknown node */
  setNodeReady(name: string, ready: boolean, why?: string): void;
  stop(): void;
}

const leaseNamespace = 'kube-node-lease';
const leaseSeconds = 40;
const heartbeatMs = 10_000;
const cordonTaint: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const notReadyTaint: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

export function startNodes(context: ControllerContext): NodeRegistry {
  const { kube, cluster, log } = context;
  const stopped = new Set<string>();
  for (const name of cluster.nodes) register(context, name);
  const heartbeat = (): void => {
    for (const name of cluster.nodes) if (!stopped.has(name)) renewLease(context, name);
  };
  ensureNamespace(context);
  heartbeat();
  const timer = setInterval(heartbeat, heartbeatMs);
  timer.unref();

  const queue = workQueue(
    key => alignTaints(context, key.slice(1)),
    line => log(`nodes: ${line}`),
  );
  const stopWatch = kube.watch(nodes, (_, node) => queue.add(keyOf(node)));

  return {
    setNodeReady: (name, ready, why = 'container runtime is down') => {
      if (!cluster.nodes.includes(name))
        throw new Error(`cluster ${cluster.name} has no node ${name}; it has ${cluster.nodes.join(', ')}`);
      if (ready) stopped.delete(name);
      else stopped.add(name);
      kube.updateStatus(nodes, name, undefined, draft => {
        draft.status = {
          ...draft.status,
          conditions: withCondition(draft.status?.conditions, readiness(ready, why)),
        };
      });
    },
    stop: () => {
      clearInterval(timer);
      stopWatch();
      queue.stop();
    },
  };
}

function readiness(ready: boolean, why: string): Condition {
  return {
    type: 'Ready',
    status: ready ? 'True' : 'False',
    reason: ready ? 'KubeletReady' : 'KubeletNotReady',
    message: ready ? 'kubelet is posting ready status' : why,
    lastHeartbeatTime: timestamp(),
  };
}

function register({ kube, cluster, topology }: ControllerContext, name: string): void {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const labels = {
    'beta.kubernetes.io/arch': arch,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': arch,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    ...(name === cluster.controlPlane ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
  };
  if (kube.get(nodes, name) === undefined) {
    const podCidr = nodeCidr(topology, cluster, name);
    kube.create<Node>(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels },
      spec: podCidr === undefined ? {} : { podCIDR: podCidr, podCIDRs: [podCidr] },
    });
  }
  const capacity = {
    cpu: String(os.cpus().length),
    memory: `${Math.floor(os.totalmem() / 1024)}Ki`,
    pods: '110',
  };
  const healthy = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map(
    (type): Condition => ({
      type,
      status: 'False',
      reason: `KubeletHasNo${type}`,
      message: `kubelet has no ${type}`,
    }),
  );
  kube.updateStatus(nodes, name, undefined, draft => {
    draft.status = {
      addresses: [
        { type: 'InternalIP', address: hostAddress(topology, name) },
        { type: 'Hostname', address: name },
      ],
      capacity,
      allocatable: capacity,
      conditions: [...healthy, readiness(true, '')].reduce(
        (conditions: Condition[], condition) => withCondition(conditions, condition),
        draft.status?.conditions ?? [],
      ),
      nodeInfo: {
        architecture: arch,
        operatingSystem: 'linux',
        kernelVersion: os.release(),
        osImage: 'Linux network namespace',
        containerRuntimeVersion: 'netns://1',
        kubeletVersion: cluster.kubernetesVersion,
        kubeProxyVersion: '',
        bootID: '',
        machineID: '',
        systemUUID: '',
      },
    };
  });
}

/** Clusters of the mesh have Kubernetes give out their PodCIDRs (kube-controller-manager --allocate-node-cidrs, as in kind). */
function nodeCidr(
  topology: Pick<Topology, 'mesh'>,
  cluster: Pick<ClusterSpec, 'nodes' | 'podCidr' | 'podCidrMaskSize'>,
  name: string,
): string | undefined {
  if (topology.mesh === undefined) return undefined;
  return subnet(cluster.podCidr, cluster.podCidrMaskSize, cluster.nodes.indexOf(name));
}

/** The node controller's part: taints follow from what the node says and from a cordon. */
function alignTaints({ kube }: ControllerContext, name: string): void {
  kube.update(nodes, name, undefined, draft => {
    const ready = draft.status?.conditions?.find(({ type }) => type === 'Ready');
    const ours = [
      ...(draft.spec?.unschedulable === true ? [cordonTaint] : []),
      ...(ready !== undefined && ready.status !== 'True' ? [notReadyTaint] : []),
    ];
    const isOurs = (taint: Taint): boolean =>
      taint.effect === 'NoSchedule' && [cordonTaint.key, notReadyTaint.key].includes(taint.key);
    const taints = draft.spec?.taints ?? [];
    const have = taints.filter(isOurs).map(({ key }) => key);
    if (have.length === ours.length && ours.every(({ key }) => have.includes(key))) return;
    const { taints: _, ...spec } = draft.spec ?? {};
    const all = [...taints.filter(taint => !isOurs(taint)), ...ours];
    draft.spec = { ...spec, ...(all.length > 0 ? { taints: all } : {}) };
  });
}

function ensureNamespace({ kube }: ControllerContext): void {
  if (kube.get(namespaces, leaseNamespace) !== undefined) return;
  kube.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: leaseNamespace } });
}

function renewLease({ kube }: ControllerContext, name: string): void {
  const renewTime = `${new Date().toISOString().slice(0, -1)}000Z`; // metav1.MicroTime
  const renewed = kube.update<Lease>(leases, name, leaseNamespace, draft => {
    draft.spec = { ...draft.spec, renewTime };
  });
  if (renewed !== undefined) return;
  const uid = kube.get(nodes, name)?.metadata.uid ?? '';
  kube.create<Lease>(leases, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: leaseNamespace,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
    },
    spec: { holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime },
  });
}
