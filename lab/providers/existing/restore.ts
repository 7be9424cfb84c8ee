import {
  bgpAdvertisements,
  bgpClusterConfigs,
  bgpNodeConfigOverrides,
  bgpPeerConfigs,
  ciliumNodes,
  l2AnnouncementPolicies,
  loadBalancerIpPools,
} from '../../../helpers/cilium/resources.ts';
import { type Executor, output } from '../../../helpers/exec.ts';
import { frr } from '../../../helpers/frr.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import {
  deployments,
  type Node,
  namespaces,
  nodes as nodeType,
  pods,
  services,
} from '../../../helpers/kube/resources.ts';
import type { ResourceType } from '../../../helpers/kube/types.ts';
import { hostAddress, type Topology } from '../../contract/topology.ts';
import { partOf, putBack } from './machine-parts.ts';
import { isOwned } from './owned.ts';
import type { MachineChange, NodeBefore, ObjectMade } from './session.ts';

/** Kinds of ours at the cluster's own level, in the order in which they go. */
const ownedKinds: readonly ResourceType[] = [
  l2AnnouncementPolicies,
  bgpClusterConfigs,
  bgpNodeConfigOverrides,
  bgpAdvertisements,
  bgpPeerConfigs,
  loadBalancerIpPools,
  ciliumNodes,
];

/** Kinds of ours in our namespace. What they own goes with them. */
const contentKinds: readonly ResourceType[] = [deployments, services, pods];

/**
 * Removes everything with our label and everything in our namespace; the namespace as well, if a run made it. Answers
 * what there was.
 */
export async function removeOurs(kube: KubeApi, namespace: string, made: boolean): Promise<string[]> {
  const removed: string[] = [];
  const home = await kube.get(namespaces, namespace);
  if (home !== undefined && isOwned(home)) {
    for (const type of contentKinds) {
      const own = await kube.list(type, { namespace });
      await Promise.all(own.map(({ metadata }) => kube.delete(type, metadata.name, namespace)));
      removed.push(...own.map(({ metadata }) => `${type.kind} ${metadata.name}`));
    }
    if (made) await kube.delete(namespaces, namespace);
  }
  for (const type of ownedKinds) {
    const ours = (await kube.list(type)).filter(isOwned);
    await Promise.all(ours.map(({ metadata }) => kube.delete(type, metadata.name)));
    removed.push(...ours.map(({ metadata }) => `${type.kind} ${metadata.name}`));
  }
  return removed;
}

/** The fields of a node that a run may change. */
export const nodeBefore = ({ metadata, spec }: Node): NodeBefore => ({
  labels: metadata.labels ?? {},
  annotations: metadata.annotations ?? {},
  unschedulable: spec?.unschedulable === true,
});

/**
 * Takes back of a node what was changed, and nothing else: others may have changed it meanwhile.
 * @param fields `label enable-bgp`, `annotation …`, `cordon`
 */
export async function restoreNode(
  kube: KubeApi,
  name: string,
  was: NodeBefore,
  fields: readonly string[],
): Promise<void> {
  const node = await kube.get(nodeType, name);
  if (node === undefined) return;
  const is = nodeBefore(node);
  const labels = taken(was.labels, is.labels, 'label', fields);
  const annotations = taken(was.annotations, is.annotations, 'annotation', fields);
  if (Object.keys(labels).length + Object.keys(annotations).length > 0) {
    await kube.patch(nodeType, name, undefined, { metadata: { labels, annotations } });
  }
  if (fields.includes('cordon') && was.unschedulable !== is.unschedulable) {
    await kube.patch(nodeType, name, undefined, { spec: { unschedulable: was.unschedulable || null } });
  }
}

/** A merge patch from one map to the other, as far as its keys are among the fields. */
function taken(
  was: Record<string, string> = {},
  is: Record<string, string> = {},
  kind: 'label' | 'annotation',
  fields: readonly string[],
): Record<string, string | null> {
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const changed = keys.filter(key => was[key] !== is[key] && fields.includes(`${kind} ${key}`));
  return Object.fromEntries(changed.map(key => [key, was[key] ?? null]));
}

/**
 * Makes the router's neighbours what they were, as far as they are ours to change, and puts its saved configuration back.
 * @param others neighbours it had before, nodes left out
 */
export async function restoreRouter(
  host: Executor,
  asn: number,
  others: readonly string[],
  before: { readonly running: string; readonly saved: string },
): Promise<void> {
  const router = frr(host);
  const lines = neighborChanges(await router.runningConfig(), before.running, others);
  if (lines.length > 0) await router.configure([`router bgp ${asn}`, ...lines]);
  const saved = await output(host, ['cat', frrFile]);
  if (saved !== before.saved) await output(host, ['tee', frrFile], { input: before.saved });
}

/** What is to be typed below `router bgp` to get from one configuration to another, in what it says of neighbours. */
export function neighborChanges(from: string, to: string, others: readonly string[]): string[] {
  const [is, was] = [neighborsIn(from, others), neighborsIn(to, others)];
  const names = (all: typeof is): string[] => [...new Set(all.map(({ name }) => name))];
  const strangers = names(is).filter(name => !names(was).includes(name));
  // Members before the group they are in: FRR lets no group go that is used.
  const [members, groups] = [strangers.filter(isAddress), strangers.filter(name => !isAddress(name))];
  const differ = (some: typeof is, from_: typeof is): typeof is =>
    some.filter(({ where, line }) => !from_.some(other => other.line === line && other.where === where));
  const typed = ({ where, line }: (typeof is)[number], no: string): string[] =>
    where === '' ? [`${no}${line}`] : [where, `${no}${line}`, 'exit-address-family'];
  return [
    ...members.map(name => `no neighbor ${name}`),
    ...groups.map(name => `no neighbor ${name} peer-group`),
    ...differ(is, was)
      .filter(({ name }) => !strangers.includes(name))
      .flatMap(each => typed(each, 'no ')),
    ...differ(was, is).flatMap(each => typed(each, '')),
  ];
}

const isAddress = (name: string): boolean => /^\d+(\.\d+){3}$/.test(name);

/** The lines of `router bgp` that are about neighbours, and the address family they are in. */
function neighborsIn(
  configuration: string,
  others: readonly string[],
): { readonly where: string; readonly line: string; readonly name: string }[] {
  const block = /^router bgp [\s\S]*?^exit$/m.exec(configuration)?.[0] ?? '';
  let where = '';
  return block.split('\n').flatMap(raw => {
    const line = raw.trim();
    if (line.startsWith('address-family ')) where = line;
    if (line === 'exit-address-family') where = '';
    const name = /^(?:no )?neighbor (\S+)/.exec(line)?.[1];
    return name === undefined || others.includes(name) ? [] : [{ where, line, name }];
  });
}

/** Neighbours a router had before that are no nodes: not ours to touch. */
export function othersIn(running: string, topology: Topology): string[] {
  const ours = topology.clusters.flatMap(({ nodes }) => nodes.map(node => hostAddress(topology, node)));
  const all = [...running.matchAll(/^ +neighbor (\d+(?:\.\d+){3}) /gm)].map(match => match[1] ?? '');
  return [...new Set(all)].filter(address => !ours.includes(address));
}

/** Removes what is ours among what was made outside our namespace. */
export async function removeMade(kube: KubeApi, made: readonly ObjectMade[]): Promise<void> {
  for (const { made: type, name, namespace } of made) {
    const object = await kube.get(type, name, namespace);
    if (object !== undefined && isOwned(object)) await kube.delete(type, name, namespace);
  }
}

/** Makes every part of a machine that was changed what it was before the first change. */
export async function restoreMachine(host: Executor, changes: readonly MachineChange[]): Promise<void> {
  for (const change of changes) {
    const part = partOf(change.argv);
    if (part !== undefined) await putBack(host, part, change.was);
  }
}

export const frrFile = '/etc/frr/frr.conf';
