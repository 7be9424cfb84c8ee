import { uplink } from '../../../contract/topology.ts';
import { each, type FaultTable } from '../fault.ts';
import { cluster, ctr, router, w0, w1 } from '../places.ts';
import { about, missing, observed, tooMany } from '../reason.ts';
import { dsrFaults } from './dsr/faults.ts';
import { routingFaults } from './tunnel/faults.ts';

/** Deliberate deviations of the datapath. */
export const datapathFaults = {
  ...dsrFaults,
  ...routingFaults,
  'masquerade-inside-native-cidr': {
    description: "pods' requests to other nodes' pods get the node's address as source",
    kills: each(['BGP-10', 'RT-07'], {
      ...about`address under which replicas see curl-pod`,
      ...tooMany`sees (?!${ctr.pod})\d`,
    }),
    may: ['RT-05', 'RT-10'],
  },
  'masquerade-missing': {
    description: "pods' requests leave the cluster with the pods' own addresses",
    kills: { 'RT-07': { ...about`SYNs on \S+ `, ...tooMany`${ctr.pod} > ${router}` } },
    may: ['RT-08'],
  },
  'direct-routes-across-subnets': {
    description: 'autoDirectNodeRoutes adds routes to nodes behind the router, too, through it',
    kills: { 'RT-01': { ...about`PodCIDRs routed by \S+ `, ...tooMany`${w0.podCidr} via ${router}` } },
  },
  'direct-routes-always': {
    description: 'nodes of one segment get routes to each other without autoDirectNodeRoutes',
    kills: { 'RT-02': { ...about`PodCIDRs routed by \S+ `, ...tooMany`${w1.podCidr} via ${w1.address}` } },
  },
  'cilium-28137': {
    description: 'direct routes to a node that left while the agent was down stay',
    kills: { 'RT-09': { ...about`kernel routes of \S+ to \S+ `, ...tooMany`172\.20\.250\.0/24` } },
  },
  'lb-cluster-wrong-source': {
    description:
      "under policy Cluster a request served on another node gets cilium_host's address, not the node's",
    kills: { 'LB-05': tooMany`entered at (\S+), served on (?!\1)\S+: seen as ${cluster.anyPod}` },
  },
  'lb-local-snat': {
    description: "the client's address is replaced under policy Local",
    kills: { 'LB-07': tooMany`served on \S+: seen as (?!${router})\d` },
  },
  'lb-backend-missing': {
    description: 'one backend of every service never gets a request',
    kills: each(['LB-03', 'LB-14'], {
      ...about`replicas that answered`,
      ...observed`webpod-`,
      ...missing`webpod-`,
    }),
  },
  'lb-nothing-before-announcement': {
    description: 'LoadBalancer addresses answer nobody until services are announced by BGP',
    kills: { 'IPAM-09': { ...about`request of curl-pod`, ...tooMany`curl: .* 172\.16\.1\.50 ` } },
  },
  'lb-address-loops': {
    description: 'packets for an address that nothing serves are handed on by the default route',
    kills: { 'LB-18': { ...about`on the nodes' interfaces`, ...observed` at k8s-\S+ ${uplink.interface} ` } },
  },
  'cilium-40521': {
    description: 'replies of services leave by the default route, whatever interface the request came in on',
    kills: { 'LB-21': tooMany`${router}:\d+ by k8s-\S+ ${uplink.interface}` },
  },
} as const satisfies FaultTable;
