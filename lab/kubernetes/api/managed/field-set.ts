import { isObject, type JsonObject } from '../json.ts';

/**
 * A set of fields of an object, as a tree of path elements in the notation of `fieldsV1`: `f:spec` a member,
 * `k:{"port":80}` a list's item by its keys, `v:"x"` a value of a set (structured-merge-diff, fieldpath).
 */
export interface FieldSet {
  /** Whether the path that leads here is itself in the set. */
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const none: FieldSet = { member: false, children: new Map() };
export const leaf: FieldSet = { member: true, children: new Map() };

export function isEmpty(set: FieldSet | undefined): boolean {
  return set === undefined || (!set.member && set.children.size === 0);
}

/** A node with its empty children left out. */
export function node(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  return { member, children: new Map([...children].filter(([, child]) => !isEmpty(child))) };
}

function combine(a: FieldSet, b: FieldSet, keep: (inA: boolean, inB: boolean) => boolean): FieldSet {
  const keys = new Set([...a.children.keys(), ...b.children.keys()]);
  return node(
    keep(a.member, b.member),
    [...keys].map(key => [key, combine(a.children.get(key) ?? none, b.children.get(key) ?? none, keep)]),
  );
}

export const union = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA || inB);
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA && inB);
export const difference = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA && !inB);

/** Every path of the set. */
export function* pathsOf(set: FieldSet, prefix: readonly string[] = []): Iterable<readonly string[]> {
  if (set.member) yield prefix;
  for (const [element, child] of set.children) yield* pathsOf(child, [...prefix, element]);
}

/** The value of `fieldsV1`. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const fields: JsonObject = {};
  if (set.member && set.children.size > 0) fields['.'] = {};
  for (const [element, child] of [...set.children].sort(([a], [b]) => (a < b ? -1 : 1))) {
    fields[element] = toFieldsV1(child);
  }
  return fields;
}

/** The set at the root has no path of its own, so the root is never a member. */
export function fromFieldsV1(fields: unknown, isRoot = true): FieldSet {
  if (!isObject(fields)) return none;
  const children = Object.entries(fields).filter(([element]) => element !== '.');
  return {
    member: !isRoot && (children.length === 0 || fields['.'] !== undefined),
    children: new Map(children.map(([element, child]) => [element, fromFieldsV1(child, false)])),
  };
}

/** `.spec.ports[port=80,protocol="TCP"].name`: a path as conflicts name it. */
export function printPath(path: readonly string[]): string {
  return path
    .map(element => {
      const body = element.slice(2);
      if (element.startsWith('f:')) return `.${body}`;
      if (!element.startsWith('k:')) return element.startsWith('v:') ? `[=${body}]` : `[${body}]`;
      const keys = Object.entries(JSON.parse(body) as JsonObject);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}
