import { hostAddress, type Topology } from '../../contract/topology.ts';
import type { Fault } from '../../systems/reference/faults.ts';

/** Deliberate deviations of the router beside the cluster: each must turn the claims it kills red. */
export const routerFaults = [
  {
    name: 'router-does-not-install',
    description: 'the router keeps all BGP routes out of its kernel table',
    kills: ['BGP-06', 'BGP-09'],
    because: {
      'BGP-06': /kernel routes of \S+ from BGP .*observed \(0\):/s,
      'BGP-09': /answers to curl-pod .*missing:.*too many:\s+\S+: curl: /s,
    },
  },
  {
    name: 'router-drops-next-hop',
    description: 'the router keeps routes by way of the last node out of its kernel table',
    kills: ['BGP-06', 'BGP-09'],
    because: {
      'BGP-06': /kernel routes of \S+ from BGP .*missing:\s+172\.20\.\d\.0\/24 via 192\.168\.20\.100/s,
      'BGP-09': /answers to curl-pod .*missing:.*too many:\s+\S+: curl: /s,
    },
  },
  {
    name: 'router-keeps-hash-policy',
    description: 'the router goes on hashing over addresses only, whatever it is told',
    kills: ['LB-09', 'LB-10'],
    because: /requests by entry node: .*chi-square/s,
  },
  {
    name: 'router-always-hashes-ports',
    description: 'the router hashes over ports, too, whatever it is told',
    kills: ['LB-08', 'LB-11'],
    because: { 'LB-08': /nodes by which requests entered: .*, /s, 'LB-11': /entered at .*, /s },
  },
  {
    name: 'router-discards-unknown',
    description:
      'the router discards what is for the pod network and no peer announced, instead of using its default route',
    kills: ['RT-03'],
    because: /SYNs from \S+ on router\/eth0[\s\S]*missing:\s+172\.20\.0\.\d+ > 172\.20\.2\./,
  },
] as const satisfies readonly Fault[];

/** Shell lines for the router's namespaces: a setting that cannot be changed is a file laid over the kernel's. */
export function routerFaultSetup(topology: Topology, directory: string, faults: readonly string[]): string[] {
  const setting = '/proc/sys/net/ipv4/fib_multipath_hash_policy';
  const freeze = (value: number): string[] => [
    `echo ${value} > ${setting}`,
    `echo ${value} > ${directory}/hash-policy`,
    `mount --bind ${directory}/hash-policy ${setting}`,
  ];
  if (faults.includes('router-discards-unknown')) {
    return topology.clusters.map(({ podCidr }) => `ip route add blackhole ${podCidr}`);
  }
  if (faults.includes('router-keeps-hash-policy')) return freeze(0);
  return faults.includes('router-always-hashes-ports') ? freeze(1) : [];
}

/**
 * The lines of frr.conf that make a router do so: zebra, not bgpd, refuses the routes, so that its BGP table is right
 * (`ip protocol bgp route-map`, docs.frrouting.org/en/latest/zebra.html).
 */
export function routerFaultLines(topology: Topology, faults: readonly string[]): string[] {
  if (faults.includes('router-does-not-install')) {
    return ['route-map INSTALL deny 10', 'exit', '!', 'ip protocol bgp route-map INSTALL', ''];
  }
  const last = topology.clusters.flatMap(cluster => cluster.nodes).at(-1);
  if (faults.includes('router-drops-next-hop') && last !== undefined) {
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
