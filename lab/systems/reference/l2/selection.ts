import type { L2AnnouncementPolicy } from '../../../../helpers/cilium/resources.ts';
import type { Service } from '../../../../helpers/kube/resources.ts';
import { type Labels, matchesLabelSelector } from '../../../kubernetes/api/selectors.ts';
import type { Faults } from '../faults.ts';

/** An address that a node answers ARP for on one of its interfaces, while it leads for the service. */
export interface Announcement {
  readonly address: string;
  readonly device: string;
}

/**
 * What a node would announce for each service that a policy selects on it, by `namespace/name`: a service with an
 * entry, be it empty, is one that the node runs for (Cilium: pkg/l2announcer).
 */
export function selectedServices(
  policies: readonly L2AnnouncementPolicy[],
  services: readonly Service[],
  node: { readonly labels: Labels; readonly devices: readonly string[] },
  faults: Faults,
): Map<string, Announcement[]> {
  const found = new Map<string, Announcement[]>();
  for (const { spec = {} } of policies) {
    if (!faults.has('l2-selector-ignored') && !selects(spec.nodeSelector, node.labels)) continue;
    const expressions = (spec.interfaces ?? []).map(text => new RegExp(text));
    const devices =
      expressions.length === 0 || faults.has('l2-interfaces-ignored')
        ? node.devices
        : node.devices.filter(device => expressions.some(expression => expression.test(device)));
    for (const service of services) {
      const { name, namespace = 'default', labels = {} } = service.metadata;
      const all = {
        ...labels,
        'io.kubernetes.service.namespace': namespace,
        'io.kubernetes.service.name': name,
      };
      if (service.spec.type !== 'LoadBalancer' || !selects(spec.serviceSelector, all)) continue;
      const addresses = [
        ...(spec.loadBalancerIPs === true ? loadBalancerAddresses(service) : []),
        ...(spec.externalIPs === true ? (service.spec.externalIPs ?? []) : []),
      ];
      const key = `${namespace}/${name}`;
      const announced = found.get(key) ?? [];
      const more = addresses.flatMap(address => devices.map(device => ({ address, device })));
      const isNew = (one: Announcement): boolean =>
        !announced.some(({ address, device }) => address === one.address && device === one.device);
      found.set(key, [...announced, ...more.filter(isNew)]);
    }
  }
  return found;
}

/** No selector selects everything. */
const selects = (selector: Parameters<typeof matchesLabelSelector>[0] | undefined, labels: Labels): boolean =>
  selector === undefined || matchesLabelSelector(selector, labels);

const loadBalancerAddresses = ({ status }: Service): string[] =>
  (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
