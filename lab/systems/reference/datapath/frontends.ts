import type { EndpointSlice, Service, ServicePort } from '../../../../helpers/kube/resources.ts';
import type { Backend } from '../backend.ts';
import type { Faults } from '../faults.ts';
import { preferred, remoteBackends } from '../mesh/backends.ts';
import type { ServiceValue } from '../mesh/state.ts';

/**
 * Services and EndpointSlices as one node sees them: what it translates, and to what. Pure: the same objects
 * give the same answer, so that the kernel's rules can be compared as text.
 */

/** Where a request comes from: a pod or a process of this node, or another machine. */
export type Scope = 'inside' | 'outside';

export interface Frontend {
  /** `<namespace>/<name>:<port>`, for people. */
  readonly service: string;
  readonly kind: 'ClusterIP' | 'NodePort' | 'ExternalIP' | 'LoadBalancer';
  readonly scope: Scope;
  /** `node`: every address of the node. */
  readonly address: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  /** None: the request is refused. */
  readonly backends: readonly Backend[];
  /** Backends that get no new connections and may finish those they have. */
  readonly draining: readonly Backend[];
  /** False: a remote backend sees this node as the client, so that its reply comes back here. */
  readonly sourceKept: boolean;
  /** A client keeps its backend (sessionAffinity ClientIP). */
  readonly affinity: boolean;
}

export interface FrontendOptions {
  readonly node: string;
  /** ClusterIPs answer requests from outside (bpf.lbExternalClusterIP). */
  readonly externalClusterIp: boolean;
  /** What other clusters share under a service's `<namespace>/<name>`. */
  readonly shared?: (service: string) => readonly ServiceValue[];
  readonly faults: Faults;
}

/** Every frontend of a node. The first service (by age, then by name) that claims an address and port has it. */
export function frontendsOf(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  options: FrontendOptions,
): Frontend[] {
  const slicesOf = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const name = slice.metadata.labels?.['kubernetes.io/service-name'] ?? '';
    const key = `${slice.metadata.namespace ?? 'default'}/${name}`;
    slicesOf.set(key, [...(slicesOf.get(key) ?? []), slice]);
  }
  const taken = new Set<string>();
  return [...services]
    .sort((one, other) => sortKey(one).localeCompare(sortKey(other)))
    .flatMap(service => serviceFrontends(service, slicesOf.get(nameOf(service)) ?? [], options))
    .filter(({ scope, address, protocol, port }) => {
      const key = `${scope} ${address} ${protocol} ${port}`;
      if (taken.has(key)) return false;
      taken.add(key);
      return true;
    });
}

function nameOf(service: Service): string {
  return `${service.metadata.namespace ?? 'default'}/${service.metadata.name}`;
}

function sortKey(service: Service): string {
  return `${service.metadata.creationTimestamp ?? ''} ${nameOf(service)}`;
}

function serviceFrontends(
  service: Service,
  slices: readonly EndpointSlice[],
  options: FrontendOptions,
): Frontend[] {
  const { spec, status } = service;
  if (spec.type === 'ExternalName') return [];
  const clusterIps = (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter(isIpv4);
  if (clusterIps.length === 0) return []; // headless: clients know the pods' addresses
  const externalLocal = spec.externalTrafficPolicy === 'Local' && spec.type !== 'ClusterIP';

  return (spec.ports ?? []).flatMap(port => {
    const everywhere = endpointsOf(slices, port);
    const here = everywhere.filter(endpoint => endpoint.node === options.node);
    // From inside, externalTrafficPolicy does not count: Cilium's second, internal scope of such a frontend.
    const shared = remoteBackends(service, port, options.shared?.(nameOf(service)) ?? [], options.faults);
    const all = preferred(service, eligible(everywhere, options), shared, options.faults);
    const local = eligible(here, options);
    const fromInside = spec.internalTrafficPolicy === 'Local' ? local : all;
    const fromOutside = externalLocal ? local : all;

    const draining = everywhere.filter(endpoint => endpoint.terminating).map(backendOf);

    const frontend = (
      kind: Frontend['kind'],
      scope: Scope,
      address: string,
      number = port.port,
    ): Frontend => ({
      service: `${nameOf(service)}:${port.name ?? port.port}`,
      kind,
      scope,
      address,
      port: number,
      protocol: port.protocol ?? 'TCP',
      backends: scope === 'inside' ? fromInside : fromOutside,
      draining,
      sourceKept: scope === 'inside' || externalLocal,
      affinity: spec.sessionAffinity === 'ClientIP',
    });
    const both = (kind: Frontend['kind'], address: string, number?: number): Frontend[] => [
      frontend(kind, 'inside', address, number),
      frontend(kind, 'outside', address, number),
    ];
    return [
      ...clusterIps.flatMap(address =>
        options.externalClusterIp ? both('ClusterIP', address) : [frontend('ClusterIP', 'inside', address)],
      ),
      ...(port.nodePort === undefined ? [] : both('NodePort', 'node', port.nodePort)),
      ...(spec.externalIPs ?? []).filter(isIpv4).flatMap(address => both('ExternalIP', address)),
      ...(spec.type === 'LoadBalancer' ? (status?.loadBalancer?.ingress ?? []) : [])
        .flatMap(({ ip }) => (ip !== undefined && isIpv4(ip) ? [ip] : []))
        .flatMap(address => both('LoadBalancer', address)),
    ];
  });
}

interface Endpoint extends Backend {
  readonly node: string | undefined;
  readonly ready: boolean;
  readonly terminating: boolean;
  /** Going away, but still answering: used when there is nothing better (KEP-1669). */
  readonly lastResort: boolean;
}

function endpointsOf(slices: readonly EndpointSlice[], port: ServicePort): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    // By name, not by number: two service ports may lead to one target port.
    const target = slice.ports.find(
      candidate =>
        (candidate.name ?? '') === (port.name ?? '') &&
        (candidate.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (target === undefined) continue;
    for (const { addresses, conditions = {}, nodeName } of slice.endpoints) {
      const [address] = addresses;
      if (address === undefined) continue;
      const ready = conditions.ready ?? true;
      const terminating = conditions.terminating ?? false;
      found.set(`${address}:${target.port}`, {
        address,
        port: target.port,
        node: nodeName,
        ready,
        terminating,
        lastResort: !ready && terminating && (conditions.serving ?? false),
      });
    }
  }
  return [...found.values()];
}

function eligible(endpoints: readonly Endpoint[], options: FrontendOptions): Backend[] {
  const ready = endpoints.filter(endpoint => endpoint.ready);
  const chosen = ready.length > 0 ? ready : endpoints.filter(endpoint => endpoint.lastResort);
  const backends = chosen
    .map(backendOf)
    .sort((one, other) => one.address.localeCompare(other.address) || one.port - other.port);
  // A single backend stays, or the fault would be no more than a service that is down.
  return options.faults.has('lb-backend-missing') && backends.length > 1 ? backends.slice(1) : backends;
}

function backendOf({ address, port }: Backend): Backend {
  return { address, port };
}

function isIpv4(address: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(address);
}
