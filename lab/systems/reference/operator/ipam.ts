import { type CiliumNode, ciliumNodes } from '../../../../helpers/cilium/resources.ts';
import { subnet } from '../../../../helpers/ipv4.ts';
import { type Node, nodes } from '../../../../helpers/kube/resources.ts';
import type { ClusterSpec } from '../../../contract/topology.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import { createReconciler } from '../reconciler.ts';

/**
 * A PodCIDR for every node that has none, as cluster-pool IPAM gives them out: nodes of the cluster in its own
 * order, so that the documents' addresses come out, any further ones from what is free. What a node holds, it keeps.
 * Returns what is new; a node is missing when the range is used up.
 */
export function assignPodCidrs(
  cluster: Pick<ClusterSpec, 'nodes' | 'podCidr' | 'podCidrMaskSize'>,
  held: ReadonlyMap<string, string>,
  wanting: readonly string[],
): Map<string, string> {
  const assigned = new Map<string, string>();
  const taken = new Set(held.values());
  const reserved = new Map(
    cluster.nodes.map((node, index) => [node, subnet(cluster.podCidr, cluster.podCidrMaskSize, index)]),
  );
  const free = function* (): Generator<string> {
    for (let n = cluster.nodes.length; ; n++) {
      const prefix = subnet(cluster.podCidr, cluster.podCidrMaskSize, n);
      if (prefix === undefined) return;
      if (!taken.has(prefix)) yield prefix;
    }
  };
  for (const node of wanting.filter(name => !held.has(name))) {
    const prefix = reserved.get(node) ?? free().next().value;
    if (prefix === undefined) continue;
    taken.add(prefix);
    assigned.set(node, prefix);
  }
  return assigned;
}

/** The CiliumNode that stands for a node (agent: pkg/nodediscovery, operator: pkg/ipam/allocator/clusterpool). */
export function ciliumNodeFor(node: Node, podCidr: string | undefined, known?: CiliumNode): CiliumNode {
  const { name, labels, uid = '' } = node.metadata;
  const addresses = (node.status?.addresses ?? [])
    .filter(address => address.type !== 'Hostname')
    .map(({ type, address }) => ({ type, ip: address }));
  const internal = known?.spec.addresses?.filter(address => address.type === 'CiliumInternalIP') ?? [];
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNode',
    metadata: {
      ...known?.metadata,
      name,
      ...(labels === undefined ? {} : { labels }),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
    },
    spec: {
      ...known?.spec,
      addresses: [...addresses, ...internal],
      ipam: podCidr === undefined ? {} : { podCIDRs: [podCidr] },
    },
  };
}

/** Keeps a CiliumNode for every Node. Returns a function that ends it. */
export function startIpam(
  kube: KubeClient,
  cluster: ClusterSpec,
  log: (line: string) => void,
): () => Promise<void> {
  const reconcile = (): void => {
    const all = kube.list(nodes);
    const known = new Map(kube.list(ciliumNodes).map(node => [node.metadata.name, node]));
    for (const [name, { metadata }] of known) {
      // One that stands for no Node is left alone here; Cilium's operator collects such after minutes.
      const isOwned = metadata.ownerReferences?.some(({ kind }) => kind === 'Node') === true;
      if (isOwned && !all.some(node => node.metadata.name === name)) {
        kube.delete(ciliumNodes, name);
        known.delete(name);
      }
    }
    const held = new Map(
      [...known].flatMap(
        ([name, { spec }]) => spec.ipam?.podCIDRs?.slice(0, 1).map(prefix => [name, prefix]) ?? [],
      ) as [string, string][],
    );
    const assigned = assignPodCidrs(
      cluster,
      held,
      all.map(node => node.metadata.name),
    );
    for (const node of all) {
      const { name } = node.metadata;
      const podCidr = held.get(name) ?? assigned.get(name);
      if (podCidr === undefined) log(`operator: no PodCIDR left in ${cluster.podCidr} for node ${name}`);
      const before = known.get(name);
      const wanted = ciliumNodeFor(node, podCidr, before);
      if (before === undefined) kube.create(ciliumNodes, wanted);
      else {
        kube.update(ciliumNodes, name, undefined, draft => {
          draft.spec = wanted.spec;
          if (wanted.metadata.labels !== undefined) draft.metadata.labels = { ...wanted.metadata.labels };
        });
      }
    }
  };
  const reconciler = createReconciler(reconcile, (error, next) =>
    log(`operator: giving out PodCIDRs failed, again in ${next} ms: ${String(error)}`),
  );
  const stops = [kube.watch(nodes, reconciler.trigger), kube.watch(ciliumNodes, reconciler.trigger)];
  return async () => {
    for (const stop of stops) stop();
    await reconciler.stop();
  };
}
