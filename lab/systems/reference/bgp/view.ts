import {
  type BgpAdvertisement,
  type BgpPeerConfig,
  bgpAdvertisements,
  bgpPeerConfigs,
  ciliumNodes,
} from '../../../../helpers/cilium/resources.ts';
import {
  type EndpointSlice,
  endpointSlices,
  type Secret,
  type Service,
  secrets,
  services,
} from '../../../../helpers/kube/resources.ts';
import type { ClusterSpec } from '../../../contract/topology.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import type { Faults } from '../faults.ts';

/** Everything a node's agent looks at when it works out its BGP state. */
export interface NodeView {
  readonly node: string;
  readonly cluster: Pick<ClusterSpec, 'nodes' | 'podCidr' | 'serviceCidr'>;
  /** The node's address, from which its router id is taken. */
  readonly internalIp: string;
  readonly podCidrs: readonly string[];
  /** PodCIDRs of the cluster's first node. */
  readonly firstPodCidrs: readonly string[];
  readonly peerConfigs: readonly BgpPeerConfig[];
  readonly advertisements: readonly BgpAdvertisement[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  /** Those of the namespace for BGP secrets. */
  readonly secrets: readonly Secret[];
  /** The version of Cilium whose behaviour is wanted. */
  readonly version: string;
  readonly faults: Faults;
  /** When the node's first session came up (ISO 8601); undefined before. */
  readonly establishedSince: string | undefined;
}

/** Reads it all at one moment; undefined while the node has no CiliumNode yet. */
export function viewOf(
  kube: KubeClient,
  node: string,
  settings: Pick<NodeView, 'cluster' | 'version' | 'faults' | 'establishedSince'> & {
    readonly secretsNamespace: string;
  },
): NodeView | undefined {
  const { secretsNamespace, ...rest } = settings;
  const ciliumNode = kube.get(ciliumNodes, node);
  const internalIp = ciliumNode?.spec.addresses?.find(({ type }) => type === 'InternalIP')?.ip;
  if (ciliumNode === undefined || internalIp === undefined) return undefined;
  const [first = node] = rest.cluster.nodes;
  return {
    ...rest,
    node,
    internalIp,
    podCidrs: ciliumNode.spec.ipam?.podCIDRs ?? [],
    firstPodCidrs: kube.get(ciliumNodes, first)?.spec.ipam?.podCIDRs ?? [],
    peerConfigs: kube.list(bgpPeerConfigs),
    advertisements: kube.list(bgpAdvertisements),
    services: kube.list(services),
    slices: kube.list(endpointSlices),
    secrets: kube.list(secrets, { namespace: secretsNamespace }),
  };
}

/** Where a fault strikes one node only, it is the last one. */
export function isLastNode(view: Pick<NodeView, 'node' | 'cluster'>): boolean {
  return view.node === view.cluster.nodes.at(-1);
}
