import type { EndpointSlice, Endpoints, Pod, Service } from '../../../helpers/kube/resources.ts';
import { isFinished, isReady, isTerminating } from './objects.ts';

/** A service's backends, from its pods: plain data, shared by EndpointSlices and the older Endpoints. */

export type Endpoint = EndpointSlice['endpoints'][number];
export type Port = EndpointSlice['ports'][number];

/** Backends that serve the same ports. Named target ports may differ from pod to pod; a slice has one set of ports. */
export interface BackendGroup {
  readonly ports: Port[];
  readonly endpoints: Endpoint[];
}

export const portsKey = (ports: readonly Port[]): string =>
  ports
    .map(({ name = '', protocol = 'TCP', port }) => `${name}/${protocol}/${port}`)
    .sort()
    .join(',');

/** Pods with an address, ended ones excluded, grouped by the ports the service leads to on them. */
export function backendsOf(service: Service, pods: readonly Pod[]): BackendGroup[] {
  const groups = new Map<string, BackendGroup>();
  for (const pod of pods) {
    if ((pod.status?.podIP ?? '') === '' || isFinished(pod)) continue;
    const ports = portsOn(service, pod);
    // A pod that has none of the service's named ports serves nothing.
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue;
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(endpointOf(service, pod));
  }
  return [...groups.values()];
}

function portsOn(service: Service, pod: Pod): Port[] {
  return (service.spec.ports ?? []).flatMap(({ name = '', protocol = 'TCP', port, targetPort }) => {
    const number = targetNumber(pod, targetPort ?? port, protocol);
    return number === undefined ? [] : [{ name, protocol, port: number }];
  });
}

function targetNumber(pod: Pod, target: number | string, protocol: string): number | undefined {
  if (typeof target === 'number') return target;
  return pod.spec.containers
    .flatMap(container => container.ports ?? [])
    .find(port => port.name === target && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

function endpointOf(service: Service, pod: Pod): Endpoint {
  const { name, namespace = 'default', uid } = pod.metadata;
  const terminating = isTerminating(pod);
  const publishes =
    (service.spec as { publishNotReadyAddresses?: boolean }).publishNotReadyAddresses === true;
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {
      // A terminating pod takes no new connections, whatever its probe says; `serving` tells the latter.
      ready: publishes || (isReady(pod) && !terminating),
      serving: isReady(pod),
      terminating,
    },
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', name, namespace, ...(uid === undefined ? {} : { uid }) },
  };
}

/**
 * Spreads endpoints over slices of at most `limit`. Each stays in the slice it is in, so that one change writes
 * one slice and no watcher ever sees a backend twice or not at all.
 * @param existing the endpoints of the slices there are, in order
 * @returns the new endpoints of those slices (empty: to be deleted), then those of slices to be created
 */
export function distribute(
  existing: readonly Endpoint[][],
  wanted: readonly Endpoint[],
  limit = 100,
): Endpoint[][] {
  const left = new Map(wanted.map(endpoint => [identity(endpoint), endpoint]));
  const slices = existing.map(slice =>
    slice.flatMap(before => {
      const now = left.get(identity(before));
      left.delete(identity(before));
      return now ?? [];
    }),
  );
  for (const endpoint of left.values()) {
    const room =
      slices.find(slice => slice.length > 0 && slice.length < limit) ??
      slices.find(slice => slice.length < limit);
    if (room === undefined) slices.push([endpoint]);
    else room.push(endpoint);
  }
  return slices;
}

const identity = (endpoint: Endpoint): string => endpoint.targetRef?.uid ?? endpoint.addresses.join();

/** The same as `v1 Endpoints` has it: by ports, ready and not ready apart, terminating pods left out. */
export function subsetsOf(groups: readonly BackendGroup[]): NonNullable<Endpoints['subsets']> {
  return groups.flatMap(({ ports, endpoints }) => {
    const staying = endpoints.filter(endpoint => endpoint.conditions?.terminating !== true);
    if (staying.length === 0) return [];
    const addresses = (ready: boolean) =>
      staying
        .filter(endpoint => endpoint.conditions?.ready === ready)
        .map(({ addresses: [ip = ''], nodeName, targetRef }) => ({
          ip,
          ...(nodeName === undefined ? {} : { nodeName }),
          ...(targetRef === undefined ? {} : { targetRef }),
        }));
    const ready = addresses(true);
    const notReady = addresses(false);
    return [
      {
        ...(ready.length > 0 ? { addresses: ready } : {}),
        ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
        ports: ports.map(({ name = '', ...port }) => (name === '' ? port : { name, ...port })),
      },
    ];
  });
}
