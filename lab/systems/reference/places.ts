import { subnet } from '../../../helpers/ipv4.ts';
import { hostAddress, hostSpec, type Topology } from '../../contract/topology.ts';
import { bgp } from '../../topologies/bgp.ts';
import { loadBalancerPool } from '../../topologies/manifests.ts';
import { mesh } from '../../topologies/mesh.ts';
import { inside, pattern } from './reason.ts';

/** What the reasons of faults name of a node. */
export interface Place {
  readonly name: string;
  readonly address: string;
  readonly podCidr: string;
  /** Any address of its pods. */
  readonly pod: RegExp;
}

/** The nodes of a topology, cluster by cluster, with the PodCIDRs they are given. */
function placesIn(topology: Topology): Place[] {
  return topology.clusters.flatMap(({ nodes, podCidr, podCidrMaskSize }) =>
    nodes.map((name, i) => {
      const own = subnet(podCidr, podCidrMaskSize, i) ?? podCidr;
      return { name, address: hostAddress(topology, name), podCidr: own, pod: inside(own) };
    }),
  );
}

const [bgpCluster] = bgp.clusters as [(typeof bgp.clusters)[number]];
/** The cluster of the BGP lab, as its AS number, ranges and `anyPod`, any pod's address. */
export const cluster = { ...bgpCluster, asn: bgpCluster.asn ?? 0, anyPod: inside(bgpCluster.podCidr) };
/** Its nodes: the last one is in the other subnet. */
export const [ctr, w1, w0] = placesIn(bgp) as [Place, Place, Place];
/** The router, by its addresses in the two subnets. */
export const [router, router20] = hostSpec(bgp, bgp.router?.host ?? '').interfaces.map(
  ({ address }) => address.split('/')[0],
) as [string, string];
/** Any node's address. */
export const anyNode = pattern`${ctr.address}|${w1.address}|${w0.address}`;
/** Any PodCIDR. */
export const anyPodCidr = pattern`${ctr.podCidr}|${w1.podCidr}|${w0.podCidr}`;
/** The documents' pool, and any address of it. */
export const loadBalancerCidr = loadBalancerPool.spec.blocks?.[0]?.cidr ?? '';
export const poolAddress = inside(loadBalancerCidr);
/** The segment on which addresses are announced by ARP. */
export const segment = bgp.networks[0]?.prefix ?? '';
/** The nodes of the mesh, and any address of their network. */
export const [west1, west2, east1, east2] = placesIn(mesh) as [Place, Place, Place, Place];
export const anyMeshNode = inside(mesh.networks[0]?.prefix ?? '');
export const [westPod, eastPod] = mesh.clusters.map(({ podCidr }) => inside(podCidr)) as [RegExp, RegExp];
