import type { Deployment } from '../../../helpers/kube/resources.ts';

/** One revision of a Deployment: what its ReplicaSet asks for, and how many of its pods are available. */
export interface Revision {
  readonly name: string;
  readonly replicas: number;
  readonly available: number;
  /** Pods that are still there, terminating ones included. */
  readonly pods: number;
}

export interface Limits {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** How far a rolling update may go above and below the wanted number: 25 % each if not said, rounded up and down. */
export function limitsOf(deployment: Deployment): Limits {
  const wanted = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: wanted };
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = absolute(maxSurge, wanted, Math.ceil);
  const unavailable = absolute(maxUnavailable, wanted, Math.floor);
  // With both at nothing no update could ever begin.
  return {
    maxSurge: surge,
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, wanted),
  };
}

function absolute(value: number | string, of: number, round: (n: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? Number(value) : round((Number(percent) * of) / 100);
}

/**
 * The next step of a rollout: how many replicas each revision should ask for now (deployment/rolling.go and
 * recreate.go). `older` is in order of age. Applied again whenever pods become available, it ends with all
 * replicas in `current`.
 */
export function nextStep(
  wanted: number,
  strategy: 'RollingUpdate' | 'Recreate',
  limits: Limits,
  current: Revision,
  older: readonly Revision[],
): Map<string, number> {
  if (strategy === 'Recreate') {
    const free = older.every(revision => revision.pods === 0);
    return new Map([
      ...older.map(revision => [revision.name, 0] as const),
      [current.name, free ? wanted : current.replicas],
    ]);
  }
  const olderTotal = sum(older, 'replicas');
  const room = wanted + limits.maxSurge - olderTotal - current.replicas;
  const grown =
    current.replicas >= wanted
      ? wanted
      : current.replicas + Math.max(0, Math.min(room, wanted - current.replicas));
  return new Map([[current.name, grown], ...shrink(wanted, limits, { ...current, replicas: grown }, older)]);
}

/** Old revisions lose their unavailable pods first, then available ones as far as the new revision replaces them. */
function shrink(
  wanted: number,
  limits: Limits,
  current: Revision,
  older: readonly Revision[],
): [string, number][] {
  const least = wanted - limits.maxUnavailable;
  const notYet = Math.max(0, current.replicas - current.available);
  let budget = sum(older, 'replicas') + current.replicas - least - notYet;
  const left = older.map(revision => {
    const broken = Math.max(0, Math.min(budget, revision.replicas - revision.available));
    budget -= broken;
    return { ...revision, replicas: revision.replicas - broken };
  });
  let spare = Math.min(budget, sum(older, 'available') + current.available - least);
  return left.map(revision => {
    const removed = Math.max(0, Math.min(spare, revision.replicas));
    spare -= removed;
    return [revision.name, revision.replicas - removed];
  });
}

function sum(revisions: readonly Revision[], member: 'replicas' | 'available'): number {
  return revisions.reduce((total, revision) => total + revision[member], 0);
}
