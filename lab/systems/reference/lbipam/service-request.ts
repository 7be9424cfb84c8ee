import { parseIpv4 } from '../../../../helpers/ipv4.ts';
import type { Service } from '../../../../helpers/kube/resources.ts';
import type { Faults } from '../faults.ts';

/** What a service asks of LB-IPAM (operator/pkg/lbipam/service_store.go). */
export interface ServiceRequest {
  /** `<namespace>/<name>`. */
  readonly key: string;
  readonly namespace: string;
  readonly generation: number | undefined;
  /** With the name and namespace that a pool's selector may use. */
  readonly labels: Readonly<Record<string, string>>;
  /** Addresses it wants and no other; empty: any one. */
  readonly requested: readonly number[];
  readonly wantsIpv4: boolean;
  readonly sharingKey: string;
  readonly sharingNamespaces: readonly string[];
  readonly externalTrafficPolicy: string;
  readonly ports: readonly number[];
  readonly selector: Readonly<Record<string, string>>;
}

/** Classes LB-IPAM serves besides services without one (operator/pkg/lbipam/cell.go). */
const ourClasses = ['io.cilium/bgp-control-plane', 'io.cilium/l2-announcer'];

export function isOurs({ spec }: Service): boolean {
  if (spec.type !== 'LoadBalancer') return false;
  return spec.loadBalancerClass === undefined || ourClasses.includes(spec.loadBalancerClass);
}

export function serviceKey({ metadata }: Service): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}

export function serviceRequest(service: Service, faults: Faults): ServiceRequest {
  const { metadata, spec } = service;
  const namespace = metadata.namespace ?? 'default';
  const annotation = (...names: string[]): string =>
    names.map(name => metadata.annotations?.[name]).find(value => value !== undefined && value !== '') ?? '';
  const addresses = [
    spec.loadBalancerIP ?? '',
    ...annotation('lbipam.cilium.io/ips', 'io.cilium/lb-ipam-ips').split(','),
  ];
  const requested = addresses.flatMap(text => parseIpv4(text.trim()) ?? []);
  const families = spec.ipFamilies ?? [];
  const dualStack = spec.ipFamilyPolicy === 'PreferDualStack' || spec.ipFamilyPolicy === 'RequireDualStack';
  return {
    key: serviceKey(service),
    namespace,
    generation: metadata.generation,
    labels: {
      ...metadata.labels,
      'io.kubernetes.service.name': metadata.name,
      'io.kubernetes.service.namespace': namespace,
    },
    requested: faults.has('lbipam-request-ignored') ? [] : [...new Set(requested)],
    wantsIpv4: families.length === 0 || (dualStack ? families.includes('IPv4') : families[0] === 'IPv4'),
    sharingKey: faults.has('lbipam-sharing-ignored')
      ? ''
      : annotation('lbipam.cilium.io/sharing-key', 'io.cilium/lb-ipam-sharing-key'),
    sharingNamespaces: annotation(
      'lbipam.cilium.io/sharing-cross-namespace',
      'io.cilium/lb-ipam-sharing-cross-namespace',
    ).split(','),
    externalTrafficPolicy: spec.externalTrafficPolicy ?? 'Cluster',
    ports: (spec.ports ?? []).map(({ port }) => port),
    selector: spec.selector ?? {},
  };
}

/** Why two services cannot share an address, in Cilium's words; undefined when they can. */
export function incompatibility(one: ServiceRequest, other: ServiceRequest): string | undefined {
  if (one.sharingKey !== other.sharingKey) return 'different sharing key';
  if (one.namespace !== other.namespace && !(invites(one, other) && invites(other, one)))
    return 'different and not permitted namespace';
  // The protocol does not count: Cilium compares ports alone.
  if (one.ports.some(port => other.ports.includes(port))) return 'same port';
  if (one.externalTrafficPolicy !== other.externalTrafficPolicy) return 'different ExternalTrafficPolicy';
  if (one.externalTrafficPolicy === 'Local' && !samePods(one.selector, other.selector))
    return 'compatible ExternalTrafficPolicy local but selecting different set of pods';
  return undefined;
}

function invites(host: ServiceRequest, guest: ServiceRequest): boolean {
  return host.sharingNamespaces.includes('*') || host.sharingNamespaces.includes(guest.namespace);
}

/** Without a selector nobody knows which pods a service has. */
function samePods(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(one);
  return (
    keys.length > 0 && keys.length === Object.keys(other).length && keys.every(key => one[key] === other[key])
  );
}
