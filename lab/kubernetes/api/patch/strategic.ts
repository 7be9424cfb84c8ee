import { badRequest } from '../errors.ts';
import { clone, equal, isObject, type JsonObject, listAt } from '../json.ts';
import { type ListMerge, listMerge } from './merge-keys.ts';

const directive = '$patch';
const retainKeys = '$retainKeys';
const orderOf = '$setElementOrder/';
const deleteFrom = '$deleteFromPrimitiveList/';

/** A value from a patch, without the directives in it: what it adds where nothing was. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .filter(item => !(isObject(item) && item[directive] !== undefined))
      .map(item => withoutDirectives(item as unknown));
  }
  if (!isObject(value)) return value;
  const plain: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (!key.startsWith('$') && member !== null) plain[key] = withoutDirectives(member);
  }
  return plain;
}

/** The API server goes by the first key; the others only tell apart items that agree in it. */
function sameItem(item: unknown, wanted: unknown, merge: ListMerge): boolean {
  if (merge.keys.length === 0) return equal(item, wanted);
  if (!isObject(item) || !isObject(wanted)) return false;
  return merge.keys.every(
    (key, index) =>
      equal(item[key], wanted[key]) || (index > 0 && (item[key] === undefined || wanted[key] === undefined)),
  );
}

function checkKey(item: unknown, merge: ListMerge, name: string): void {
  const [key] = merge.keys;
  if (key === undefined || (isObject(item) && item[key] !== undefined)) return;
  throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key} (list ${name})`);
}

function mergeList(
  target: readonly unknown[],
  patch: readonly unknown[],
  merge: ListMerge,
  name: string,
): unknown[] {
  if (patch.some(item => isObject(item) && item[directive] === 'replace')) {
    return withoutDirectives(patch) as unknown[];
  }
  const result = [...target];
  for (const item of patch) {
    checkKey(item, merge, name);
    const at = result.findIndex(other => sameItem(other, item, merge));
    if (isObject(item) && item[directive] === 'delete') {
      if (at !== -1) result.splice(at, 1);
    } else if (at === -1) result.push(withoutDirectives(item));
    else if (isObject(item)) result[at] = mergeObject(result[at], item, name);
  }
  return result;
}

/** Puts the items an order names into that order, each kept item that it does not name behind its old neighbour. */
function reorder(list: readonly unknown[], order: readonly unknown[], merge: ListMerge): unknown[] {
  const rank = (item: unknown): number => order.findIndex(wanted => sameItem(item, wanted, merge));
  const named = list.filter(item => rank(item) !== -1).sort((a, b) => rank(a) - rank(b));
  let next = 0;
  return list.map(item => (rank(item) === -1 ? item : named[next++]));
}

function mergeObject(target: unknown, patch: JsonObject, parent: string): JsonObject {
  if (patch[directive] === 'replace') return withoutDirectives(patch) as JsonObject;
  if (patch[directive] === 'delete') return {};
  const result: JsonObject = isObject(target) ? { ...target } : {};
  const retained = patch[retainKeys];
  if (Array.isArray(retained)) {
    for (const key of Object.keys(result)) if (!retained.includes(key)) delete result[key];
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deleteFrom)) {
      const name = key.slice(deleteFrom.length);
      const gone = Array.isArray(value) ? (value as unknown[]) : [];
      result[name] = listAt(result, name).filter(item => !gone.some(other => equal(other, item)));
    }
    if (key.startsWith('$')) continue;
    const merge = listMerge(parent, key);
    if (value === null) delete result[key];
    else if (isObject(value)) {
      if (value[directive] === 'delete') delete result[key];
      else result[key] = mergeObject(result[key], value, key);
    } else if (Array.isArray(value) && merge !== undefined) {
      result[key] = mergeList(listAt(result, key), value as unknown[], merge, key);
    } else result[key] = withoutDirectives(value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(orderOf) || !Array.isArray(value)) continue;
    const name = key.slice(orderOf.length);
    const merge = listMerge(parent, name);
    const list = result[name];
    if (merge !== undefined && Array.isArray(list)) {
      result[name] = reorder(list as unknown[], value as unknown[], merge);
    }
  }
  return result;
}

/**
 * A strategic merge patch on a copy of `target`: merge keys of the built-in kinds, `$patch`, `$retainKeys`,
 * `$setElementOrder`, `$deleteFromPrimitiveList` (k8s.io/apimachinery, strategicpatch). @throws ApiError 400
 */
export function applyStrategicMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) throw badRequest('strategic merge patch: the body is no object');
  return clone(mergeObject(target, patch, ''));
}
