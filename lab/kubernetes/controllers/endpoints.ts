import {
  type EndpointSlice,
  endpointSlices,
  endpoints as endpointsType,
  type Pod,
  pods,
  type Service,
  services,
} from '../../../helpers/kube/resources.ts';
import type { KubeClient } from '../api/client.ts';
import { matchesLabelSelector } from '../api/selectors.ts';
import { type BackendGroup, backendsOf, distribute, portsKey, subsetsOf } from './backends.ts';
import type { ControllerContext } from './context.ts';
import { keyOf, ownedBy, randomSuffix, splitKey } from './objects.ts';
import { workQueue } from './queue.ts';

const serviceLabel = 'kubernetes.io/service-name';
const managerLabel = 'endpointslice.kubernetes.io/managed-by';
const manager = 'endpointslice-controller.k8s.io';

/** Keeps EndpointSlices, and the older Endpoints, of every service with a selector. */
export function startEndpoints({ kube, log }: Pick<ControllerContext, 'kube' | 'log'>): () => void {
  const queue = workQueue(
    key => reconcile(kube, key),
    line => log(`endpoints: ${line}`),
  );
  const stops = [
    kube.watch(services, (_, service) => queue.add(keyOf(service))),
    kube.watch(pods, (_, pod, previous) => {
      for (const service of kube.list(services, { namespace: pod.metadata.namespace ?? 'default' })) {
        if (selects(service, pod) || (previous !== undefined && selects(service, previous)))
          queue.add(keyOf(service));
      }
    }),
    // Somebody else's hand on our slices is undone.
    kube.watch(endpointSlices, (_, { metadata: { namespace, labels } }) => {
      const service = labels?.[managerLabel] === manager ? labels[serviceLabel] : undefined;
      if (service !== undefined) queue.add(`${namespace}/${service}`);
    }),
    queue.stop,
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function selects(service: Service, pod: Pod): boolean {
  const { selector, type } = service.spec;
  return (
    selector !== undefined &&
    Object.keys(selector).length > 0 &&
    type !== 'ExternalName' &&
    matchesLabelSelector({ matchLabels: selector }, pod.metadata.labels)
  );
}

function reconcile(kube: KubeClient, key: string): void {
  const { namespace, name } = splitKey(key);
  const service = kube.get(services, name, namespace);
  if (service === undefined) {
    for (const slice of slicesOf(kube, namespace, name))
      kube.delete(endpointSlices, slice.metadata.name, namespace);
    if (kube.get(endpointsType, name, namespace)?.metadata.labels?.[endpointsManagerLabel] !== undefined)
      kube.delete(endpointsType, name, namespace);
    return;
  }
  // Without a selector another controller manages the endpoints.
  if (Object.keys(service.spec.selector ?? {}).length === 0 || service.spec.type === 'ExternalName') return;
  const groups = backendsOf(
    service,
    kube.list(pods, { namespace }).filter(pod => selects(service, pod)),
  );
  writeSlices(kube, service, groups);
  writeEndpoints(kube, service, groups);
}

const slicesOf = (kube: KubeClient, namespace: string, service: string): EndpointSlice[] =>
  kube
    .list(endpointSlices, { namespace })
    .filter(
      ({ metadata: { labels } }) => labels?.[serviceLabel] === service && labels[managerLabel] === manager,
    );

/** A service without any backend has one empty slice. */
function writeSlices(kube: KubeClient, service: Service, groups: readonly BackendGroup[]): void {
  const { name, namespace = 'default' } = service.metadata;
  const existing = slicesOf(kube, namespace, name);
  const wanted = groups.length > 0 ? groups : [{ ports: [], endpoints: [] }];
  const kept = new Set<EndpointSlice>();
  for (const group of wanted) {
    const same = existing.filter(slice => portsKey(slice.ports) === portsKey(group.ports));
    const before = same.map(slice => slice.endpoints);
    const after = group.endpoints.length > 0 ? distribute(before, group.endpoints) : [[]];
    for (const [index, endpoints] of after.entries()) {
      const slice = same[index];
      if (slice !== undefined && (endpoints.length > 0 || group.endpoints.length === 0)) {
        kept.add(slice);
        kube.update(endpointSlices, slice.metadata.name, namespace, draft => {
          draft.metadata.labels = labelsOf(service);
          draft.endpoints = endpoints;
          draft.ports = group.ports;
        });
      } else if (slice === undefined) {
        kube.create(endpointSlices, {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: {
            name: `${name}-${randomSuffix()}`,
            generateName: `${name}-`,
            namespace,
            labels: labelsOf(service),
            ownerReferences: [ownedBy(service)],
          },
          addressType: 'IPv4',
          endpoints,
          ports: group.ports,
        });
      }
    }
  }
  for (const slice of existing) {
    if (!kept.has(slice)) kube.delete(endpointSlices, slice.metadata.name, namespace);
  }
}

function labelsOf(service: Service): Record<string, string> {
  return {
    ...service.metadata.labels,
    [managerLabel]: manager,
    [serviceLabel]: service.metadata.name,
    ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
  };
}

const endpointsManagerLabel = 'endpoints.kubernetes.io/managed-by';

function writeEndpoints(kube: KubeClient, service: Service, groups: readonly BackendGroup[]): void {
  const { name, namespace = 'default' } = service.metadata;
  const labels = { ...service.metadata.labels, [endpointsManagerLabel]: 'endpoint-controller' };
  const subsets = subsetsOf(groups);
  const updated = kube.update(endpointsType, name, namespace, draft => {
    draft.metadata.labels = labels;
    draft.subsets = subsets;
  });
  if (updated !== undefined) return;
  kube.create(endpointsType, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, labels },
    subsets,
  });
}
