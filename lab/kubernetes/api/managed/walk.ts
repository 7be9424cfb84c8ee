import { equal, isObject, type JsonObject } from '../json.ts';
import { type FieldSet, isEmpty, leaf, node, none } from './field-set.ts';
import type { Shape } from './shape.ts';

/** The operations of structured-merge-diff (typed/{tofieldset,compare,merge,remove}.go) on plain JSON. */

type Part = { readonly element: string; readonly value: unknown; readonly shape: Shape };

/** What a value is made of where its parts have owners of their own; undefined where it is owned whole. */
function partsOf(value: unknown, shape: Shape): readonly Part[] | undefined {
  if (isObject(value)) {
    if (shape.atomic) return undefined;
    return Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => ({ element: `f:${name}`, value: member, shape: shape.member(name) }));
  }
  if (!Array.isArray(value) || shape.keys === undefined) return undefined;
  const item = shape.item();
  return (value as unknown[]).map(each => ({ element: elementOf(each, shape), value: each, shape: item }));
}

function elementOf(item: unknown, { keys }: Shape): string {
  if (keys === undefined || keys.size === 0 || !isObject(item)) return `v:${JSON.stringify(item)}`;
  const named = [...keys]
    .map(([key, otherwise]): [string, unknown] => [key, item[key] ?? otherwise])
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `k:${JSON.stringify(Object.fromEntries(named))}`;
}

/** The fields of a configuration that is applied. */
export function fieldsOf(value: unknown, shape: Shape): FieldSet {
  const parts = partsOf(value, shape);
  if (parts === undefined) return leaf;
  return node(
    false,
    parts.map(part => {
      const inner = fieldsOf(part.value, part.shape);
      // An item is claimed with its fields, and so is an entry of a map and what is empty.
      const own = Array.isArray(value) || !shape.named || isEmpty(inner);
      return [part.element, { ...inner, member: inner.member || own }];
    }),
  );
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Everything at and below a value. */
function all(value: unknown, shape: Shape): FieldSet {
  const parts = partsOf(value, shape) ?? [];
  return node(
    true,
    parts.map(part => [part.element, all(part.value, part.shape)]),
  );
}

const same: Comparison = { added: none, modified: none, removed: none };

export function compare(old: unknown, next: unknown, shape: Shape): Comparison {
  if (old === undefined) return next === undefined ? same : { ...same, added: all(next, shape) };
  if (next === undefined) return { ...same, removed: all(old, shape) };
  const before = partsOf(old, shape);
  const after = partsOf(next, shape);
  if (before === undefined || after === undefined || Array.isArray(old) !== Array.isArray(next)) {
    return equal(old, next) ? same : { ...same, modified: leaf };
  }
  const pairs = new Map<string, { shape: Shape; old?: unknown; next?: unknown }>();
  for (const part of before) pairs.set(part.element, { shape: part.shape, old: part.value });
  for (const part of after) {
    pairs.set(part.element, { ...pairs.get(part.element), shape: part.shape, next: part.value });
  }
  const found = [...pairs].map(
    ([element, pair]) => [element, compare(pair.old, pair.next, pair.shape)] as const,
  );
  const collect = (which: keyof Comparison): FieldSet =>
    node(
      false,
      found.map(([element, comparison]) => [element, comparison[which]]),
    );
  return { added: collect('added'), modified: collect('modified'), removed: collect('removed') };
}

/** A copy of `live` with an applied configuration merged in. */
export function merge(live: unknown, config: unknown, shape: Shape): unknown {
  if (isObject(config) && isObject(live) && !shape.atomic) {
    const merged: JsonObject = { ...live };
    for (const [name, member] of Object.entries(config)) {
      merged[name] = merge(live[name], member, shape.member(name));
    }
    return merged;
  }
  if (!Array.isArray(config) || !Array.isArray(live) || shape.keys === undefined) return config;
  const item = shape.item();
  const merged = [...(live as unknown[])];
  const places = new Map(merged.map((each, index) => [elementOf(each, shape), index]));
  for (const each of config as unknown[]) {
    const place = places.get(elementOf(each, shape));
    if (place === undefined) merged.push(each);
    else merged[place] = merge(merged[place], each, item);
  }
  return merged;
}

/**
 * A copy of `value` without what was applied last time (`last`) and nobody claims now (`owned`). Undefined when nothing
 * is left of it. The keys of an item that stays, stay.
 */
export function prune(value: unknown, last: FieldSet, owned: FieldSet, shape: Shape): unknown {
  const parts = partsOf(value, shape);
  if (parts === undefined) return value;
  const isList = Array.isArray(value);
  const kept = parts.flatMap((part): readonly Part[] => {
    const before = last.children.get(part.element);
    if (before === undefined) return [part];
    const claimed = owned.children.get(part.element);
    if (claimed === undefined && (before.member || (!isList && shape.named))) return [];
    const keys = Array.isArray(part.value) ? undefined : isList ? shape.keys : undefined;
    const pruned = withKeys(prune(part.value, before, claimed ?? none, part.shape), part.value, keys);
    return pruned === undefined ? [] : [{ ...part, value: pruned }];
  });
  if (kept.length === 0 && parts.length > 0) return undefined;
  if (isList) return kept.map(part => part.value);
  return Object.fromEntries(kept.map(part => [part.element.slice(2), part.value]));
}

function withKeys(pruned: unknown, item: unknown, keys: Shape['keys']): unknown {
  if (keys === undefined || !isObject(pruned) || !isObject(item)) return pruned;
  const own = [...keys.keys()].filter(key => item[key] !== undefined).map(key => [key, item[key]]);
  return { ...(Object.fromEntries(own) as JsonObject), ...pruned };
}
