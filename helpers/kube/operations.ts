import type { KubeApi } from './client.ts';
import { nodes, type Pod, pods } from './resources.ts';
import type { KubeObject, ResourceType } from './types.ts';

/** What an operator does to a cluster's objects, in kubectl's words. */

/** `kubectl label <type> <name> key=value other-`: null removes. */
export async function setLabels<T extends KubeObject>(
  kube: KubeApi,
  type: ResourceType<T>,
  name: string,
  namespace: string | undefined,
  labels: Readonly<Record<string, string | null>>,
): Promise<void> {
  await kube.patch(type, name, namespace, { metadata: { labels } });
}

export async function cordon(kube: KubeApi, node: string): Promise<void> {
  await kube.patch(nodes, node, undefined, { spec: { unschedulable: true } });
}

export async function uncordon(kube: KubeApi, node: string): Promise<void> {
  await kube.patch(nodes, node, undefined, { spec: { unschedulable: null } });
}

/** `kubectl drain <node> --ignore-daemonsets --force`. Resolves when every eviction was granted. */
export async function drain(kube: KubeApi, node: string): Promise<void> {
  await cordon(kube, node);
  const leaving = (await kube.list(pods)).filter(pod => pod.spec.nodeName === node && canBeEvicted(pod));
  await Promise.all(
    leaving.map(({ metadata }) => kube.evict(metadata.name, metadata.namespace ?? 'default')),
  );
}

/** Not a daemon set's pod, nor a static one (which the API server only mirrors). */
function canBeEvicted({ metadata }: Pod): boolean {
  const isDaemon = metadata.ownerReferences?.some(owner => owner.kind === 'DaemonSet') ?? false;
  return !isDaemon && metadata.annotations?.['kubernetes.io/config.mirror'] === undefined;
}
