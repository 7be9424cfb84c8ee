import {
  type Deployment,
  deployments,
  pods,
  type ReplicaSet,
  replicaSets,
} from '../../../helpers/kube/resources.ts';
import type { Condition } from '../../../helpers/kube/types.ts';
import type { KubeClient } from '../api/client.ts';
import type { ControllerContext } from './context.ts';
import { recordEvent } from './events.ts';
import {
  controllerOf,
  isFinished,
  keyOf,
  ownedBy,
  splitKey,
  templateHash,
  withCondition,
} from './objects.ts';
import { workQueue } from './queue.ts';
import { limitsOf, nextStep, type Revision } from './rollout.ts';

const hashLabel = 'pod-template-hash';
const revisionAnnotation = 'deployment.kubernetes.io/revision';
const source = { component: 'deployment-controller' };

/** Rolls each Deployment out through its ReplicaSets, and says how far it is. */
export function startDeployments({ kube, log }: Pick<ControllerContext, 'kube' | 'log'>): () => void {
  const queue = workQueue(
    key => reconcile(kube, key),
    line => log(`deployments: ${line}`),
  );
  const stops = [
    kube.watch(deployments, (_, deployment) => queue.add(keyOf(deployment))),
    kube.watch(replicaSets, (_, replicaSet) => {
      const owner = controllerOf(replicaSet);
      if (owner?.kind === 'Deployment') queue.add(`${replicaSet.metadata.namespace}/${owner.name}`);
    }),
    // `Recreate` waits for the last old pod to be gone, which no ReplicaSet's status tells.
    kube.watch(pods, (event, pod) => {
      const owner = event === 'DELETED' ? controllerOf(pod) : undefined;
      if (owner?.kind !== 'ReplicaSet') return;
      const replicaSet = kube.get(replicaSets, owner.name, pod.metadata.namespace);
      const deployment = replicaSet === undefined ? undefined : controllerOf(replicaSet);
      if (deployment !== undefined) queue.add(`${pod.metadata.namespace}/${deployment.name}`);
    }),
    queue.stop,
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function reconcile(kube: KubeClient, key: string): void {
  const { namespace, name } = splitKey(key);
  const deployment = kube.get(deployments, name, namespace);
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return;
  const hash = templateHash(deployment.spec.template);
  const current = currentReplicaSet(kube, deployment, hash);
  const older = owned(kube, deployment).filter(({ metadata }) => metadata.name !== current.metadata.name);
  scale(kube, deployment, current, older);
  forgetOldRevisions(kube, deployment, older);
  writeStatus(kube, deployment, current.metadata.name);
}

/** The Deployment's ReplicaSets, oldest first. */
function owned(kube: KubeClient, deployment: Deployment): ReplicaSet[] {
  return kube
    .list(replicaSets, { namespace: deployment.metadata.namespace ?? 'default' })
    .filter(replicaSet => controllerOf(replicaSet)?.uid === deployment.metadata.uid)
    .sort((a, b) => revisionOf(a) - revisionOf(b));
}

const revisionOf = (object: ReplicaSet): number =>
  Number(object.metadata.annotations?.[revisionAnnotation] ?? 0);

/** The ReplicaSet of the template as it is now, made if need be, and marked as the newest revision. */
function currentReplicaSet(kube: KubeClient, deployment: Deployment, hash: string): ReplicaSet {
  const { namespace, name } = deployment.metadata;
  const all = owned(kube, deployment);
  const existing = all.find(({ metadata }) => metadata.labels?.[hashLabel] === hash);
  const newestOther = Math.max(0, ...all.filter(each => each !== existing).map(revisionOf));
  const revision =
    existing !== undefined && revisionOf(existing) > newestOther ? revisionOf(existing) : newestOther + 1;
  const annotations = { [revisionAnnotation]: String(revision) };
  kube.update(deployments, name, namespace, draft => {
    draft.metadata.annotations = { ...draft.metadata.annotations, ...annotations };
  });
  if (existing !== undefined) {
    const marked = kube.update(replicaSets, existing.metadata.name, namespace, draft => {
      draft.metadata.annotations = { ...draft.metadata.annotations, ...annotations };
    });
    return marked ?? existing;
  }
  const { selector, template } = deployment.spec;
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return kube.create(replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace: namespace ?? 'default',
      labels,
      annotations,
      ownerReferences: [ownedBy(deployment)],
    },
    spec: {
      replicas: 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...structuredClone(template), metadata: { ...structuredClone(template.metadata), labels } },
    },
  });
}

function scale(
  kube: KubeClient,
  deployment: Deployment,
  current: ReplicaSet,
  older: readonly ReplicaSet[],
): void {
  const steps = nextStep(
    deployment.spec.replicas ?? 1,
    deployment.spec.strategy?.type ?? 'RollingUpdate',
    limitsOf(deployment),
    revision(kube, current),
    older.map(each => revision(kube, each)),
  );
  for (const replicaSet of [current, ...older]) {
    const { name, namespace } = replicaSet.metadata;
    const before = replicaSet.spec.replicas ?? 1;
    const after = steps.get(name) ?? before;
    if (after === before) continue;
    kube.update(replicaSets, name, namespace, draft => {
      draft.spec.replicas = after;
    });
    const direction = after > before ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${name} from ${before} to ${after}`;
    recordEvent(kube, deployment, 'Normal', 'ScalingReplicaSet', message, source);
  }
}

function revision(kube: KubeClient, replicaSet: ReplicaSet): Revision {
  const { name, namespace, uid } = replicaSet.metadata;
  return {
    name,
    replicas: replicaSet.spec.replicas ?? 1,
    available: replicaSet.status?.availableReplicas ?? 0,
    pods: kube
      .list(pods, { namespace: namespace ?? 'default' })
      .filter(pod => controllerOf(pod)?.uid === uid && !isFinished(pod)).length,
  };
}

function forgetOldRevisions(kube: KubeClient, deployment: Deployment, older: readonly ReplicaSet[]): void {
  const empty = older.filter(
    replicaSet => replicaSet.spec.replicas === 0 && (replicaSet.status?.replicas ?? 0) === 0,
  );
  const excess = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  for (const replicaSet of empty.slice(0, Math.max(0, excess))) {
    kube.delete(replicaSets, replicaSet.metadata.name, replicaSet.metadata.namespace);
  }
}

function writeStatus(kube: KubeClient, deployment: Deployment, currentName: string): void {
  const all = owned(kube, deployment);
  const current = all.find(({ metadata }) => metadata.name === currentName);
  const total = (count: (replicaSet: ReplicaSet) => number | undefined): number =>
    all.reduce((sum, replicaSet) => sum + (count(replicaSet) ?? 0), 0);
  const wanted = deployment.spec.replicas ?? 1;
  const replicas = total(({ status }) => status?.replicas);
  const ready = total(({ status }) => status?.readyReplicas);
  const available = total(({ status }) => status?.availableReplicas);
  const updated = current?.status?.replicas ?? 0;
  const unavailable = Math.max(0, total(({ spec }) => spec.replicas) - available);
  const isComplete = updated === wanted && replicas === wanted && available === wanted;
  const { name, namespace, generation } = deployment.metadata;

  kube.updateStatus(deployments, name, namespace, draft => {
    const before = draft.status?.conditions;
    const conditions = withCondition(
      withCondition(before, availability(available >= wanted - limitsOf(deployment).maxUnavailable)),
      progress(currentName, isComplete),
    );
    draft.status = {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(replicas > 0 ? { replicas } : {}),
      ...(updated > 0 ? { updatedReplicas: updated } : {}),
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      ...(available > 0 ? { availableReplicas: available } : {}),
      ...(unavailable > 0 ? { unavailableReplicas: unavailable } : {}),
      conditions,
    };
  });
}

function availability(isAvailable: boolean): Condition {
  return isAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

function progress(replicaSet: string, isComplete: boolean): Condition {
  return {
    type: 'Progressing',
    status: 'True',
    reason: isComplete ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
    message: `ReplicaSet "${replicaSet}" ${isComplete ? 'has successfully progressed' : 'is progressing'}.`,
  };
}
