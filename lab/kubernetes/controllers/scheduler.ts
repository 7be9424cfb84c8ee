import { nodes, type Pod, pods } from '../../../helpers/kube/resources.ts';
import type { Condition } from '../../../helpers/kube/types.ts';
import type { KubeClient } from '../api/client.ts';
import type { ControllerContext } from './context.ts';
import { recordEvent } from './events.ts';
import { conditionOf, isActive, withCondition } from './objects.ts';
import { place } from './placement.ts';
import { workQueue } from './queue.ts';

const source = { component: 'default-scheduler' };

/** Binds pods to nodes, oldest first. Whatever changes of nodes and pods gives those that wait another try. */
export function startScheduler({
  kube,
  cluster,
  log,
}: Pick<ControllerContext, 'kube' | 'cluster' | 'log'>): () => void {
  const queue = workQueue(
    () => {
      for (const pod of waiting(kube)) bind(kube, pod, cluster.nodes);
    },
    line => log(`scheduler: ${line}`),
  );
  const stops = [
    kube.watch(pods, () => queue.add('pods')),
    kube.watch(nodes, () => queue.add('pods')),
    queue.stop,
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function waiting(kube: KubeClient): Pod[] {
  return kube
    .list(pods)
    .filter(pod => (pod.spec.nodeName ?? '') === '' && isActive(pod))
    .sort(
      (a, b) =>
        Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? ''),
    );
}

function bind(kube: KubeClient, pod: Pod, order: readonly string[]): void {
  const { name, namespace } = pod.metadata;
  const rank = (node: string): number => (order.includes(node) ? order.indexOf(node) : order.length);
  const placement = place(pod, {
    nodes: [...kube.list(nodes)].sort((a, b) => rank(a.metadata.name) - rank(b.metadata.name)),
    pods: kube.list(pods),
  });
  if ('refused' in placement) {
    const message = placement.refused;
    if (conditionOf(pod, 'PodScheduled')?.message === message) return;
    setCondition(kube, pod, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message });
    recordEvent(kube, pod, 'Warning', 'FailedScheduling', message, source);
    return;
  }
  kube.update(pods, name, namespace, draft => {
    draft.spec.nodeName = placement.node;
  });
  setCondition(kube, pod, { type: 'PodScheduled', status: 'True' });
  const message = `Successfully assigned ${namespace}/${name} to ${placement.node}`;
  recordEvent(kube, pod, 'Normal', 'Scheduled', message, source);
}

function setCondition(kube: KubeClient, pod: Pod, condition: Condition): void {
  kube.updateStatus(pods, pod.metadata.name, pod.metadata.namespace, draft => {
    draft.status = { phase: 'Pending', ...draft.status };
    draft.status.conditions = withCondition(draft.status.conditions, condition);
  });
}
