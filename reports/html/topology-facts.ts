import { type ClusterSpec, hostAddress, type Topology } from '../../lab/topology.ts';

export interface Session {
  readonly router: string;
  readonly routerAsn: number;
  readonly node: string;
  readonly address: string;
  readonly asn: number;
}

/** The router has one with every node of a cluster that has an AS number. */
export function sessionsOf(topology: Topology): Session[] {
  const { router } = topology;
  if (router === undefined) return [];
  return topology.clusters.flatMap(({ asn, nodes }) =>
    asn === undefined
      ? []
      : nodes.map(node => ({
          router: router.host,
          routerAsn: router.asn,
          node,
          address: hostAddress(topology, node),
          asn,
        })),
  );
}

export function asnOf(topology: Topology, host: string): number | undefined {
  if (topology.router?.host === host) return topology.router.asn;
  return topology.clusters.find(({ nodes }) => nodes.includes(host))?.asn;
}

/** A route that the topology makes certain, and how its host knows it. */
export interface Hop {
  readonly on: string;
  readonly to: string;
  readonly via: string;
  readonly by: 'BGP' | 'static route';
}

/** PodCIDRs by BGP on the router, one next hop each, and the hosts' static routes. */
export function nextHops(topology: Topology): Hop[] {
  const learnt = sessionsOf(topology).flatMap(({ address, node, router }): Hop[] => {
    const cluster = topology.clusters.find(({ nodes }) => nodes.includes(node));
    return cluster === undefined
      ? []
      : [{ on: router, to: podCidrOf(cluster, node), via: address, by: 'BGP' }];
  });
  const fixed = topology.hosts.flatMap(host =>
    (host.routes ?? []).map(({ to, via }): Hop => ({ on: host.name, to, via, by: 'static route' })),
  );
  return [...learnt, ...fixed];
}

/** The n-th block of the cluster's pod range: PodCIDRs are given out in the order of its nodes. */
export function podCidrOf(cluster: ClusterSpec, node: string): string {
  const [network = '0.0.0.0'] = cluster.podCidr.split('/');
  const first = network.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
  const block = first + cluster.nodes.indexOf(node) * 2 ** (32 - cluster.podCidrMaskSize);
  const octets = [24, 16, 8, 0].map(shift => Math.floor(block / 2 ** shift) % 256);
  return `${octets.join('.')}/${cluster.podCidrMaskSize}`;
}
