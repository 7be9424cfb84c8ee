import {
  bgpAdvertisements,
  bgpClusterConfigs,
  bgpPeerConfigs,
  loadBalancerIpPools,
} from '../../../helpers/cilium/resources.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { type Node, namespaces, nodes as nodeType, services } from '../../../helpers/kube/resources.ts';
import type { KubeObject, LabelSelector } from '../../../helpers/kube/types.ts';
import type { Topology } from '../../contract/topology.ts';
import {
  clusterConfig,
  loadBalancerAdvertisement,
  loadBalancerPool,
  peerConfig,
  podCidrAdvertisement,
} from '../../topologies/manifests.ts';
import { isOwned } from './owned.ts';

/**
 * What others have in a cluster that ours would change, or that would change ours: a sentence each, with what to do.
 * Nothing when the two can live side by side.
 */
export async function inTheWay(
  kube: KubeApi,
  topology: Topology,
  cluster: Topology['clusters'][number],
  namespace: string,
): Promise<string[]> {
  const [all, configs, peers, advertisements, pools, exposed, home] = await Promise.all([
    kube.list(nodeType),
    kube.list(bgpClusterConfigs).then(theirs),
    kube.list(bgpPeerConfigs).then(theirs),
    kube.list(bgpAdvertisements).then(theirs),
    kube.list(loadBalancerIpPools).then(theirs),
    kube.list(services).then(theirs),
    kube.get(namespaces, namespace),
  ]);
  const ours = cluster.nodes.map(name => all.find(({ metadata }) => metadata.name === name) ?? name);
  const there = ours.filter((node): node is Node => typeof node !== 'string');
  const names = new Set(
    [
      peerConfig,
      podCidrAdvertisement,
      loadBalancerPool,
      loadBalancerAdvertisement,
      ...(topology.router === undefined ? [] : [clusterConfig(topology, cluster)]),
    ].map(({ kind, metadata }) => `${kind} ${metadata.name}`),
  );
  return [
    ...ours
      .filter(node => typeof node === 'string')
      .map(
        name => `there is no node ${name}; there is ${all.map(({ metadata }) => metadata.name).join(', ')}`,
      ),
    ...(home === undefined || isOwned(home)
      ? []
      : [`namespace ${namespace} is not ours: set another namespace in the inventory`]),
    ...there
      .filter(({ spec }) => spec?.unschedulable === true)
      .map(
        ({ metadata: { name } }) => `node ${name} is cordoned: uncordon it, or leave it out of the inventory`,
      ),
    ...[...configs, ...peers, ...advertisements, ...pools]
      .filter(({ kind, metadata }) => names.has(`${kind} ${metadata.name}`))
      .map(
        ({ kind, metadata }) => `${kind} ${metadata.name} is not ours, and ours has that name: rename one`,
      ),
    ...configs
      .filter(({ spec }) => there.some(node => selects(spec.nodeSelector, node.metadata.labels)))
      .map(
        ({ metadata }) =>
          `CiliumBGPClusterConfig ${metadata.name} already selects nodes of the inventory, and a node takes one only`,
      ),
    ...advertisements
      .filter(({ metadata }) => metadata.labels?.advertise === 'bgp')
      .map(
        ({ metadata }) =>
          `CiliumBGPAdvertisement ${metadata.name} has the label advertise=bgp, by which our peers select theirs: it would be announced, too`,
      ),
    ...pools
      .filter(({ spec }) => spec.disabled !== true && spec.serviceSelector === undefined)
      .map(
        ({ metadata }) =>
          `CiliumLoadBalancerIPPool ${metadata.name} selects every service: ours could take its addresses; give it a serviceSelector`,
      ),
    ...exposed
      .filter(
        ({ spec, status }) =>
          spec.type === 'LoadBalancer' && (status?.loadBalancer?.ingress ?? []).length === 0,
      )
      .map(
        ({ metadata }) =>
          `service ${metadata.namespace}/${metadata.name} waits for an address, and would get one of our pools'`,
      ),
  ];
}

const theirs = <T extends KubeObject>(objects: readonly T[]): T[] =>
  objects.filter(object => !isOwned(object));

/** No selector selects everything. */
function selects(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  const byLabel = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  const byExpression = (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const listed = value !== undefined && values.includes(value);
    return operator === 'In' ? listed : !listed;
  });
  return byLabel && byExpression;
}
