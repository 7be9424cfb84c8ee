import { each, type FaultTable } from '../fault.ts';
import {
  anyNode,
  anyPodCidr,
  cluster,
  ctr,
  loadBalancerCidr,
  poolAddress,
  router,
  w0,
  w1,
} from '../places.ts';
import { about, inside, missing, observed, tooMany } from '../reason.ts';

/** Of peering and of what is advertised. */
const control = {
  'bgp-node-never-dials': {
    description: 'the last node waits for the router instead of dialing',
    kills: {
      'BGP-01': {
        ...observed`${ctr.address} AS ${cluster.asn}`,
        ...missing`${w0.address} AS ${cluster.asn}`,
      },
    },
    may: ['BGP-05'],
  },
  'bgp-node-listens-179': {
    description: 'the agents accept BGP connections on port 179',
    kills: { 'BGP-02': tooMany`(?:was dialled by|:179)` },
  },
  'bgp-selector-ignored': {
    description: 'every node is configured, whatever the nodeSelector says',
    kills: { 'BGP-03': tooMany`${ctr.name}` },
  },
  'bgp-timers-not-applied': {
    description: 'sessions use the default timers, not those of the peer config',
    kills: { 'BGP-04': tooMany`offers hold time 90 s` },
  },
  'bgp-advertises-whole-pod-range': {
    description: "the last node advertises the cluster's whole pod range",
    kills: { 'BGP-05': tooMany`${cluster.podCidr} via ${w0.address}` },
    may: ['BGP-06'],
  },
  'bgp-advertises-foreign-podcidr': {
    description: "the last node also advertises the first node's PodCIDR",
    kills: { 'BGP-05': tooMany`${ctr.podCidr} via ${w0.address}` },
    may: ['BGP-06'],
  },
  'bgp-injects-received-routes': {
    description: 'received routes are installed in the kernel table of the nodes',
    kills: {
      'BGP-07': tooMany`${anyPodCidr} proto bgp via ${router}`,
      'BGP-08': tooMany`${cluster.anyPod}: webpod-`,
    },
    may: ['BGP-05'],
  },
  'bgp-no-end-of-rib': {
    description: 'no End-of-RIB follows the initial routes',
    kills: { 'BGP-11': missing`${ctr.address}: IPv4 unicast` },
  },
  'bgp-session-not-resumed': {
    description: 'a session that was lost is not dialed again',
    kills: {
      'BGP-12': {
        ...missing`${ctr.address} AS ${cluster.asn}`,
      },
    },
  },
  'bgp-route-left-behind': {
    description: 'a node that lost its configuration keeps session and routes',
    kills: { 'BGP-13': tooMany`${ctr.address} AS ${cluster.asn}` },
  },
  'bgp-route-not-restored': {
    description: 'a node configured a second time advertises nothing',
    kills: {
      'BGP-14': {
        ...observed`${w1.podCidr} via ${w1.address}`,
        ...missing`${ctr.podCidr} via ${ctr.address}`,
      },
    },
  },
  'bgp-status-always-written': {
    description: 'status is written although reporting is switched off',
    kills: { 'BGP-15': { ...about`peerings in the status of CiliumBGPNodeConfig`, ...tooMany`established` } },
  },
  'bgp-policy-missing': {
    description: 'routes leave without an export policy of their own',
    kills: { 'BGP-16': missing`PodCIDR to ${router}: accept ${anyPodCidr}` },
  },
  'bgp-routes-withdrawn-at-restart': {
    description: 'an agent that goes down withdraws its routes',
    kills: { 'BGP-20': missing`${ctr.podCidr} stale` },
  },
  'bgp-stale-forever': {
    description: 'the restart time announced is the longest possible',
    kills: { 'BGP-21': { ...about`kernel route to ${ctr.podCidr} `, ...tooMany`still there after` } },
  },
  'bgp-graceful-always': {
    description: 'graceful restart is offered although it is switched off',
    kills: { 'BGP-22': { ...missing`${ctr.address} 0 s`, ...tooMany`${ctr.address} [1-9]\d* s` } },
  },
  'bgp-hold-timer-ignored': {
    description: 'the hold time announced is the longest possible',
    kills: { 'BGP-23': { ...about`kernel route to ${w0.podCidr} `, ...tooMany`still there after` } },
  },
  'bgp-md5-ignored': {
    description: 'sessions are dialed without the configured password',
    kills: { 'BGP-24': missing`${ctr.address} AS ${cluster.asn}` },
  },
  'bgp-condition-missing': {
    description: 'the operator reports no conditions',
    kills: { 'BGP-25': tooMany`cilium\.io/NoMatchingNode not said` },
  },
  'bgp-override-ignored': {
    description: 'node overrides have no effect',
    kills: {
      'BGP-26': {
        ...observed`${w1.address} AS ${cluster.asn}`,
        ...missing`AS 65010 router id 10\.20\.30\.40`,
      },
    },
  },
  'bgp-communities-dropped': {
    description: 'communities are not attached',
    kills: { 'BGP-27': tooMany`via ${ctr.address} communities \[\] large \[\]` },
  },
  'bgp-advertises-everything': {
    description: 'without a matching advertisement everything is advertised',
    kills: { 'BGP-29': tooMany`${ctr.podCidr} via ${ctr.address}` },
  },
  'bgp-leaked-prefix': {
    description: 'the service range is advertised, too',
    kills: each(['BGP-05', 'LB-01'], tooMany`${cluster.serviceCidr}`),
  },
} as const satisfies FaultTable;

/** Of how services are advertised. */
const services = {
  'lb-selector-ignored': {
    description: 'an advertisement covers all services, whatever its selector says',
    kills: { 'LB-01': tooMany`${poolAddress}/32` },
  },
  'lb-one-node-silent': {
    description: 'the last node advertises no service',
    kills: {
      'LB-02': { ...observed`kernel route via ${ctr.address}`, ...missing`kernel route via ${w0.address}` },
    },
  },
  'lb-cluster-prunes': {
    description: 'policy Cluster is advertised only from nodes with a backend',
    kills: { 'LB-04': missing`BGP path via ${anyNode} used` },
  },
  'lb-local-keeps-next-hop': {
    description: 'a node that lost its last local backend goes on advertising',
    kills: { 'LB-06': tooMany`kernel route via ${anyNode}` },
  },
  'lb-local-next-hop-late': {
    description: 'a node that lost its last local backend withdraws 30 s late',
    kills: {
      'LB-06': {
        ...about`next hops of \S+ on router was (?:late|not as expected)`,
        ...tooMany`BGP path via ${anyNode}`,
      },
    },
  },
  'lb-withdraw-missing': {
    description: 'what a service was advertised under stays after it',
    kills: each(['LB-12', 'LB-13'], tooMany`kernel route via ${ctr.address}`),
  },
  'lb-external-ip-silent': {
    description: 'external addresses are not advertised',
    kills: { 'LB-15': missing`kernel route via ${ctr.address}` },
  },
  'lb-cluster-ip-unasked': {
    description: 'cluster addresses are advertised although nobody asked for them',
    kills: { 'LB-15': tooMany`${inside(cluster.serviceCidr)}/32` },
  },
  'lb-class-ignored': {
    description: 'services of another loadBalancerClass are advertised, too',
    kills: { 'LB-19': tooMany`172\.16\.1\.200/32` },
  },
  'lb-aggregation-ignored': {
    description: 'the aggregation length has no effect',
    kills: { 'LB-20': { ...about`next hops of ${loadBalancerCidr} `, ...missing`BGP path via ${anyNode}` } },
  },
  'lb-aggregates-local': {
    description: 'addresses of services with policy Local are aggregated, too',
    kills: { 'LB-20': { ...about`next hops of ${poolAddress}/32 `, ...missing`BGP path via ${anyNode}` } },
  },
} as const satisfies FaultTable;

/** Regressions that real releases had, by the number of their report in Cilium's issue tracker. */
const regressions = {
  'cilium-18250': {
    description: 'PodCIDRs are withdrawn while a service is advertised',
    kills: { 'LB-01': missing`${ctr.podCidr} via ${ctr.address}` },
  },
  'cilium-24069': {
    description: 'after an agent restart the PodCIDR is not advertised again',
    kills: {
      'BGP-20': missing`${ctr.podCidr} not stale`,
      'BGP-22': {
        ...observed`${w1.podCidr} via ${w1.address}`,
        ...missing`${ctr.podCidr} via ${ctr.address}`,
      },
    },
  },
  'cilium-28632': {
    description: 'a range nobody configured is advertised',
    kills: { 'BGP-05': tooMany`10\.187\.0\.0/16 via` },
  },
  'cilium-31346': {
    description: 'a stopping agent de-configures its peers, so that graceful restart has no effect',
    kills: { 'BGP-20': missing`${ctr.podCidr} stale` },
  },
  'cilium-31947': {
    description: 'attributes are not applied to LoadBalancer addresses',
    kills: { 'BGP-27': { ...about`paths to ${poolAddress}/32 `, ...tooMany`communities \[\] large \[\]` } },
  },
  'cilium-35018': {
    description: 'deleting one of two services on one address withdraws the address',
    kills: { 'LB-16': missing`BGP path via ${ctr.address} used` },
  },
  'cilium-35721': {
    description: 'of several matching advertisements only the last counts',
    kills: { 'BGP-28': { ...missing`communities \[65001:1 65001:2\]`, ...tooMany`communities \[65001:2\]` } },
  },
  'cilium-36055': {
    description: 'an address withdrawn with its backend does not return with it',
    kills: { 'LB-17': missing`BGP path via ${anyNode} used` },
  },
  'cilium-38620': {
    description: "service policies keep a peer's former address",
    kills: { 'BGP-30': { ...about`paths to ${poolAddress}/32 `, ...missing`via ${ctr.address} ` } },
  },
  'cilium-38924': {
    description: 'the loss of an endpoint is noticed only when something else changes',
    kills: { 'LB-12': tooMany`BGP path via ${ctr.address} used` },
  },
  'cilium-44803': {
    description: 'policy Local is advertised from every node when the service is younger than the session',
    kills: { 'LB-06': tooMany`BGP path via ${anyNode} used` },
  },
} as const satisfies FaultTable;

/** Deliberate deviations of the control plane. */
export const bgpFaults = { ...control, ...services, ...regressions } as const;
