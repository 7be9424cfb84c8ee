import type { CiliumEndpoint, CiliumIdentity, CiliumNode } from '../../../../helpers/cilium/resources.ts';
import { formatIpv4, prefix } from '../../../../helpers/ipv4.ts';
import type { EndpointSlice, Service } from '../../../../helpers/kube/resources.ts';
import type { ClusterSpec } from '../../../contract/topology.ts';
import type { Faults } from '../faults.ts';
import { isGlobal, isShared } from './annotations.ts';

/**
 * What a cluster tells the others, as keys and values in etcd, in Cilium's layout: pkg/kvstore/keys.go,
 * pkg/node/store/store.go, pkg/ipcache/kvstore.go, pkg/identity/cache, pkg/clustermesh/store/store.go. The real agents
 * of a real cluster can read it.
 */

export const prefixes = {
  nodes: 'cilium/state/nodes/v1/',
  endpoints: 'cilium/state/ip/v1/default/',
  identities: 'cilium/state/identities/v1/id/',
  services: 'cilium/state/services/v1/',
} as const;

export type Part = keyof typeof prefixes;

export const parts: readonly Part[] = ['nodes', 'endpoints', 'identities', 'services'];

/** Written once everything under a prefix is there for the first time: until then a reader must not act on what is missing. */
export const syncedKey = (cluster: string, part: Part): string =>
  `cilium/synced/${cluster}/${prefixes[part].replace(/(\/default|\/id)?\/$/, '')}`;

export const configKey = (cluster: string): string => `cilium/cluster-config/${cluster}`;
export const heartbeatKey = 'cilium/.heartbeat';

export interface ClusterConfig {
  readonly id: number;
  readonly capabilities: { readonly syncedCanaries: boolean };
}

/** pkg/node/types/node.go */
export interface NodeValue {
  readonly Name: string;
  readonly Cluster: string;
  readonly IPAddresses: readonly { readonly Type: string; readonly IP: string }[];
  readonly IPv4AllocCIDR: { readonly IP: string; readonly Mask: string } | null;
  readonly ClusterID: number;
  readonly Source: string;
}

export interface Port {
  readonly Protocol: string;
  readonly Port: number;
}

/** pkg/clustermesh/store/store.go: addresses to ports by name, the name of a port without one is empty. */
export interface ServiceValue {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly frontends: Readonly<Record<string, Readonly<Record<string, Port>>>>;
  readonly backends: Readonly<Record<string, Readonly<Record<string, Port>>>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: Readonly<Record<string, string>>;
  readonly includeExternal: boolean;
  readonly shared: boolean;
  readonly clusterID: number;
}

export interface ClusterObjects {
  readonly nodes: readonly CiliumNode[];
  readonly endpoints: readonly CiliumEndpoint[];
  readonly identities: readonly CiliumIdentity[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
}

export interface Sharing {
  /** Which services other clusters may use. */
  readonly isShared: (service: Service) => boolean;
  readonly faults: Faults;
}

/** Every key a cluster offers, the canaries and the heartbeat aside. */
export function stateOf(
  cluster: Pick<ClusterSpec, 'name' | 'id'>,
  objects: ClusterObjects,
  { isShared: shared, faults }: Sharing = { isShared, faults: new Set() },
): Map<string, string> {
  const config: ClusterConfig = { id: cluster.id, capabilities: { syncedCanaries: true } };
  const identities = faults.has('mesh-identities-missing') ? [] : objects.identities;
  return new Map([
    [configKey(cluster.name), JSON.stringify(config)],
    ...objects.nodes.map((node): [string, string] => [
      `${prefixes.nodes}${cluster.name}/${node.metadata.name}`,
      JSON.stringify(nodeValue(cluster, node)),
    ]),
    ...identities.map((identity): [string, string] => [
      `${prefixes.identities}${identity.metadata.name}`,
      Object.entries(identity['security-labels'])
        .map(([label, value]) => `${label}=${value};`)
        .sort((one, other) => (one < other ? -1 : 1))
        .join(''),
    ]),
    ...objects.endpoints.flatMap(endpoint => endpointEntry(endpoint)),
    ...objects.services
      .filter(shared)
      .map((service): [string, string] => [
        `${prefixes.services}${cluster.name}/${service.metadata.namespace ?? 'default'}/${service.metadata.name}`,
        JSON.stringify(serviceValue(cluster, service, objects.slices, faults.has('mesh-unready-shared'))),
      ]),
  ]);
}

function nodeValue(cluster: Pick<ClusterSpec, 'name' | 'id'>, { metadata, spec }: CiliumNode): NodeValue {
  const [podCidr] = spec.ipam?.podCIDRs ?? [];
  return {
    Name: metadata.name,
    Cluster: cluster.name,
    IPAddresses: (spec.addresses ?? []).map(({ type, ip }) => ({ Type: type, IP: ip })),
    IPv4AllocCIDR: podCidr === undefined ? null : ipNet(podCidr),
    ClusterID: cluster.id,
    Source: 'custom-resource',
  };
}

/** Go's net.IPNet as JSON: the mask is bytes. */
function ipNet(cidr: string): NodeValue['IPv4AllocCIDR'] {
  const length = Number(cidr.split('/')[1]);
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0);
  return { IP: formatIpv4(prefix(cidr).first), Mask: mask.toString('base64') };
}

/** The other way about: `a.b.c.d/n`. */
export function cidrOf({ IP, Mask }: NonNullable<NodeValue['IPv4AllocCIDR']>): string {
  const bits = Buffer.from(Mask, 'base64').readUInt32BE();
  return `${IP}/${bits.toString(2).replace(/0/g, '').length}`;
}

function endpointEntry({ metadata, status }: CiliumEndpoint): [string, string][] {
  const address = status?.networking?.addressing[0]?.ipv4;
  if (address === undefined) return [];
  const value = {
    IP: address,
    Mask: null,
    HostIP: status?.networking?.node ?? '',
    ID: status?.identity?.id ?? 0,
    Key: 0,
    Metadata: '',
    K8sNamespace: metadata.namespace ?? 'default',
    K8sPodName: metadata.name,
  };
  return [[`${prefixes.endpoints}${address}`, JSON.stringify(value)]];
}

function serviceValue(
  cluster: Pick<ClusterSpec, 'name' | 'id'>,
  service: Service,
  slices: readonly EndpointSlice[],
  unready: boolean,
): ServiceValue {
  const { name, namespace = 'default', labels = {} } = service.metadata;
  const own = slices.filter(
    ({ metadata }) =>
      (metadata.namespace ?? 'default') === namespace &&
      metadata.labels?.['kubernetes.io/service-name'] === name,
  );
  const backends: Record<string, Record<string, Port>> = {};
  for (const { endpoints, ports } of own) {
    // A backend that is not ready, or is going, is no use to another cluster.
    const usable = endpoints.filter(
      ({ conditions }) => unready || ((conditions?.ready ?? true) && conditions?.terminating !== true),
    );
    for (const address of usable.flatMap(({ addresses }) => addresses.slice(0, 1))) {
      const known = backends[address] ?? {};
      for (const port of ports)
        known[port.name ?? ''] = { Protocol: port.protocol ?? 'TCP', Port: port.port };
      backends[address] = known;
    }
  }
  const frontendPorts = Object.fromEntries(
    (service.spec.ports ?? []).map(port => [
      port.name ?? '',
      { Protocol: port.protocol ?? 'TCP', Port: port.port },
    ]),
  );
  const { clusterIP = '' } = service.spec;
  return {
    cluster: cluster.name,
    namespace,
    name,
    frontends: /^\d/.test(clusterIP) ? { [clusterIP]: frontendPorts } : {},
    backends,
    labels,
    selector: service.spec.selector ?? {},
    includeExternal: isGlobal(service),
    shared: true,
    clusterID: cluster.id,
  };
}
