import { nodes, type Pod, pods } from '../../../helpers/kube/resources.ts';
import type { KubeClient } from '../api/client.ts';
import type { KubeletHooks } from '../api/hooks.ts';
import { conditionOf, isFinished } from '../controllers/objects.ts';
import type { PodRuntime, RunningPod } from './pod-runtime.ts';
import { PodWorker } from './worker.ts';

export interface KubeletOptions {
  readonly kube: KubeClient;
  /** The node's name. */
  readonly node: string;
  /** The node's InternalIP: the pods' hostIP. */
  readonly nodeAddress: string;
  readonly runtime: PodRuntime;
  readonly log: (line: string) => void;
  /** First pause before a container that keeps dying runs again. Default Kubernetes' 10 s. */
  readonly backoffMs?: number;
}

/** A node's kubelet; `exec` and `logs` answer the API server for the pods of this node. */
export interface Kubelet extends KubeletHooks {
  /** Ends every pod at once, and leaves their objects alone. */
  stop(): Promise<void>;
}

/** Runs the pods that are bound to one node, and says in the API how they do. */
export function startKubelet(options: KubeletOptions): Kubelet {
  const { kube, node, log } = options;
  const workers = new Map<string, PodWorker>();
  let isNodeReady = true;

  const stopPods = kube.watch(pods, (event, pod) => {
    const { uid = '' } = pod.metadata;
    const worker = workers.get(uid);
    if (event === 'DELETED') {
      workers.delete(uid);
      worker?.end().catch(error => log(`pod ${pod.metadata.name}: ${error}`));
    } else if (worker !== undefined) worker.update(pod);
    else if (pod.spec.nodeName === node && !isFinished(pod)) {
      // Kept before it can end: a pod may come with its deletionTimestamp set.
      const created = new PodWorker(pod, { ...options, isNodeReady: () => isNodeReady });
      workers.set(uid, created);
      created.update(pod);
    }
  });
  const stopNodes = kube.watch(nodes, (_, object) => {
    if (object.metadata.name !== node) return;
    const ready = conditionOf(object, 'Ready')?.status === 'True';
    if (ready === isNodeReady) return;
    isNodeReady = ready;
    for (const worker of workers.values()) worker.writeStatus();
  });

  const running = ({ metadata: { uid = '', name, namespace } }: Pod, container: string): RunningPod => {
    const found = workers.get(uid);
    if (found?.running === undefined || !found.pod.spec.containers.some(each => each.name === container))
      throw new Error(
        `container not found ("${container}"): pod ${namespace}/${name} does not run it on ${node}`,
      );
    return found.running;
  };

  return {
    exec: async (pod, container, argv, execOptions) =>
      running(pod, container).exec(container, argv, execOptions),
    logs: async (pod, container, logOptions) => running(pod, container).logs(container, logOptions),
    stop: async () => {
      stopPods();
      stopNodes();
      await Promise.allSettled([...workers.values()].map(worker => worker.running?.stop(0)));
    },
  };
}

/** One cluster's kubelets as the API server's one partner: each request goes to the pod's node. */
export function hooksOf(kubelets: ReadonlyMap<string, Kubelet>): KubeletHooks {
  const kubeletOf = (pod: Pod): Kubelet => {
    const { nodeName = '' } = pod.spec;
    const kubelet = kubelets.get(nodeName);
    if (kubelet !== undefined) return kubelet;
    const { name, namespace } = pod.metadata;
    throw new Error(
      nodeName === ''
        ? `pod ${namespace}/${name} does not have a host assigned`
        : `pod ${namespace}/${name} is on node ${nodeName}, which has no kubelet`,
    );
  };
  return {
    exec: async (pod, ...rest) => kubeletOf(pod).exec(pod, ...rest),
    logs: async (pod, ...rest) => kubeletOf(pod).logs(pod, ...rest),
  };
}
