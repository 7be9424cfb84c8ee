import { nodes, pods } from '../../../../helpers/kube/resources.ts';
import { conditionOf, isFinished } from '../controllers/objects.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ExecOptions, Execution, PodRuntime, RunningPod } from './pod-runtime.ts';
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

export interface Kubelet {
  /** Without a container's name, the pod's first. @throws Error when there is no such running container */
  exec(
    namespace: string,
    pod: string,
    container: string | undefined,
    argv: readonly string[],
    options?: ExecOptions,
  ): Execution;
  /** @throws Error as `exec` */
  logs(namespace: string, pod: string, container?: string): string;
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

  const find = (
    namespace: string,
    name: string,
    container?: string,
  ): { running: RunningPod; container: string } => {
    const worker = [...workers.values()].find(
      ({ pod: { metadata } }) => metadata.name === name && metadata.namespace === namespace,
    );
    const [first] = worker?.pod.spec.containers ?? [];
    const wanted = container ?? first?.name ?? '';
    if (worker?.running === undefined || !worker.pod.spec.containers.some(each => each.name === wanted))
      throw new Error(
        `container not found ("${wanted}"): pod ${namespace}/${name} on node ${node} does not run it`,
      );
    return { running: worker.running, container: wanted };
  };

  return {
    exec: (namespace, pod, container, argv, execOptions) => {
      const found = find(namespace, pod, container);
      return found.running.exec(found.container, argv, execOptions);
    },
    logs: (namespace, pod, container) => {
      const found = find(namespace, pod, container);
      return found.running.logs(found.container);
    },
    stop: async () => {
      stopPods();
      stopNodes();
      await Promise.allSettled([...workers.values()].map(worker => worker.running?.stop(0)));
    },
  };
}
