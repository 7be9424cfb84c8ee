import { type Faults, missing, table, tooMany } from './fault.ts';

export type { Fault, Faults } from './fault.ts';

const control = table([
  [
    'bgp-node-never-dials',
    'BGP-01 may BGP-05',
    'the last node waits for the router instead of dialing',
    missing('192\\.168\\.20\\.100 AS 65001'),
  ],
  [
    'bgp-node-listens-179',
    'BGP-02',
    'the agents accept BGP connections on port 179',
    tooMany('(?:was dialled by|:179)'),
  ],
  [
    'bgp-selector-ignored',
    'BGP-03',
    'every node is configured, whatever the nodeSelector says',
    tooMany('k8s-ctr'),
  ],
  [
    'bgp-timers-not-applied',
    'BGP-04',
    'sessions use the default timers, not those of the peer config',
    tooMany('offers hold time 90 s'),
  ],
  [
    'bgp-advertises-whole-pod-range',
    'BGP-05 may BGP-06',
    "the last node advertises the cluster's whole pod range",
    tooMany('172\\.20\\.0\\.0/16 via 192\\.168\\.20\\.100'),
  ],
  [
    'bgp-advertises-foreign-podcidr',
    'BGP-05 may BGP-06',
    "the last node also advertises the first node's PodCIDR",
    tooMany('172\\.20\\.0\\.0/24 via 192\\.168\\.20\\.100'),
  ],
  [
    'bgp-injects-received-routes',
    'BGP-07 BGP-08 may BGP-05',
    'received routes are installed in the kernel table of the nodes',
    {
      'BGP-07': tooMany('172\\.20\\.\\d\\.0/24 proto bgp via 192\\.168\\.10\\.200'),
      'BGP-08': tooMany('172\\.20\\.\\d\\.\\d+: webpod-'),
    },
  ],
  [
    'bgp-no-end-of-rib',
    'BGP-11',
    'no End-of-RIB follows the initial routes',
    missing('192\\.168\\.10\\.100: IPv4 unicast'),
  ],
  [
    'bgp-session-not-resumed',
    'BGP-12',
    'a session that was lost is not dialed again',
    missing('192\\.168\\.10\\.100 AS 65001'),
  ],
  [
    'bgp-route-left-behind',
    'BGP-13',
    'a node that lost its configuration keeps session and routes',
    tooMany('192\\.168\\.10\\.100 AS 65001'),
  ],
  [
    'bgp-route-not-restored',
    'BGP-14',
    'a node configured a second time advertises nothing',
    missing('172\\.20\\.0\\.0/24 via 192\\.168\\.10\\.100'),
  ],
  [
    'bgp-status-always-written',
    'BGP-15',
    'status is written although reporting is switched off',
    tooMany('established'),
  ],
  [
    'bgp-policy-missing',
    'BGP-16',
    'routes leave without an export policy of their own',
    missing('PodCIDR to 192\\.168\\.10\\.200: accept 172\\.20\\.'),
  ],
  [
    'bgp-routes-withdrawn-at-restart',
    'BGP-20',
    'an agent that goes down withdraws its routes',
    missing('172\\.20\\.0\\.0/24 stale'),
  ],
  [
    'bgp-stale-forever',
    'BGP-21',
    'the restart time announced is the longest possible',
    /kernel route to 172\.20\.0\.0\/24 [\s\S]*too many:\s+still there after/,
  ],
  [
    'bgp-graceful-always',
    'BGP-22',
    'graceful restart is offered although it is switched off',
    missing('192\\.168\\.10\\.100 0 s'),
  ],
  [
    'bgp-hold-timer-ignored',
    'BGP-23',
    'the hold time announced is the longest possible',
    /kernel route to 172\.20\.2\.0\/24 [\s\S]*too many:\s+still there after/,
  ],
  [
    'bgp-md5-ignored',
    'BGP-24',
    'sessions are dialed without the configured password',
    missing('192\\.168\\.10\\.100 AS 65001'),
  ],
  [
    'bgp-condition-missing',
    'BGP-25',
    'the operator reports no conditions',
    tooMany('cilium\\.io/NoMatchingNode not said'),
  ],
  [
    'bgp-override-ignored',
    'BGP-26',
    'node overrides have no effect',
    missing('AS 65010 router id 10\\.20\\.30\\.40'),
  ],
  [
    'bgp-communities-dropped',
    'BGP-27',
    'communities are not attached',
    tooMany('via 192\\.168\\.10\\.100 communities \\[\\] large \\[\\]'),
  ],
  [
    'bgp-advertises-everything',
    'BGP-29',
    'without a matching advertisement everything is advertised',
    tooMany('172\\.20\\.0\\.0/24 via 192\\.168\\.10\\.100'),
  ],
  [
    'bgp-leaked-prefix',
    'BGP-05 LB-01',
    'the service range is advertised, too',
    tooMany('10\\.96\\.0\\.0/16'),
  ],
]);

const services = table([
  [
    'lb-selector-ignored',
    'LB-01',
    'an advertisement covers all services, whatever its selector says',
    tooMany('172\\.16\\.1\\.\\d+/32'),
  ],
  [
    'lb-one-node-silent',
    'LB-02',
    'the last node advertises no service',
    missing('kernel route via 192\\.168\\.20\\.100'),
  ],
  [
    'lb-cluster-prunes',
    'LB-04',
    'policy Cluster is advertised only from nodes with a backend',
    missing('BGP path via 192\\.168\\.\\d+\\.\\d+ used'),
  ],
  [
    'lb-local-keeps-next-hop',
    'LB-06',
    'a node that lost its last local backend goes on advertising',
    tooMany('kernel route via 192\\.168\\.'),
  ],
  [
    'lb-local-next-hop-late',
    'LB-06',
    'a node that lost its last local backend withdraws 30 s late',
    /next hops of \S+ on router was (?:late|not as expected)[\s\S]*too many:\s+BGP path via 192\.168\./,
  ],
  [
    'lb-withdraw-missing',
    'LB-12 LB-13',
    'what a service was advertised under stays after it',
    tooMany('kernel route via 192\\.168\\.10\\.100'),
  ],
  [
    'lb-external-ip-silent',
    'LB-15',
    'external addresses are not advertised',
    missing('kernel route via 192\\.168\\.10\\.100'),
  ],
  [
    'lb-cluster-ip-unasked',
    'LB-15',
    'cluster addresses are advertised although nobody asked for them',
    tooMany('10\\.96\\.\\d+\\.\\d+/32'),
  ],
  [
    'lb-class-ignored',
    'LB-19',
    'services of another loadBalancerClass are advertised, too',
    tooMany('172\\.16\\.1\\.200/32'),
  ],
  [
    'lb-aggregation-ignored',
    'LB-20',
    'the aggregation length has no effect',
    /next hops of 172\.16\.1\.0\/24 [\s\S]*missing:\s+BGP path via/,
  ],
  [
    'lb-aggregates-local',
    'LB-20',
    'addresses of services with policy Local are aggregated, too',
    /next hops of 172\.16\.1\.\d+\/32 [\s\S]*missing:\s+BGP path via/,
  ],
]);

/** Regressions that real releases had, by the number of their report in Cilium's issue tracker. */
const regressions = table([
  [
    'cilium-18250',
    'LB-01',
    'PodCIDRs are withdrawn while a service is advertised',
    missing('172\\.20\\.0\\.0/24 via 192\\.168\\.10\\.100'),
  ],
  [
    'cilium-24069',
    'BGP-20 BGP-22',
    'after an agent restart the PodCIDR is not advertised again',
    {
      'BGP-20': missing('172\\.20\\.0\\.0/24 not stale'),
      'BGP-22': missing('172\\.20\\.0\\.0/24 via 192\\.168\\.10\\.100'),
    },
  ],
  ['cilium-28632', 'BGP-05', 'a range nobody configured is advertised', tooMany('10\\.187\\.0\\.0/16 via')],
  [
    'cilium-31346',
    'BGP-20',
    'a stopping agent de-configures its peers, so that graceful restart has no effect',
    missing('172\\.20\\.0\\.0/24 stale'),
  ],
  [
    'cilium-31947',
    'BGP-27',
    'attributes are not applied to LoadBalancer addresses',
    /paths to 172\.16\.1\.\d+\/32 [\s\S]*too many:\s[\s\S]*communities \[\] large \[\]/,
  ],
  [
    'cilium-35018',
    'LB-16',
    'deleting one of two services on one address withdraws the address',
    missing('BGP path via 192\\.168\\.10\\.100 used'),
  ],
  [
    'cilium-35721',
    'BGP-28',
    'of several matching advertisements only the last counts',
    missing('communities \\[65001:1 65001:2\\]'),
  ],
  [
    'cilium-36055',
    'LB-17',
    'an address withdrawn with its backend does not return with it',
    missing('BGP path via 192\\.168\\.\\d+\\.\\d+ used'),
  ],
  [
    'cilium-38620',
    'BGP-30',
    "service policies keep a peer's former address",
    /paths to 172\.16\.1\.\d+\/32 [\s\S]*missing:\s+via 192\.168\.10\.100 /,
  ],
  [
    'cilium-38924',
    'LB-12',
    'the loss of an endpoint is noticed only when something else changes',
    tooMany('BGP path via 192\\.168\\.10\\.100 used'),
  ],
  [
    'cilium-44803',
    'LB-06',
    'policy Local is advertised from every node when the service is younger than the session',
    tooMany('BGP path via 192\\.168\\.\\d+\\.\\d+ used'),
  ],
]);

/** The faults of the control plane. */
export const bgpFaults = [...control, ...services, ...regressions] as const;

export type BgpFault = (typeof bgpFaults)[number]['name'];

/** Whether a fault is on. Takes the names of the table only, so that a typing error cannot switch off a fault. */
export function has(faults: Faults, name: BgpFault): boolean {
  return faults.has(name);
}
