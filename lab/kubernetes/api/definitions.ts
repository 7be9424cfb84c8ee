import type { ResourceType } from '../../../helpers/kube/types.ts';
import type { JsonObject } from './json.ts';

export type Subresource = 'status' | 'scale';

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: number;
  readonly format?: string;
}

/** One served version of a custom resource. */
export interface CustomVersion {
  readonly name: string;
  readonly schema: JsonObject | undefined;
  readonly columns: readonly PrinterColumn[];
  readonly warning: string | undefined;
  readonly selectableFields: readonly string[];
}

/** A resource as discovery describes it; built in, or from a CustomResourceDefinition. */
export interface Definition {
  readonly group: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Served versions, the preferred one first. */
  readonly versions: readonly string[];
  readonly storageVersion: string;
  readonly subresources: readonly Subresource[];
  /** Whether `metadata.generation` counts changes of the specification. */
  readonly counted: boolean;
  readonly custom?: ReadonlyMap<string, CustomVersion>;
}

/** `group/plural`, the key of a resource whatever its version. */
export function resourceKey(of: Pick<ResourceType, 'group' | 'plural'>): string {
  return `${of.group}/${of.plural}`;
}

export function groupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

interface Options {
  short?: string[];
  all?: boolean;
  cluster?: boolean;
  sub?: Subresource[];
  counted?: boolean;
}

function builtIn(apiVersion: string, plural: string, kind: string, options: Options = {}): Definition {
  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  return {
    group,
    plural,
    singular: kind.toLowerCase(),
    kind,
    listKind: `${kind}List`,
    namespaced: options.cluster !== true,
    shortNames: options.short ?? [],
    categories: options.all === true ? ['all'] : [],
    versions: [version],
    storageVersion: version,
    subresources: options.sub ?? [],
    counted: options.counted ?? false,
  };
}

const status: Subresource[] = ['status'];
const scalable: Subresource[] = ['status', 'scale'];
const cluster = true;
const counted = true;
const all = true;
const rbac = 'rbac.authorization.k8s.io/v1';

export const builtInDefinitions: readonly Definition[] = [
  builtIn('v1', 'configmaps', 'ConfigMap', { short: ['cm'] }),
  builtIn('v1', 'endpoints', 'Endpoints', { short: ['ep'] }),
  builtIn('v1', 'events', 'Event', { short: ['ev'] }),
  builtIn('v1', 'limitranges', 'LimitRange', { short: ['limits'] }),
  builtIn('v1', 'namespaces', 'Namespace', { short: ['ns'], cluster, sub: status }),
  builtIn('v1', 'nodes', 'Node', { short: ['no'], cluster, sub: status }),
  builtIn('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', { short: ['pvc'], sub: status }),
  builtIn('v1', 'persistentvolumes', 'PersistentVolume', { short: ['pv'], cluster, sub: status }),
  builtIn('v1', 'pods', 'Pod', { short: ['po'], all, sub: status }),
  builtIn('v1', 'replicationcontrollers', 'ReplicationController', {
    short: ['rc'],
    all,
    sub: scalable,
    counted,
  }),
  builtIn('v1', 'resourcequotas', 'ResourceQuota', { short: ['quota'], sub: status }),
  builtIn('v1', 'secrets', 'Secret'),
  builtIn('v1', 'serviceaccounts', 'ServiceAccount', { short: ['sa'] }),
  builtIn('v1', 'services', 'Service', { short: ['svc'], all, sub: status }),
  builtIn('apiextensions.k8s.io/v1', 'customresourcedefinitions', 'CustomResourceDefinition', {
    short: ['crd', 'crds'],
    cluster,
    sub: status,
    counted,
  }),
  builtIn('apps/v1', 'controllerrevisions', 'ControllerRevision'),
  builtIn('apps/v1', 'daemonsets', 'DaemonSet', { short: ['ds'], all, sub: status, counted }),
  builtIn('apps/v1', 'deployments', 'Deployment', { short: ['deploy'], all, sub: scalable, counted }),
  builtIn('apps/v1', 'replicasets', 'ReplicaSet', { short: ['rs'], all, sub: scalable, counted }),
  builtIn('apps/v1', 'statefulsets', 'StatefulSet', { short: ['sts'], all, sub: scalable, counted }),
  builtIn('batch/v1', 'cronjobs', 'CronJob', { short: ['cj'], all, sub: status, counted }),
  builtIn('batch/v1', 'jobs', 'Job', { all, sub: status, counted }),
  builtIn('coordination.k8s.io/v1', 'leases', 'Lease'),
  builtIn('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice', { counted }),
  builtIn('networking.k8s.io/v1', 'ingressclasses', 'IngressClass', { cluster, counted }),
  builtIn('networking.k8s.io/v1', 'ingresses', 'Ingress', { short: ['ing'], sub: status, counted }),
  builtIn('networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy', { short: ['netpol'], counted }),
  builtIn('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', {
    short: ['pdb'],
    sub: status,
    counted,
  }),
  builtIn(rbac, 'clusterrolebindings', 'ClusterRoleBinding', { cluster }),
  builtIn(rbac, 'clusterroles', 'ClusterRole', { cluster }),
  builtIn(rbac, 'rolebindings', 'RoleBinding'),
  builtIn(rbac, 'roles', 'Role'),
];

/** The resources the server knows at a moment: the built-in ones, and those of registered CRDs. */
export class Definitions {
  readonly #byKey = new Map<string, Definition>();
  #revision = 0;

  constructor() {
    for (const definition of builtInDefinitions) this.#byKey.set(resourceKey(definition), definition);
  }

  /** Counts registrations: what was derived from an older number is out of date. */
  get revision(): number {
    return this.#revision;
  }

  get(group: string, plural: string): Definition | undefined {
    return this.#byKey.get(`${group}/${plural}`);
  }

  all(): Iterable<Definition> {
    return this.#byKey.values();
  }

  /** By kind, as owner references name it. */
  byKind(group: string, kind: string): Definition | undefined {
    for (const definition of this.#byKey.values()) {
      if (definition.group === group && definition.kind === kind) return definition;
    }
    return undefined;
  }

  register(definition: Definition): void {
    this.#byKey.set(resourceKey(definition), definition);
    this.#revision++;
  }

  unregister(definition: Definition): void {
    this.#byKey.delete(resourceKey(definition));
    this.#revision++;
  }
}
