import type { CiliumNode } from '../../../../../helpers/cilium/resources.ts';
import { formatIpv4, ipv4, prefix } from '../../../../../helpers/ipv4.ts';
import type { Faults } from '../../faults.ts';
import { internalAddress, podTable } from '../routes.ts';
import type { DatapathSettings } from '../settings.ts';

export type TunnelProtocol = DatapathSettings['tunnelProtocol'];

export const tunnelDevice = { vxlan: 'cilium_vxlan', geneve: 'cilium_geneve' } as const;

/** The network that a frame in VXLAN belongs to. Cilium's is the sender's identity; here it is the world's, and says nothing. */
const networkIdentifier = 2;

/** A node that pods are reached at. */
export interface RemoteNode {
  readonly address: string;
  readonly podCidrs: readonly string[];
}

export function remoteNodes(nodes: readonly CiliumNode[], self: string): RemoteNode[] {
  return nodes
    .filter(({ metadata }) => metadata.name !== self)
    .flatMap(node => {
      const address = internalAddress(node);
      const podCidrs = (node.spec.ipam?.podCIDRs ?? []).map(
        cidr => `${formatIpv4(prefix(cidr).first)}/${cidr.split('/')[1] ?? '32'}`,
      );
      return address === undefined ? [] : [{ address, podCidrs }];
    });
}

/** A tunnel device has one for each node: a receiver drops frames that seem to be its own. */
export function tunnelMac(address: string): string {
  const bytes = ipv4(address).toString(16).padStart(8, '0').match(/../g) ?? [];
  return ['0a', '58', ...bytes].join(':');
}

/**
 * Routes, as `ip route add` takes them: in the main table those that Cilium leaves (pkg/datapath/linux/node.go,
 * `createNodeRouteSpec`); in the table of pods, which stands for its eBPF, those that do it.
 */
export function tunnelRoutes(
  { routerAddress }: { readonly routerAddress: string },
  protocol: TunnelProtocol,
  others: readonly RemoteNode[],
  mtu: number,
  faults: Faults,
): string[] {
  const limit = faults.has('tunnel-route-mtu-missing') ? '' : ` mtu ${mtu}`;
  const shown = faults.has('tunnel-route-missing') ? others.slice(0, -1) : others;
  const used = faults.has('tunnel-not-encapsulated') ? [] : others;
  const outer = faults.has('tunnel-outer-pod-address') ? `src ${routerAddress} ` : '';
  const way = ({ address }: RemoteNode): string =>
    protocol === 'geneve'
      ? `dev ${tunnelDevice.geneve} scope link`
      : `encap ip id ${networkIdentifier} ${outer}dst ${address} via ${address} dev ${tunnelDevice.vxlan} onlink`;
  return [
    ...shown.flatMap(({ podCidrs }) =>
      podCidrs.map(
        cidr => `${cidr} via ${routerAddress} dev cilium_host proto kernel src ${routerAddress}${limit}`,
      ),
    ),
    ...used.flatMap(node =>
      node.podCidrs.map(cidr => `${cidr} table ${podTable} src ${routerAddress} ${way(node)}`),
    ),
  ];
}
