import type { Fault, Faults } from '../faults.ts';

type Row = Fault & { readonly kills: readonly string[] };

/** A row that was seen and should not have been, or the other way about, in what a failing check says. */
const tooMany = (row: string): RegExp => new RegExp(`too many:\\s[\\s\\S]*${row}`);
const missing = (row: string): RegExp => new RegExp(`missing:\\s(?:(?!too many:)[\\s\\S])*${row}`);

/** Claims that look at who serves a global service. */
const services = ['07', '08', '09', '10', '11', '12', '13', '14', '15', '16', '17', '18'].map(
  n => `MESH-${n}`,
);

/** Deliberate deviations of the mesh: each must turn the claims it kills red. */
export const meshFaults = [
  {
    name: 'mesh-other-ca',
    description: 'the clusters have certificate authorities of their own',
    kills: ['MESH-01', 'MESH-03'],
    may: ['MESH-02', 'MESH-04', 'MESH-05', 'MESH-06', ...services],
    because: { 'MESH-01': missing('1 certificate authority'), 'MESH-03': missing('west-worker: east ready') },
  },
  {
    name: 'mesh-clusters-share-id',
    description: "every cluster is installed with the first one's id",
    kills: ['MESH-01'],
    because: missing('east 2'),
  },
  {
    name: 'mesh-pod-cidrs-overlap',
    description: "every cluster takes its nodes' PodCIDRs from the first one's range",
    kills: ['MESH-01'],
    may: ['MESH-05', 'MESH-06', ...services],
    because: tooMany('also of'),
  },
  {
    name: 'mesh-anonymous-clients',
    description: 'the mesh API asks for no client certificate',
    kills: ['MESH-02'],
    because: tooMany('172\\.18\\.0\\.\\d:32379 without: admitted'),
  },
  {
    name: 'mesh-agent-not-connected',
    description: "the agent of the first cluster's last node never connects",
    kills: ['MESH-03'],
    may: ['MESH-04', 'MESH-05', 'MESH-06', ...services],
    because: tooMany('west-worker: east not ready, 0 nodes'),
  },
  {
    name: 'mesh-source-wrong',
    description: 'nodes of other clusters are listed as if they were known from the own API',
    kills: ['MESH-04'],
    because: tooMany('east/east-worker \\S+ \\S+ custom-resource'),
  },
  {
    name: 'mesh-identities-missing',
    description: 'clusters do not tell each other their identities',
    kills: ['MESH-04'],
    because: tooMany('\\d+ is not known'),
  },
  {
    name: 'mesh-route-missing',
    description: "the first cluster's last node has no route for the first PodCIDR of the other",
    kills: ['MESH-05'],
    may: ['MESH-06', ...services],
    because: missing('10\\.1\\.0\\.0/24 via 172\\.18\\.0\\.5'),
  },
  {
    name: 'mesh-relay-through-third-node',
    description: 'pods of another cluster are reached by way of its first node',
    kills: ['MESH-06'],
    may: ['MESH-05'],
    because: tooMany('east-control-plane: request'),
  },
  {
    name: 'mesh-snat',
    description: "pods' requests to other clusters' pods leave with the node's address",
    kills: ['MESH-06'],
    because: tooMany('request 172\\.18\\.0\\.\\d > 10\\.'),
  },
  {
    name: 'mesh-remote-backends-missing',
    description: 'global services have the backends of their own cluster only',
    kills: ['MESH-07'],
    may: services,
    because: missing('curl-pod: east/webpod-'),
  },
  {
    name: 'mesh-no-failover',
    description: 'a service that has no local backend is served by nobody',
    kills: ['MESH-08'],
    may: services,
    because: missing('curl-pod: east/webpod-'),
  },
  {
    name: 'mesh-local-backends-lost',
    description: 'a service that once had no local backend does not take local ones in again',
    kills: ['MESH-09'],
    may: services,
    because: missing('curl-pod: west/webpod-'),
  },
  {
    name: 'mesh-affinity-ignored',
    description: 'the annotation affinity has no effect',
    kills: ['MESH-10', 'MESH-11'],
    may: ['MESH-17', 'MESH-18'],
    because: { 'MESH-10': tooMany('curl-pod: east/webpod-'), 'MESH-11': tooMany('curl-pod: west/webpod-') },
  },
  {
    name: 'mesh-affinity-strict',
    description:
      'with an affinity the other backends are not used, even when none of the preferred ones is left',
    kills: ['MESH-10', 'MESH-11'],
    may: ['MESH-18'],
    because: { 'MESH-10': missing('curl-pod: east/webpod-'), 'MESH-11': missing('curl-pod: west/webpod-') },
  },
  {
    name: 'mesh-shares-everything',
    description: 'a cluster shares the backends of services that are not global there',
    kills: ['MESH-12'],
    because: tooMany('(?:east|west)/webpod-'),
  },
  {
    name: 'mesh-takes-unasked',
    description: 'a cluster takes in backends for services that are not global there',
    kills: ['MESH-12'],
    because: tooMany('(?:east|west)/webpod-'),
  },
  {
    name: 'mesh-shared-ignored',
    description: 'the annotation shared has no effect',
    kills: ['MESH-12'],
    because: tooMany('curl-pod-east-worker: west/webpod-'),
  },
  {
    name: 'mesh-forgets-unreachable',
    description: 'what a cluster shared is forgotten as soon as it is out of reach',
    kills: ['MESH-13'],
    because: missing('(?:curl-pod: no answer|west-worker: 10\\.1\\.)'),
  },
  {
    name: 'mesh-never-resyncs',
    description: 'a cluster that was out of reach is not followed again',
    kills: ['MESH-13'],
    because: tooMany('curl-pod: no answer'),
  },
  {
    name: 'mesh-unready-shared',
    description: 'backends that are not ready are shared, too',
    kills: ['MESH-18'],
    because: tooMany('curl-pod: webpod-unready'),
  },
  {
    name: 'cilium-18766',
    description: 'whether a service is shared is decided once, and a change has no effect',
    kills: ['MESH-12'],
    because: tooMany('curl-pod-east-worker: west/webpod-'),
  },
  {
    name: 'cilium-46623',
    description: 'an affinity that is spelt out and is neither local nor remote excludes all remote backends',
    kills: ['MESH-14'],
    because: missing('curl-pod: east/webpod-'),
  },
  {
    name: 'cilium-45109',
    description: 'of several ports with one target port only one has remote backends',
    kills: ['MESH-15'],
    because: missing('curl-pod: east/webpod-'),
  },
  {
    name: 'cilium-45441',
    description: 'backends that were known before an agent restarted stay',
    kills: ['MESH-16'],
    because: tooMany('curl-pod: (?:no answer|refused)'),
  },
  {
    name: 'cilium-23823',
    description: 'an agent that starts writes its services before it knows what other clusters share',
    kills: ['MESH-17'],
    because: tooMany('failed \\('),
  },
] as const satisfies readonly Row[];

export type MeshFault = (typeof meshFaults)[number]['name'];

/** Whether a fault is on. Takes the names of the table only, so that a typing error cannot switch off a fault. */
export function has(faults: Faults, name: MeshFault): boolean {
  return faults.has(name);
}
