import type { Definition } from '../definitions.ts';
import { isObject, type JsonObject, listAt, objectAt } from '../json.ts';
import { listMerge } from '../patch/merge-keys.ts';

/** How a part of an object is owned: whole, or by its members and items (server-side apply's merge strategies). */
export interface Shape {
  /** A map with one owner for all of it. */
  readonly atomic: boolean;
  /**
   * For a list with an owner for each item: the members that tell items apart, with what an absent one counts as;
   * none of them for a set of plain values. Undefined: the list has one owner.
   */
  readonly keys: ReadonlyMap<string, unknown> | undefined;
  /** False for a map whose keys are the user's, such as labels. */
  readonly named: boolean;
  member(name: string): Shape;
  item(): Shape;
}

/** Maps whose keys are the user's. */
const openMaps = new Set(
  'labels annotations data binaryData stringData limits requests capacity allocatable hard used overhead'.split(
    ' ',
  ),
);

/**
 * Members of built-in kinds that are owned whole (`x-kubernetes-map-type: atomic`), by `parent.name` or by name:
 * the schemas of k8s.io/client-go/applyconfigurations/internal. Lists are, unless merge-keys.ts has keys for them.
 */
const atomicMaps = new Set(
  [
    'selector podSelector labelSelector nodeSelector scopeSelector involvedObject related roleRef targetRef secretRef',
    'configMapKeyRef fieldRef fileKeyRef resourceFieldRef secretKeyRef dataSource nodePublishSecretRef',
    'requiredDuringSchedulingIgnoredDuringExecution service.port defaultBackend.resource',
  ]
    .join(' ')
    .split(' '),
);

/** Lists whose items, though told apart, are owned whole. */
const atomicItems = new Set(['ownerReferences', 'imagePullSecrets', 'secrets']);

const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

function builtIn(parent: string, name: string): Shape {
  const merge = listMerge(parent, name);
  return {
    atomic: atomicMaps.has(name) || atomicMaps.has(`${parent}.${name}`),
    keys: merge === undefined ? undefined : new Map(merge.keys.map(key => [key, keyDefaults[key]])),
    named: !openMaps.has(name),
    member: member => builtIn(name, member),
    item: () => ({ ...builtIn(parent, name), atomic: atomicItems.has(name), keys: undefined }),
  };
}

/** Of values no schema describes: maps by their members, lists whole. */
const untyped: Shape = {
  atomic: false,
  keys: undefined,
  named: false,
  member: () => untyped,
  item: () => untyped,
};

function bySchema(schema: JsonObject | undefined): Shape {
  if (schema === undefined) return untyped;
  const items = objectAt(schema, 'items');
  const listType = schema['x-kubernetes-list-type'];
  const keys = listAt(schema, 'x-kubernetes-list-map-keys').map(String);
  const defaults = objectAt(items, 'properties') ?? {};
  const properties = objectAt(schema, 'properties');
  const additional = schema.additionalProperties;
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    keys:
      listType === 'map' || listType === 'set'
        ? new Map(keys.map(key => [key, objectAt(defaults, key)?.default]))
        : undefined,
    named: properties !== undefined,
    member: name => bySchema(objectAt(properties, name) ?? (isObject(additional) ? additional : undefined)),
    item: () => bySchema(items),
  };
}

/** The shape of a resource's objects in a version. */
export function shapeOf(definition: Definition, version: string): Shape {
  const custom = definition.custom?.get(version);
  if (custom === undefined) return { ...builtIn('', ''), atomic: false };
  const own = bySchema(custom.schema);
  return {
    ...own,
    member: name => (name === 'metadata' ? builtIn('', 'metadata') : own.member(name)),
  };
}
