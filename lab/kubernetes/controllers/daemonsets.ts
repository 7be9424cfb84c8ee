import {
  type DaemonSet,
  daemonSets,
  type Node,
  nodes,
  type Pod,
  pods,
  type Taint,
} from '../../../helpers/kube/resources.ts';
import type { KubeClient } from '../api/client.ts';
import type { ControllerContext } from './context.ts';
import { recordEvent } from './events.ts';
import {
  controllerOf,
  isActive,
  isReady,
  isTerminating,
  keyOf,
  podFrom,
  splitKey,
  templateHash,
} from './objects.ts';
import { isTolerated, unselected } from './placement.ts';
import { workQueue } from './queue.ts';

const hashLabel = 'controller-revision-hash';
const source = { component: 'daemonset-controller' };

/** What every daemon's pod tolerates (daemon/util, AddOrUpdateDaemonPodTolerations): it runs on any state of its node. */
const tolerations = [
  ...['not-ready', 'unreachable'].map(key => ({ key, effect: 'NoExecute' })),
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable', 'network-unavailable'].map(
    key => ({
      key,
      effect: 'NoSchedule',
    }),
  ),
].map(({ key, effect }) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists' as const, effect }));

/** One pod of each DaemonSet on every node its template allows; a new template replaces them node by node. */
export function startDaemonSets({ kube, log }: Pick<ControllerContext, 'kube' | 'log'>): () => void {
  const queue = workQueue(
    key => reconcile(kube, key),
    line => log(`daemonsets: ${line}`),
  );
  const stops = [
    kube.watch(daemonSets, (_, daemonSet) => queue.add(keyOf(daemonSet))),
    kube.watch(nodes, () => {
      for (const daemonSet of kube.list(daemonSets)) queue.add(keyOf(daemonSet));
    }),
    kube.watch(pods, (_, pod) => {
      const owner = controllerOf(pod);
      if (owner?.kind === 'DaemonSet') queue.add(`${pod.metadata.namespace}/${owner.name}`);
    }),
    queue.stop,
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function reconcile(kube: KubeClient, key: string): void {
  const { namespace, name } = splitKey(key);
  const daemonSet = kube.get(daemonSets, name, namespace);
  if (daemonSet === undefined || daemonSet.metadata.deletionTimestamp !== undefined) return;
  const hash = templateHash(daemonSet.spec.template);
  const namesOf = (effects: readonly Taint['effect'][]): string[] =>
    kube
      .list(nodes)
      .filter(node => runsOn(daemonSet, node, effects))
      .map(node => node.metadata.name);
  const wanted = namesOf(['NoSchedule', 'NoExecute']);
  // A taint that comes later keeps new pods away, but only NoExecute drives out those that run.
  const allowed = namesOf(['NoExecute']);

  for (const node of wanted) {
    // Not before the old one is gone: two of them would fight over the node.
    if (owned(kube, daemonSet).some(pod => pod.spec.nodeName === node)) continue;
    const pod = podFrom(daemonSet.spec.template, daemonSet, { [hashLabel]: hash });
    pod.spec.nodeName = node;
    pod.spec.tolerations = [...(pod.spec.tolerations ?? []), ...tolerations];
    kube.create(pods, pod);
    recordEvent(kube, daemonSet, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, source);
  }
  for (const pod of superfluous(owned(kube, daemonSet), allowed, hash)) {
    kube.delete(pods, pod.metadata.name, namespace);
    recordEvent(kube, daemonSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, source);
  }
  writeStatus(kube, daemonSet, wanted, hash);
}

function runsOn(daemonSet: DaemonSet, node: Node, effects: readonly Taint['effect'][]): boolean {
  const { spec } = daemonSet.spec.template;
  const pod = { spec: { ...spec, tolerations: [...(spec.tolerations ?? []), ...tolerations] } };
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effects.includes(effect));
  return unselected(pod, node) === undefined && taints.every(taint => isTolerated(taint, pod));
}

const owned = (kube: KubeClient, daemonSet: DaemonSet): Pod[] =>
  kube
    .list(pods, { namespace: daemonSet.metadata.namespace ?? 'default' })
    .filter(pod => controllerOf(pod)?.uid === daemonSet.metadata.uid);

/** Pods where none belongs, ended pods, and one pod of an older template as long as all others are ready. */
function superfluous(mine: readonly Pod[], allowed: readonly string[], hash: string): Pod[] {
  const alive = mine.filter(pod => !isTerminating(pod));
  const misplaced = alive.filter(pod => !allowed.includes(pod.spec.nodeName ?? '') || !isActive(pod));
  const outdated = alive.filter(pod => !misplaced.includes(pod) && pod.metadata.labels?.[hashLabel] !== hash);
  const broken = outdated.filter(pod => !isReady(pod));
  const settled = mine.length === alive.length && alive.every(isReady);
  return [...misplaced, ...broken, ...(settled ? outdated.slice(0, 1) : [])];
}

function writeStatus(kube: KubeClient, daemonSet: DaemonSet, wanted: readonly string[], hash: string): void {
  const { name, namespace, generation } = daemonSet.metadata;
  const alive = owned(kube, daemonSet).filter(pod => !isTerminating(pod));
  const placed = alive.filter(pod => wanted.includes(pod.spec.nodeName ?? ''));
  const ready = placed.filter(isReady).length;
  kube.updateStatus(daemonSets, name, namespace, draft => {
    draft.status = {
      currentNumberScheduled: placed.length,
      desiredNumberScheduled: wanted.length,
      numberMisscheduled: alive.length - placed.length,
      numberReady: ready,
      updatedNumberScheduled: placed.filter(pod => pod.metadata.labels?.[hashLabel] === hash).length,
      ...(ready > 0 ? { numberAvailable: ready } : {}),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
}
