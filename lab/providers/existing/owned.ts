import type { KubeApi } from '../../../helpers/kube/client.ts';
import { leases, nodes, pods, secrets } from '../../../helpers/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import { ownedLabels } from '../../topologies/manifests.ts';
import type { Permission } from './schema.ts';

export interface Ownership {
  /** Stands for `default` in everything claims say. */
  readonly namespace: string;
  readonly allow: ReadonlySet<Permission>;
  /** Those of the inventory: others are not touched. */
  readonly nodes: readonly string[];
  /** Told of each label and annotation of a node, and of its cordon, before it is changed. */
  onNodeChange?(node: string, fields: readonly string[]): void;
  /** Told of each object of ours outside our namespace, before it is made. */
  onMake?(type: ResourceType, object: { readonly name: string; readonly namespace?: string }): void;
  /** Told of each permission that is needed, before it is looked for. */
  onNeed?(permission: Permission): void;
}

/** It would have changed or deleted something that is not ours, and did not. */
export class NotOurs extends Error {
  constructor(what: string) {
    super(`refused: ${what}`);
    this.name = 'NotOurs';
  }
}

/** Claims have their objects in `default`, as the documents do; what others have there gets another name. */
const theirDefault = 'default (not ours)';

/**
 * A cluster's API that touches what is ours alone: objects with our label, and whatever is in our own namespace. New
 * objects get the label. What an inventory allows beside is let through. Everything else is a {@link NotOurs}.
 */
export function ownedKube(
  kube: KubeApi,
  { namespace, allow, nodes: ours, onNodeChange = () => {}, onMake = () => {}, onNeed = () => {} }: Ownership,
): KubeApi {
  const spoken = spokenOf(namespace);
  const outward = (given: string | undefined): string | undefined => {
    if (given === 'default') return namespace;
    return given === theirDefault ? 'default' : given;
  };
  const inward = <T extends KubeObject>(object: T): T => {
    const { namespace: home } = object.metadata;
    if (home === undefined) return spoken.inward(object);
    if (home !== namespace && home !== 'default') return object;
    return {
      ...object,
      metadata: { ...object.metadata, namespace: home === namespace ? 'default' : theirDefault },
    };
  };
  const labelled = <T extends KubeObject>(type: ResourceType, object: T): T => {
    const { namespace: home, labels, ...metadata } = object.metadata;
    return {
      ...spoken.outward(object),
      metadata: {
        ...metadata,
        ...(type.namespaced ? { namespace: outward(home ?? 'default') } : {}),
        labels: { ...labels, ...ownedLabels },
      },
    };
  };
  const need = (permission: Permission, what: string): void => {
    onNeed(permission);
    if (!allow.has(permission)) throw new NotOurs(`${what} needs "${permission}" in the inventory's allow`);
  };
  /** @param home as the cluster has it */
  const mustBeOurs = async (
    type: ResourceType,
    name: string,
    home: string | undefined,
    what: string,
  ): Promise<void> => {
    if (home === namespace) return;
    const there = await kube.get(type, name, home);
    if (there === undefined || isOwned(there)) return;
    const where = home === undefined ? '' : ` in ${home}`;
    throw new NotOurs(
      `${what} ${type.kind} ${name}${where}, which is not ours (no label ${Object.keys(ownedLabels)[0]})`,
    );
  };
  const patchNode = async <T extends KubeObject>(name: string, patch: NodePatch): Promise<T> => {
    if (!ours.includes(name)) throw new NotOurs(`changing node ${name}, which the inventory does not name`);
    const node = await kube.get(nodes, name);
    if (patch.spec?.unschedulable === true) need('drain-nodes', `cordoning node ${name}`);
    const cordoned = node?.spec?.unschedulable === true;
    if (patch.spec !== undefined && !cordoned && patch.spec.unschedulable === null) delete patch.spec;
    else if (patch.spec !== undefined) need('drain-nodes', `uncordoning node ${name}`);
    const other = [
      ...Object.keys(patch),
      ...Object.keys(patch.metadata ?? {}),
      ...Object.keys(patch.spec ?? {}),
    ].filter(field => !['metadata', 'labels', 'annotations', 'spec', 'unschedulable'].includes(field));
    if (other.length > 0) throw new NotOurs(`changing ${other.join(', ')} of node ${name}`);
    if (patch.metadata !== undefined) need('label-nodes', `labelling node ${name}`);
    onNodeChange(name, [
      ...Object.keys(patch.metadata?.labels ?? {}).map(key => `label ${key}`),
      ...Object.keys(patch.metadata?.annotations ?? {}).map(key => `annotation ${key}`),
      ...(patch.spec === undefined ? [] : ['cordon']),
    ]);
    return kube.patch<T>(nodes as unknown as ResourceType<T>, name, undefined, patch);
  };

  const making = <T extends KubeObject>(type: ResourceType, object: T): T => {
    const wanted = labelled(type, object);
    const { name, namespace: home } = wanted.metadata;
    if (home !== namespace) onMake(type, { name, ...(home === undefined ? {} : { namespace: home }) });
    return wanted;
  };

  return {
    get: async (type, name, home) => {
      const object = await kube.get(type, spoken.nameOutward(type, name), outward(home));
      if (object === undefined) return undefined;
      const theirSecret = type.plural === secrets.plural && object.metadata.namespace !== namespace;
      if (theirSecret && !isOwned(object)) need('read-secrets', `reading Secret ${name}`);
      return inward(object);
    },
    list: async (type, options = {}) => {
      const home = outward(options.namespace);
      const { namespace: _, ...others } = options;
      return (await kube.list(type, home === undefined ? others : { ...others, namespace: home })).map(
        inward,
      );
    },
    create: async (type, object, options) => inward(await kube.create(type, making(type, object), options)),
    apply: async (type, object) => {
      const wanted = making(type, object);
      await mustBeOurs(type, wanted.metadata.name, wanted.metadata.namespace, 'changing');
      return inward(await kube.apply(type, wanted));
    },
    applyServerSide: async (type, object) => {
      const wanted = making(type, object);
      await mustBeOurs(type, wanted.metadata.name, wanted.metadata.namespace, 'changing');
      return inward(await kube.applyServerSide(type, wanted));
    },
    patch: async (type, name, home, patch) => {
      if (type.plural === nodes.plural && type.group === '')
        return patchNode(name, structuredClone(patch) as NodePatch);
      await mustBeOurs(type, name, outward(home), 'changing');
      return inward(await kube.patch(type, name, outward(home), spoken.outward(patch)));
    },
    patchStatus: async (type, name, home, patch) => {
      await mustBeOurs(type, name, outward(home), 'changing the status of');
      return inward(await kube.patchStatus(type, name, outward(home), patch));
    },
    delete: async (type, name, home) => {
      const there = outward(home);
      if (there === 'kube-system' && type.plural === pods.plural)
        need('restart-agents', `deleting pod ${name}`);
      else await mustBeOurs(type, name, there, 'deleting');
      await kube.delete(type, name, there);
    },
    watchUntil: async (type, name, home, isThere, deadlineMs) => {
      const seen = (object: Parameters<typeof isThere>[0]): boolean =>
        isThere(object === undefined ? undefined : inward(object));
      const object = await kube.watchUntil(type, name, outward(home), seen, deadlineMs);
      return object === undefined ? undefined : inward(object);
    },
    scale: async (type, name, home, replicas) => {
      const there = outward(home) ?? namespace;
      await mustBeOurs(type, name, there, 'scaling');
      await kube.scale(type, name, there, replicas);
    },
    // Pods of others stay on a drained node: it is ours alone that leave.
    evict: async (pod, home) => {
      if (outward(home) === namespace) await kube.evict(pod, namespace);
    },
    exec: (pod, home, container, argv) => kube.exec(pod, outward(home) ?? namespace, container, argv),
    logs: (pod, home, lines) => kube.logs(pod, outward(home) ?? namespace, lines),
    executor: (pod, home, container) => kube.executor(pod, outward(home) ?? namespace, container),
    close: () => kube.close(),
  };
}

interface NodePatch {
  metadata?: { labels?: Record<string, string | null>; annotations?: Record<string, string | null> };
  spec?: { unschedulable?: boolean | null };
}

const serviceNamespace = 'io.kubernetes.service.namespace';
const leasePrefix = (namespace: string): string => `cilium-l2announce-${namespace}-`;

/** Where Cilium has a namespace's name in other things: selectors of services, names of leases. */
function spokenOf(namespace: string) {
  return {
    outward: <T>(value: T): T => selecting(value, 'default', namespace),
    inward: <T>(value: T): T => selecting(value, namespace, 'default'),
    nameOutward: (type: ResourceType, name: string): string =>
      type.plural === leases.plural && name.startsWith(leasePrefix('default'))
        ? name.replace(leasePrefix('default'), leasePrefix(namespace))
        : name,
  };
}

/** A value whose selectors of services name one namespace in place of another. */
function selecting<T>(value: T, from: string, to: string): T {
  const changed = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(changed);
    if (typeof inner !== 'object' || inner === null) return inner;
    const { key, values } = inner as { key?: unknown; values?: unknown };
    if (key === serviceNamespace && Array.isArray(values))
      return { ...inner, values: values.map(word => (word === from ? to : word)) };
    return Object.fromEntries(
      Object.entries(inner).map(([name, each]) => [
        name,
        name === serviceNamespace && each === from ? to : changed(each),
      ]),
    );
  };
  return changed(value) as T;
}

/** It carries our label. */
export function isOwned({ metadata }: KubeObject): boolean {
  return Object.entries(ownedLabels).every(([key, value]) => metadata.labels?.[key] === value);
}
