import type { BgpAdvertisement, ServiceAddressType } from '../../../../helpers/cilium/resources.ts';
import { networkOf } from '../../../../helpers/ipv4.ts';
import type { EndpointSlice, Service, TrafficPolicy } from '../../../../helpers/kube/resources.ts';
import { matchesLabelSelector } from '../../../kubernetes/api/selectors.ts';
import { familyOf, inOrder } from './model.ts';
import { isLastNode, type NodeView } from './view.ts';

export type Advertisement = BgpAdvertisement['spec']['advertisements'][number];

const loadBalancerClass = 'io.cilium/bgp-control-plane';

/**
 * The prefixes under which a node advertises a service for one advertisement, by kind of address
 * (pkg/bgp/manager/reconciler/service.go). An advertisement without a selector covers no service.
 */
export function servicePrefixes(
  service: Service,
  advertisement: Advertisement,
  view: NodeView,
): ReadonlyMap<ServiceAddressType, readonly string[]> {
  const found = new Map<ServiceAddressType, readonly string[]>();
  const options = advertisement.service;
  if (options === undefined || !isSelected(service, advertisement, view)) return found;
  if (view.faults.has('lb-one-node-silent') && isLastNode(view)) return found;
  const kinds = new Set(options.addresses);
  if (view.faults.has('lb-external-ip-silent')) kinds.delete('ExternalIP');
  if (view.faults.has('lb-cluster-ip-unasked')) kinds.add('ClusterIP');
  for (const kind of kinds) {
    const policy =
      (kind === 'ClusterIP' ? service.spec.internalTrafficPolicy : service.spec.externalTrafficPolicy) ??
      'Cluster';
    if (!isServedHere(service, policy, view)) continue;
    const exact =
      view.faults.has('lb-aggregation-ignored') ||
      (policy === 'Local' && !view.faults.has('lb-aggregates-local'));
    const prefixes = addressesOf(service, kind, view).map(address =>
      prefixOf(address, exact ? undefined : options),
    );
    found.set(kind, [...new Set(prefixes)].sort(inOrder));
  }
  return found;
}

function isSelected(service: Service, { selector }: Advertisement, { faults }: NodeView): boolean {
  if (selector === undefined) return false;
  if (faults.has('lb-selector-ignored')) return true;
  return matchesLabelSelector(selector, {
    ...service.metadata.labels,
    'io.kubernetes.service.name': service.metadata.name,
    'io.kubernetes.service.namespace': service.metadata.namespace ?? 'default',
  });
}

/** Policy Cluster advertises from every node, with backends or without; Local needs a ready one on the node itself. */
function isServedHere(service: Service, policy: TrafficPolicy, view: NodeView): boolean {
  const { creationTimestamp = '' } = service.metadata;
  const young = view.establishedSince !== undefined && creationTimestamp > view.establishedSince;
  if (view.faults.has('cilium-44803') && young) return true;
  const local = policy === 'Local' || view.faults.has('lb-cluster-prunes');
  return !local || hasLocalEndpoint(service, view);
}

export function hasLocalEndpoint(service: Service, view: Pick<NodeView, 'slices' | 'node'>): boolean {
  return slicesOf(service, view.slices).some(slice =>
    slice.endpoints.some(
      ({ nodeName, conditions }) =>
        nodeName === view.node && conditions?.ready !== false && conditions?.terminating !== true,
    ),
  );
}

export function slicesOf(service: Service, slices: readonly EndpointSlice[]): EndpointSlice[] {
  return slices.filter(
    ({ metadata }) =>
      metadata.namespace === service.metadata.namespace &&
      metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name,
  );
}

function addressesOf({ spec, status }: Service, kind: ServiceAddressType, { faults }: NodeView): string[] {
  const ofOthers = spec.loadBalancerClass !== undefined && spec.loadBalancerClass !== loadBalancerClass;
  switch (kind) {
    case 'LoadBalancerIP':
      if (spec.type !== 'LoadBalancer') return [];
      if (ofOthers && !faults.has('lb-class-ignored')) return [];
      return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
    case 'ClusterIP':
      if (spec.type === 'ExternalName') return [];
      return (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter(ip => ip !== '' && ip !== 'None');
    case 'ExternalIP':
      return spec.type === 'ExternalName' ? [] : (spec.externalIPs ?? []);
  }
}

/** The address alone, or the network of the aggregation length around it (IPv4 only). */
function prefixOf(address: string, options: Advertisement['service']): string {
  if (familyOf(address) === 'ipv6') return `${address}/128`;
  return networkOf(address, options?.aggregationLengthIPv4 ?? 32);
}
