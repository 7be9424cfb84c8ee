import type { Node, Pod, Taint, Toleration } from '../../../helpers/kube/resources.ts';
import type { LabelSelector } from '../../../helpers/kube/types.ts';
import { matchesLabelSelector } from '../api/selectors.ts';
import { conditionOf, controllerOf, isFinished, isTerminating } from './objects.ts';

/** Where a pod may run, and where it should: the scheduler's decisions, on plain data. */

export interface Cluster {
  /** In the cluster's own order, which breaks ties. */
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
}

export type Placement = { readonly node: string } | { readonly refused: string };

type Refusal = string | undefined;

interface NodeSelectorTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
  matchFields?: { key: string; operator: string; values?: string[] }[];
}

interface PodAffinityTerm {
  labelSelector?: LabelSelector;
  topologyKey: string;
  namespaces?: string[];
}

interface Affinity {
  nodeAffinity?: {
    requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] };
  };
  podAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] };
  podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] };
}

interface SpreadConstraint {
  maxSkew: number;
  topologyKey: string;
  whenUnsatisfiable: string;
  labelSelector?: LabelSelector;
}

/** Chooses a node: among those nothing speaks against, the one with fewest pods of the same owner, then of any. */
export function place(pod: Pod, cluster: Cluster): Placement {
  const refusals = new Map<string, number>();
  const fit = cluster.nodes.filter(node => {
    const refusal = whyNot(pod, node, cluster);
    if (refusal !== undefined) refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
    return refusal === undefined;
  });
  const ranked = fit.map(node => {
    const here = podsOn(node, cluster).filter(other => !isTerminating(other));
    const avoided = taintsOf(node).filter(
      taint => taint.effect === 'PreferNoSchedule' && !isTolerated(taint, pod),
    );
    return {
      node,
      avoided: avoided.length,
      kin: here.filter(other => isKin(pod, other)).length,
      all: here.length,
    };
  });
  // The sort is stable: equals stay in the cluster's order.
  const [best] = ranked.sort((a, b) => a.avoided - b.avoided || a.kin - b.kin || a.all - b.all);
  if (best !== undefined) return { node: best.node.metadata.name };
  const why = [...refusals].map(([refusal, count]) => `${count} ${refusal}`);
  const total = cluster.nodes.length;
  return {
    refused:
      total === 0
        ? 'no nodes available to schedule pods'
        : `0/${total} nodes are available: ${why.join(', ')}.`,
  };
}

/** What speaks against a node, in the scheduler's own words; undefined if nothing does. */
export function whyNot(pod: Pod, node: Node, cluster: Cluster): Refusal {
  return (
    unschedulable(pod, node) ??
    tainted(pod, node) ??
    unselected(pod, node) ??
    againstAffinity(pod, node, cluster) ??
    againstSpread(pod, node, cluster)
  );
}

function unschedulable(pod: Pod, node: Node): Refusal {
  const cordon: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  if (node.spec?.unschedulable === true && !isTolerated(cordon, pod)) return 'node(s) were unschedulable';
  const notReady: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  if (conditionOf(node, 'Ready')?.status !== 'True' && !isTolerated(notReady, pod))
    return 'node(s) were not ready';
  return undefined;
}

function tainted(pod: Pod, node: Node): Refusal {
  const taint = taintsOf(node).find(each => each.effect !== 'PreferNoSchedule' && !isTolerated(each, pod));
  return taint && `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
}

/** Cordon and readiness are judged by the fields themselves, so their taints (which follow) are not asked twice. */
const taintsOf = (node: Node): Taint[] =>
  (node.spec?.taints ?? []).filter(({ key }) => key !== 'node.kubernetes.io/unschedulable');

export function isTolerated(taint: Taint, pod: Pick<Pod, 'spec'>): boolean {
  return (pod.spec.tolerations ?? []).some(
    (toleration: Toleration) =>
      (toleration.effect === undefined || toleration.effect === '' || toleration.effect === taint.effect) &&
      (toleration.key === undefined || toleration.key === '' || toleration.key === taint.key) &&
      (toleration.operator === 'Exists' ||
        ((toleration.key ?? '') !== '' && (toleration.value ?? '') === (taint.value ?? ''))),
  );
}

export function unselected(pod: Pick<Pod, 'spec'>, node: Node): Refusal {
  const refusal = "node(s) didn't match Pod's node affinity/selector";
  const labels = node.metadata.labels ?? {};
  if (Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value))
    return refusal;
  const required = affinityOf(pod).nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return undefined;
  const matches = required.nodeSelectorTerms.some(
    term =>
      (term.matchExpressions ?? []).every(each => matchesTerm(each, labels[each.key])) &&
      (term.matchFields ?? []).every(each => matchesTerm(each, node.metadata.name)),
  );
  return matches ? undefined : refusal;
}

function matchesTerm(
  { operator, values = [] }: { operator: string; values?: string[] },
  value: string | undefined,
): boolean {
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'In') return value !== undefined && values.includes(value);
  if (operator === 'NotIn') return value === undefined || !values.includes(value);
  if (operator === 'Gt') return value !== undefined && Number(value) > Number(values[0]);
  if (operator === 'Lt') return value !== undefined && Number(value) < Number(values[0]);
  return false;
}

function againstAffinity(pod: Pod, node: Node, cluster: Cluster): Refusal {
  const { podAffinity, podAntiAffinity } = affinityOf(pod);
  const near = (term: PodAffinityTerm): Pod[] => {
    const domain = node.metadata.labels?.[term.topologyKey];
    return domain === undefined ? [] : podsIn(term.topologyKey, domain, cluster);
  };
  for (const term of podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    const isFirst =
      selects(term, pod, pod) && !cluster.pods.some(other => isPlaced(other) && selects(term, pod, other));
    if (!isFirst && !near(term).some(other => selects(term, pod, other)))
      return "node(s) didn't match pod affinity rules";
  }
  for (const term of podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (near(term).some(other => selects(term, pod, other)))
      return "node(s) didn't match pod anti-affinity rules";
  }
  // It works both ways: a pod that is there may not want this one near.
  const isUnwanted = cluster.pods.some(other =>
    (affinityOf(other).podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(
      term => near(term).includes(other) && selects(term, other, pod),
    ),
  );
  return isUnwanted ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined;
}

function selects(term: PodAffinityTerm, owner: Pod, other: Pod): boolean {
  const namespaces = term.namespaces ?? [owner.metadata.namespace ?? 'default'];
  return (
    namespaces.includes(other.metadata.namespace ?? 'default') &&
    matchesLabelSelector(term.labelSelector, other.metadata.labels)
  );
}

function againstSpread(pod: Pod, node: Node, cluster: Cluster): Refusal {
  for (const constraint of (pod.spec.topologySpreadConstraints ?? []) as SpreadConstraint[]) {
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') continue;
    const { topologyKey } = constraint;
    const domain = node.metadata.labels?.[topologyKey];
    const refusal = "node(s) didn't match pod topology spread constraints";
    if (domain === undefined) return `${refusal} (missing required label)`;
    const count = (of: string): number =>
      podsIn(topologyKey, of, cluster).filter(
        other =>
          !isTerminating(other) &&
          other.metadata.namespace === pod.metadata.namespace &&
          matchesLabelSelector(constraint.labelSelector, other.metadata.labels),
      ).length;
    // Nodes the pod could not go to by selector or affinity are not counted (nodeAffinityPolicy: Honor).
    const domains = cluster.nodes
      .filter(each => unselected(pod, each) === undefined)
      .flatMap(each => each.metadata.labels?.[topologyKey] ?? []);
    const self = matchesLabelSelector(constraint.labelSelector, pod.metadata.labels) ? 1 : 0;
    if (count(domain) + self - Math.min(...domains.map(count)) > constraint.maxSkew) return refusal;
  }
  return undefined;
}

const affinityOf = (pod: Pick<Pod, 'spec'>): Affinity => (pod.spec.affinity ?? {}) as Affinity;

const isPlaced = (pod: Pod): boolean => pod.spec.nodeName !== undefined && !isFinished(pod);

const podsOn = (node: Node, cluster: Cluster): Pod[] =>
  cluster.pods.filter(pod => pod.spec.nodeName === node.metadata.name && !isFinished(pod));

const podsIn = (topologyKey: string, domain: string, cluster: Cluster): Pod[] =>
  cluster.nodes
    .filter(node => node.metadata.labels?.[topologyKey] === domain)
    .flatMap(node => podsOn(node, cluster));

/** Of the same controller; or, for pods without one, with the same labels. */
function isKin(pod: Pod, other: Pod): boolean {
  if (pod.metadata.namespace !== other.metadata.namespace) return false;
  const owner = controllerOf(pod)?.uid;
  if (owner !== undefined) return controllerOf(other)?.uid === owner;
  const labels = pod.metadata.labels ?? {};
  return (
    Object.keys(labels).length > 0 && matchesLabelSelector({ matchLabels: labels }, other.metadata.labels)
  );
}
