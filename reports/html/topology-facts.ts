import { subnet } from '../../helpers/ipv4.ts';
import { type ClusterSpec, hostAddress, hostSpec, type Topology } from '../../lab/contract/topology.ts';

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
  readonly by: 'BGP' | 'static route' | 'direct node route';
}

/** PodCIDRs by BGP on the router, one next hop each, the hosts' static routes, and what nodes know of each other. */
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
  return [...learnt, ...fixed, ...directRoutes(topology)];
}

/** With autoDirectNodeRoutes a node knows the PodCIDR of each node on its network; in a mesh, of all clusters. */
function directRoutes(topology: Topology): Hop[] {
  const direct = topology.clusters.filter(({ values }) => values?.autoDirectNodeRoutes === true);
  const nodes = direct.flatMap(cluster => cluster.nodes.map(name => ({ cluster, name })));
  const networksOf = (name: string): string[] =>
    hostSpec(topology, name).interfaces.map(({ network }) => network);
  return nodes.flatMap(({ cluster, name: on }) =>
    nodes
      .filter(({ name }) => name !== on && networksOf(name).some(network => networksOf(on).includes(network)))
      .filter(other => other.cluster === cluster || topology.mesh !== undefined)
      .map(
        (other): Hop => ({
          on,
          to: podCidrOf(other.cluster, other.name),
          via: hostAddress(topology, other.name),
          by: 'direct node route',
        }),
      ),
  );
}

/** The n-th block of the cluster's pod range: PodCIDRs are given out in the order of its nodes. */
export function podCidrOf(cluster: ClusterSpec, node: string): string {
  return subnet(cluster.podCidr, cluster.podCidrMaskSize, cluster.nodes.indexOf(node)) ?? '';
}
