import {
  bgpAdvertisements,
  bgpClusterConfigs,
  bgpNodeConfigOverrides,
  bgpPeerConfigs,
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
import { hostAddress, type Topology } from '../../topology.ts';
import { isOwned } from './owned.ts';

/** Kinds of ours at the cluster's own level, in the order in which they go. */
const ownedKinds: readonly ResourceType[] = [
  bgpClusterConfigs,
  bgpNodeConfigOverrides,
  bgpAdvertisements,
  bgpPeerConfigs,
  loadBalancerIpPools,
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

/** What a node was like before: the fields that may be changed. */
export type NodeBefore = Pick<Node['metadata'], 'labels' | 'annotations'> & {
  readonly unschedulable: boolean;
};

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

/** Takes the nodes out of the router's neighbours again, and puts its saved configuration back. */
export async function restoreRouter(
  host: Executor,
  topology: Topology,
  before: { readonly running: string; readonly saved: string },
): Promise<void> {
  const router = frr(host);
  const running = await router.runningConfig();
  const fresh = (line: string): boolean =>
    running.includes(` ${line}`) && !before.running.includes(` ${line}`);
  const addresses = topology.clusters.flatMap(({ nodes }) => nodes.map(node => hostAddress(topology, node)));
  const lines = [
    ...addresses.filter(address => fresh(`neighbor ${address} `)).map(address => `no neighbor ${address}`),
    ...(fresh('neighbor CILIUM peer-group') ? ['no neighbor CILIUM peer-group'] : []),
  ];
  if (lines.length > 0) await router.configure([`router bgp ${topology.router?.asn ?? ''}`, ...lines]);
  const saved = await output(host, ['cat', frrFile]);
  if (saved !== before.saved) await output(host, ['tee', frrFile], { input: before.saved });
}

export const frrFile = '/etc/frr/frr.conf';
