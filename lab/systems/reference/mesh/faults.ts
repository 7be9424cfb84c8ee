import type { FaultTable } from '../fault.ts';
import { anyMeshNode, east1, east2, eastPod, west2, westPod } from '../places.ts';
import { missing, observed, tooMany } from '../reason.ts';

/** Claims that look at who serves a global service. */
const services = ['07', '08', '09', '10', '11', '12', '13', '14', '15', '16', '17', '18'].map(
  n => `MESH-${n}`,
);

/** Deliberate deviations of the mesh. */
export const meshFaults = {
  'mesh-other-ca': {
    description: 'the clusters have certificate authorities of their own',
    kills: {
      'MESH-01': { ...missing`1 certificate authority`, ...tooMany`\S+, \S+` },
      'MESH-03': { ...missing`${west2.name}: east ready`, ...tooMany`${west2.name}: east not ready` },
    },
    may: ['MESH-02', 'MESH-04', 'MESH-05', 'MESH-06', ...services],
  },
  'mesh-clusters-share-id': {
    description: "every cluster is installed with the first one's id",
    kills: { 'MESH-01': { ...missing`east 2`, ...tooMany`east 1` } },
  },
  'mesh-pod-cidrs-overlap': {
    description: "every cluster takes its nodes' PodCIDRs from the first one's range",
    kills: { 'MESH-01': tooMany`also of` },
    may: ['MESH-05', 'MESH-06', ...services],
  },
  'mesh-anonymous-clients': {
    description: 'the mesh API asks for no client certificate',
    kills: { 'MESH-02': tooMany`${anyMeshNode}:32379 without: admitted` },
  },
  'mesh-agent-not-connected': {
    description: "the agent of the first cluster's last node never connects",
    kills: { 'MESH-03': tooMany`${west2.name}: east not ready, 0 nodes` },
    may: ['MESH-04', 'MESH-05', 'MESH-06', ...services],
  },
  'mesh-source-wrong': {
    description: 'nodes of other clusters are listed as if they were known from the own API',
    kills: { 'MESH-04': tooMany`east/${east2.name} \S+ \S+ custom-resource` },
  },
  'mesh-identities-missing': {
    description: 'clusters do not tell each other their identities',
    kills: { 'MESH-04': tooMany`\d+ is not known` },
  },
  'mesh-route-missing': {
    description: "the first cluster's last node has no route for the first PodCIDR of the other",
    kills: { 'MESH-05': missing`${east1.podCidr} via ${east1.address}` },
    may: ['MESH-06', ...services],
  },
  'mesh-relay-through-third-node': {
    description: 'pods of another cluster are reached by way of its first node',
    kills: { 'MESH-06': tooMany`${east1.name}: request` },
    may: ['MESH-05'],
  },
  'mesh-snat': {
    description: "pods' requests to other clusters' pods leave with the node's address",
    kills: { 'MESH-06': tooMany`request ${anyMeshNode} > (?:${westPod}|${eastPod})` },
  },
  'mesh-remote-backends-missing': {
    description: 'global services have the backends of their own cluster only',
    kills: { 'MESH-07': { ...observed`curl-pod: west/webpod-`, ...missing`curl-pod: east/webpod-` } },
    may: services,
  },
  'mesh-no-failover': {
    description: 'a service that has no local backend is served by nobody',
    kills: { 'MESH-08': missing`curl-pod: east/webpod-` },
    may: services,
  },
  'mesh-local-backends-lost': {
    description: 'a service that once had no local backend does not take local ones in again',
    kills: { 'MESH-09': { ...observed`curl-pod: east/webpod-`, ...missing`curl-pod: west/webpod-` } },
    may: services,
  },
  'mesh-affinity-ignored': {
    description: 'the annotation affinity has no effect',
    kills: { 'MESH-10': tooMany`curl-pod: east/webpod-`, 'MESH-11': tooMany`curl-pod: west/webpod-` },
    may: ['MESH-17', 'MESH-18'],
  },
  'mesh-affinity-strict': {
    description:
      'with an affinity the other backends are not used, even when none of the preferred ones is left',
    kills: { 'MESH-10': missing`curl-pod: east/webpod-`, 'MESH-11': missing`curl-pod: west/webpod-` },
    may: ['MESH-18'],
  },
  'mesh-shares-everything': {
    description: 'a cluster shares the backends of services that are not global there',
    kills: { 'MESH-12': tooMany`(?:east|west)/webpod-` },
  },
  'mesh-takes-unasked': {
    description: 'a cluster takes in backends for services that are not global there',
    kills: { 'MESH-12': tooMany`(?:east|west)/webpod-` },
  },
  'mesh-shared-ignored': {
    description: 'the annotation shared has no effect',
    kills: { 'MESH-12': tooMany`curl-pod-${east2.name}: west/webpod-` },
  },
  'mesh-forgets-unreachable': {
    description: 'what a cluster shared is forgotten as soon as it is out of reach',
    kills: {
      'MESH-13': {
        ...observed`curl-pod: west/webpod-|${west2.name}: ${westPod}`,
        ...missing`curl-pod: no answer|${west2.name}: ${eastPod}`,
      },
    },
  },
  'mesh-never-resyncs': {
    description: 'a cluster that was out of reach is not followed again',
    kills: { 'MESH-13': { ...observed`curl-pod: (?:west|east)/webpod-`, ...tooMany`curl-pod: no answer` } },
  },
  'mesh-unready-shared': {
    description: 'backends that are not ready are shared, too',
    kills: { 'MESH-18': tooMany`curl-pod: webpod-unready` },
  },
  'cilium-18766': {
    description: 'whether a service is shared is decided once, and a change has no effect',
    kills: { 'MESH-12': tooMany`curl-pod-${east2.name}: west/webpod-` },
  },
  'cilium-46623': {
    description: 'an affinity that is spelt out and is neither local nor remote excludes all remote backends',
    kills: { 'MESH-14': { ...observed`curl-pod: west/webpod-`, ...missing`curl-pod: east/webpod-` } },
  },
  'cilium-45109': {
    description: 'of several ports with one target port only one has remote backends',
    kills: { 'MESH-15': { ...observed`curl-pod: west/webpod-`, ...missing`curl-pod: east/webpod-` } },
  },
  'cilium-45441': {
    description: 'backends that were known before an agent restarted stay',
    kills: {
      'MESH-16': {
        ...observed`curl-pod: (?:west|east)/webpod-`,
        ...tooMany`curl-pod: (?:no answer|refused)`,
      },
    },
  },
  'cilium-23823': {
    description: 'an agent that starts writes its services before it knows what other clusters share',
    kills: { 'MESH-17': tooMany`failed \(` },
  },
} as const satisfies FaultTable;
