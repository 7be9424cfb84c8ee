import type { CiliumNode } from '../../../../helpers/cilium/resources.ts';
import { contains, formatIpv4, ipv4, prefix } from '../../../../helpers/ipv4.ts';
import { hostSpec, type Topology, uplink } from '../../../contract/topology.ts';
import type { Faults } from '../faults.ts';

/**
 * Pods' own routes stand in a table of their own, looked up before the main one. Cilium's eBPF delivers to
 * local pods without any route, so the main table must look as if there were none.
 */
export const podTable = 1000;
const podTablePreference = 100;

/**
 * `ip -batch` lines for a node, once: the interface pair of Cilium's own (pkg/datapath/loader/base.go), the
 * routes it leaves (pkg/datapath/linux/node.go), and an end for the rest of the PodCIDR, without which a
 * packet for an address no pod has runs in circles between node and router.
 */
export function nodeRoutes(podCidr: string, routerAddress: string): string[] {
  return [
    'link add cilium_host type veth peer name cilium_net',
    'link set cilium_net arp off up',
    'link set cilium_host arp off up',
    `addr add ${routerAddress}/32 dev cilium_host`,
    `route add ${routerAddress} dev cilium_host proto kernel scope link`,
    `route add ${podCidr} via ${routerAddress} dev cilium_host proto kernel src ${routerAddress}`,
    `route add blackhole ${podCidr} table ${podTable}`,
    `rule add pref ${podTablePreference} lookup ${podTable}`,
  ];
}

/** On packets that the fault `cilium-40521` sends out by the uplink. */
export const wrongWayMark = '0x40521';

/** `ip -batch` lines for a node with that fault. */
export function wrongWayRoutes(): string[] {
  return [
    `route add default via ${uplink.gateway} dev ${uplink.interface} table 521`,
    `rule add pref ${podTablePreference - 10} fwmark ${wrongWayMark} lookup 521`,
  ];
}

/** `ip -batch` lines, on the node: a pod's wire and its route. `podNetns` is a path. */
export function plugPod(
  hostInterface: string,
  podNetns: string,
  address: string,
  routerAddress: string,
): string[] {
  return [
    `link add ${hostInterface} type veth peer name eth0 netns ${podNetns}`,
    `link set ${hostInterface} up`,
    `route add ${address} dev ${hostInterface} table ${podTable} scope link src ${routerAddress}`,
  ];
}

/** A pod's default route. @param mtu in bytes; the interface's own where there is none (pkg/mtu, `defaultRouteHook`) */
export function podDefaultRoute(routerAddress: string, mtu?: number): string {
  return `default via ${routerAddress} dev eth0${mtu === undefined ? '' : ` mtu ${mtu}`}`;
}

/** `ip -batch` lines, in the pod: as the CNI plugin leaves it (plugins/cilium-cni/cmd/interface.go). */
export function podRoutes(address: string, routerAddress: string, mtu?: number): string[] {
  return [
    'link set lo up',
    'link set eth0 up',
    `addr add ${address}/32 dev eth0`,
    `route add ${routerAddress} dev eth0 scope link`,
    `route add ${podDefaultRoute(routerAddress, mtu)}`,
  ];
}

export interface DirectRoute {
  readonly prefix: string;
  readonly via: string;
  readonly device: string;
}

/** A route as `ip route add` takes it. */
export const directRouteLine = ({ prefix, via, device }: DirectRoute): string =>
  `${prefix} via ${via} dev ${device} proto kernel`;

/** The address by which other nodes reach one. */
export const internalAddress = ({ spec }: CiliumNode): string | undefined =>
  spec.addresses?.find(({ type }) => type === 'InternalIP')?.ip;

/**
 * autoDirectNodeRoutes: the PodCIDRs of the nodes that share a layer-2 segment with this one.
 * Nodes behind a router get none (Cilium: direct-routing-skip-unreachable).
 */
export function directRoutes(
  topology: Topology,
  node: string,
  nodes: readonly CiliumNode[],
  faults: Faults = new Set(),
): DirectRoute[] {
  const { interfaces, routes = [] } = hostSpec(topology, node);
  return nodes
    .filter(other => other.metadata.name !== node)
    .flatMap(other => {
      const via = internalAddress(other);
      if (via === undefined) return [];
      const gateway = routes.find(route => contains(prefix(route.to), ipv4(via)))?.via;
      const nextHop = faults.has('direct-routes-across-subnets') ? (gateway ?? via) : via;
      const shared = interfaces.find(candidate => contains(prefix(candidate.address), ipv4(nextHop)));
      if (shared === undefined) return [];
      return (other.spec.ipam?.podCIDRs ?? []).map(podCidr => ({
        prefix: `${formatIpv4(prefix(podCidr).first)}/${podCidr.split('/')[1] ?? '32'}`,
        via: nextHop,
        device: shared.name,
      }));
    });
}
