import { hostAddress, type Topology } from '../../contract/topology.ts';
import { each, type FaultTable } from '../../systems/reference/fault.ts';
import { cluster, ctr, w0 } from '../../systems/reference/places.ts';
import { about, missing, observed, says, tooMany } from '../../systems/reference/reason.ts';

/** Deliberate deviations of the router beside the cluster. */
export const routerFaults = {
  'router-does-not-install': {
    description: 'the router keeps all BGP routes out of its kernel table',
    kills: {
      'BGP-06': { ...about`kernel routes of \S+ from BGP`, ...missing`${ctr.podCidr} via ${ctr.address}` },
      'BGP-09': { ...about`answers to curl-pod`, ...tooMany`${cluster.anyPod}: curl: ` },
    },
  },
  'router-drops-next-hop': {
    description: 'the router keeps routes by way of the last node out of its kernel table',
    kills: {
      'BGP-06': {
        ...observed`${ctr.podCidr} via ${ctr.address}`,
        ...missing`${w0.podCidr} via ${w0.address}`,
      },
      'BGP-09': { ...about`answers to curl-pod`, ...tooMany`${w0.pod}: curl: ` },
    },
  },
  'router-keeps-hash-policy': {
    description: 'the router goes on hashing over addresses only, whatever it is told',
    kills: each(['LB-09', 'LB-10'], says`requests by entry node: .*chi-square`),
  },
  'router-always-hashes-ports': {
    description: 'the router hashes over ports, too, whatever it is told',
    kills: { 'LB-08': says`nodes by which requests entered: .*, `, 'LB-11': says`entered at .*, ` },
  },
  'router-discards-unknown': {
    description:
      'the router discards what is for the pod network and no peer announced, instead of using its default route',
    kills: { 'RT-03': { ...about`SYNs from \S+ on router/eth0 `, ...missing`${ctr.pod} > ${w0.pod}` } },
  },
} as const satisfies FaultTable;

/** The switched-on faults, by name. */
export interface RouterFaults {
  has(name: keyof typeof routerFaults): boolean;
}

/** Shell lines for the router's namespaces: a setting that cannot be changed is a file laid over the kernel's. */
export function routerFaultSetup(topology: Topology, directory: string, faults: RouterFaults): string[] {
  const setting = '/proc/sys/net/ipv4/fib_multipath_hash_policy';
  const freeze = (value: number): string[] => [
    `echo ${value} > ${setting}`,
    `echo ${value} > ${directory}/hash-policy`,
    `mount --bind ${directory}/hash-policy ${setting}`,
  ];
  if (faults.has('router-discards-unknown')) {
    return topology.clusters.map(({ podCidr }) => `ip route add blackhole ${podCidr}`);
  }
  if (faults.has('router-keeps-hash-policy')) return freeze(0);
  return faults.has('router-always-hashes-ports') ? freeze(1) : [];
}

/**
 * The lines of frr.conf that make a router do so: zebra, not bgpd, refuses the routes, so that its BGP table is right
 * (`ip protocol bgp route-map`, docs.frrouting.org/en/latest/zebra.html).
 */
export function routerFaultLines(topology: Topology, faults: RouterFaults): string[] {
  if (faults.has('router-does-not-install')) {
    return ['route-map INSTALL deny 10', 'exit', '!', 'ip protocol bgp route-map INSTALL', ''];
  }
  const last = topology.clusters.flatMap(cluster => cluster.nodes).at(-1);
  if (faults.has('router-drops-next-hop') && last !== undefined) {
    return [
      `ip prefix-list LAST-NODE seq 5 permit ${hostAddress(topology, last)}/32`,
      'route-map INSTALL deny 10',
      ' match ip next-hop prefix-list LAST-NODE',
      'exit',
      'route-map INSTALL permit 20',
      'exit',
      '!',
      'ip protocol bgp route-map INSTALL',
      '',
    ];
  }
  return [];
}
