import { endpointSlices, endpoints, namespaces, pods, services } from '../../../helpers/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import { apiVersionOf } from '../../../helpers/kube/types.ts';
import { firstServiceAddress } from './admission/service-addresses.ts';
import type { KubeClient, ListOptions, WatchEventType } from './client.ts';
import { type Definition, resourceKey } from './definitions.ts';
import { Deletion } from './deletion.ts';
import { ApiError, noSuchResource } from './errors.ts';
import { clone } from './json.ts';
import { fillNamespaces } from './namespace-contents.ts';
import { inVersion, Objects } from './objects.ts';
import type { CelRules } from './schema/validate.ts';
import { parseLabelSelector } from './selectors.ts';
import type { Change, Stored } from './storage.ts';

export interface StoreOptions {
  /** The cluster's service network, e.g. `10.96.0.0/16`; the `kubernetes` service gets its first address. */
  readonly serviceCidr: string;
  /** Where the API server listens: becomes the endpoints of the `kubernetes` service. */
  readonly apiServer?: { readonly address: string; readonly port: number };
  /** The API server's authority, PEM: every namespace gets it as the ConfigMap `kube-root-ca.crt`. */
  readonly rootCa?: string;
  /** How many changes a watch may lag behind before it gets 410 Gone. Default 10000. */
  readonly historyLimit?: number;
  /** `x-kubernetes-validations` rules by their text; rules that are not here are not checked. */
  readonly celRules?: CelRules;
}

/** The cluster's objects: for the lab's controllers (`KubeClient`), and below it for the HTTP server. */
export interface Store extends KubeClient {
  readonly objects: Objects;
  readonly deletion: Deletion;
}

const firstNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

class LocalClient implements Store {
  readonly objects: Objects;
  readonly deletion: Deletion;

  constructor(options: StoreOptions) {
    this.objects = new Objects({
      serviceCidr: options.serviceCidr,
      historyLimit: options.historyLimit ?? 10_000,
      celRules: options.celRules ?? {},
    });
    this.deletion = new Deletion(this.objects);
  }

  get<T extends KubeObject>(type: ResourceType<T>, name: string, namespace?: string): T | undefined {
    const definition = this.#definition(type);
    const found = this.objects.get(definition, this.#namespace(definition, namespace), name);
    return found === undefined ? undefined : this.#as(definition, type, found);
  }

  list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): readonly T[] {
    const definition = this.#definition(type);
    const matches = parseLabelSelector(options.labelSelector);
    return this.objects.storage
      .list(resourceKey(definition), options.namespace)
      .filter(object => matches(object.metadata.labels))
      .map(object => this.#as(definition, type, object));
  }

  create<T extends KubeObject>(type: ResourceType<T>, object: T): T {
    const definition = this.#definition(type);
    const { namespace } = object.metadata;
    const created = this.objects.create(definition, type.version, object, namespace, { local: true });
    return this.#as(definition, type, created);
  }

  update<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    mutate: (draft: T) => void,
  ): T | undefined {
    return this.#write(type, name, namespace, mutate, undefined);
  }

  updateStatus<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    mutate: (draft: T) => void,
  ): T | undefined {
    return this.#write(type, name, namespace, mutate, 'status');
  }

  delete(
    type: ResourceType,
    name: string,
    namespace?: string,
    options: { readonly gracePeriodSeconds?: number } = {},
  ): void {
    const definition = this.#definition(type);
    const home = this.#namespace(definition, namespace);
    if (this.objects.get(definition, home, name) === undefined) return;
    const isPod = resourceKey(definition) === resourceKey(pods);
    this.deletion.delete(definition, home, name, isPod ? options : {});
  }

  watch<T extends KubeObject>(
    type: ResourceType<T>,
    handler: (event: WatchEventType, object: T, previous: T | undefined) => void,
  ): () => void {
    const definition = this.#definition(type);
    const resource = resourceKey(definition);
    let stopped = false;
    const deliver = (event: WatchEventType, object: Stored, previous: Stored | undefined): void => {
      queueMicrotask(() => {
        if (stopped) return;
        const before = previous === undefined ? undefined : this.#as(definition, type, previous);
        handler(event, this.#as(definition, type, object), before);
      });
    };
    for (const object of this.objects.storage.list(resource)) deliver('ADDED', object, undefined);
    const unfollow = this.objects.storage.follow((change: Change) => {
      if (change.resource === resource) deliver(change.type, change.object, change.previous);
    });
    return () => {
      stopped = true;
      unfollow();
    };
  }

  #write<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    mutate: (draft: T) => void,
    subresource: 'status' | undefined,
  ): T | undefined {
    const definition = this.#definition(type);
    const home = this.#namespace(definition, namespace);
    const current = this.objects.get(definition, home, name);
    if (current === undefined) return undefined;
    const draft = clone(this.#as(definition, type, current));
    mutate(draft);
    const written = this.objects.replace(definition, type.version, home, name, draft, {
      local: true,
      // Without the subresource, status is an ordinary member.
      ...(subresource !== undefined && definition.subresources.includes('status') ? { subresource } : {}),
    });
    return this.#as(definition, type, written);
  }

  #definition(type: ResourceType): Definition {
    const definition = this.objects.definitions.get(type.group, type.plural);
    if (definition?.versions.includes(type.version) !== true) {
      throw new ApiError(
        404,
        'NotFound',
        `the Kubernetes store has no resource ${type.plural} in ${apiVersionOf(type)}: is its CustomResourceDefinition created?`,
        noSuchResource().details,
      );
    }
    return definition;
  }

  #namespace(definition: Definition, namespace: string | undefined): string | undefined {
    return definition.namespaced ? (namespace ?? 'default') : undefined;
  }

  #as<T extends KubeObject>(definition: Definition, type: ResourceType<T>, object: Stored): T {
    return inVersion(definition, object, type.version) as unknown as T;
  }
}

function createKubernetesService(store: Store, options: StoreOptions): void {
  const metadata = {
    name: 'kubernetes',
    namespace: 'default',
    labels: { component: 'apiserver', provider: 'kubernetes' },
  };
  const { address, port } = options.apiServer ?? { address: undefined, port: 6443 };
  store.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'ClusterIP',
      clusterIP: firstServiceAddress(options.serviceCidr),
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
    },
  });
  if (address === undefined) return;
  const ports = [{ name: 'https', port, protocol: 'TCP' as const }];
  store.create(endpoints, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: [{ ip: address }], ports }],
  } as KubeObject);
  store.create(endpointSlices, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  });
}

/** A cluster's store as it is right after `kubeadm init`: the first namespaces, and the `kubernetes` service. */
export function createStore(options: StoreOptions): Store {
  const store = new LocalClient(options);
  for (const name of firstNamespaces) {
    store.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  createKubernetesService(store, options);
  fillNamespaces(store, options.rootCa);
  return store;
}
