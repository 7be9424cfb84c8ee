import { type Pod, pods, type ReplicaSet, replicaSets } from '../../../helpers/kube/resources.ts';
import type { KubeClient } from '../api/client.ts';
import { matchesLabelSelector } from '../api/selectors.ts';
import type { ControllerContext } from './context.ts';
import { recordEvent } from './events.ts';
import { conditionOf, controllerOf, isActive, isReady, keyOf, podFrom, splitKey } from './objects.ts';
import { workQueue } from './queue.ts';

const source = { component: 'replicaset-controller' };

/** Keeps as many pods of each ReplicaSet as it asks for. */
export function startReplicaSets({ kube, log }: Pick<ControllerContext, 'kube' | 'log'>): () => void {
  const queue = workQueue(
    key => reconcile(kube, key),
    line => log(`replicasets: ${line}`),
  );
  const stops = [
    kube.watch(replicaSets, (_, replicaSet) => queue.add(keyOf(replicaSet))),
    kube.watch(pods, (_, pod) => {
      const owner = controllerOf(pod);
      if (owner?.kind === 'ReplicaSet') queue.add(`${pod.metadata.namespace}/${owner.name}`);
    }),
    queue.stop,
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function reconcile(kube: KubeClient, key: string): void {
  const { namespace, name } = splitKey(key);
  const replicaSet = kube.get(replicaSets, name, namespace);
  if (replicaSet === undefined || replicaSet.metadata.deletionTimestamp !== undefined) return;
  const all = kube.list(pods, { namespace });
  const mine = (): Pod[] =>
    kube.list(pods, { namespace }).filter(pod => isOwned(pod, replicaSet) && isActive(pod));
  const missing = (replicaSet.spec.replicas ?? 1) - mine().length;

  for (let count = 0; count < missing; count++) {
    const pod = kube.create(pods, podFrom(replicaSet.spec.template, replicaSet));
    recordEvent(kube, replicaSet, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, source);
  }
  if (missing < 0) {
    const related = all.filter(pod => isActive(pod) && isRelated(kube, pod, replicaSet));
    for (const pod of victims(mine(), related).slice(0, -missing)) {
      kube.delete(pods, pod.metadata.name, namespace);
      recordEvent(
        kube,
        replicaSet,
        'Normal',
        'SuccessfulDelete',
        `Deleted pod: ${pod.metadata.name}`,
        source,
      );
    }
  }
  writeStatus(kube, replicaSet, mine());
}

const isOwned = (pod: Pod, replicaSet: ReplicaSet): boolean =>
  controllerOf(pod)?.uid === replicaSet.metadata.uid;

/** A pod of the same Deployment, whatever its revision. */
function isRelated(kube: KubeClient, pod: Pod, replicaSet: ReplicaSet): boolean {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return false;
  if (owner.uid === replicaSet.metadata.uid) return true;
  const deployment = controllerOf(replicaSet)?.uid;
  const sibling = kube.get(replicaSets, owner.name, pod.metadata.namespace);
  return deployment !== undefined && sibling !== undefined && controllerOf(sibling)?.uid === deployment;
}

/**
 * Pods in the order in which Kubernetes gives them up (controller_utils.go, ActivePodsWithRanks): not bound, not
 * running, not ready, cheapest to delete, on the node with most of their kind, youngest.
 */
export function victims(candidates: readonly Pod[], related: readonly Pod[]): Pod[] {
  const onNode = (pod: Pod): number =>
    related.filter(other => other.spec.nodeName === pod.spec.nodeName).length;
  const rank = (pod: Pod): number[] => [
    pod.spec.nodeName === undefined ? 0 : 1,
    pod.status?.phase === 'Running' ? 1 : 0,
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0),
    -onNode(pod),
    -Date.parse(conditionOf(pod, 'Ready')?.lastTransitionTime ?? '') || 0,
    -restarts(pod),
    -Date.parse(pod.metadata.creationTimestamp ?? '') || 0,
  ];
  const ranked = candidates.map(pod => ({ pod, rank: rank(pod) }));
  ranked.sort((a, b) => {
    const differs = a.rank.findIndex((value, index) => value !== b.rank[index]);
    if (differs >= 0) return (a.rank[differs] ?? 0) - (b.rank[differs] ?? 0);
    return a.pod.metadata.name < b.pod.metadata.name ? -1 : 1;
  });
  return ranked.map(({ pod }) => pod);
}

const restarts = (pod: Pod): number =>
  Math.max(0, ...(pod.status?.containerStatuses ?? []).map(status => status.restartCount));

function writeStatus(kube: KubeClient, replicaSet: ReplicaSet, mine: readonly Pod[]): void {
  const { name, namespace, generation } = replicaSet.metadata;
  const ready = mine.filter(isReady).length;
  const labelled = mine.filter(pod =>
    matchesLabelSelector(
      { matchLabels: replicaSet.spec.template.metadata?.labels ?? {} },
      pod.metadata.labels,
    ),
  ).length;
  kube.updateStatus(replicaSets, name, namespace, draft => {
    draft.status = {
      replicas: mine.length,
      ...(labelled > 0 ? { fullyLabeledReplicas: labelled } : {}),
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
}
