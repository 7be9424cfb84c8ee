import type { RouterSpec, Topology } from '../contract/topology.ts';
import { hostAddress } from '../contract/topology.ts';

/** The router's /etc/frr/frr.conf as the documents leave it after installation: BGP on, no neighbours yet. */
export function frrConfig(router: RouterSpec): string {
  return [
    'frr defaults traditional',
    `hostname ${router.host}`,
    'log file /var/log/frr/frr.log informational',
    'no ipv6 forwarding',
    'service integrated-vtysh-config',
    '!',
    `router bgp ${router.asn}`,
    ` bgp router-id ${router.routerId}`,
    ' bgp graceful-restart',
    ' no bgp ebgp-requires-policy',
    ' bgp bestpath as-path multipath-relax',
    ' !',
    ' address-family ipv4 unicast',
    ...router.networks.map(prefix => `  network ${prefix}`),
    `  maximum-paths ${router.maximumPaths}`,
    ' exit-address-family',
    'exit',
    '!',
    '',
  ].join('\n');
}

/** The lines under `router bgp` that make every node a neighbour, as the documents append or type them. */
export function neighborLines(topology: Topology): string[] {
  const nodes = topology.clusters.flatMap(cluster => cluster.nodes);
  return [
    'neighbor CILIUM peer-group',
    'neighbor CILIUM remote-as external',
    ...nodes.map(node => `neighbor ${hostAddress(topology, node)} peer-group CILIUM`),
  ];
}
