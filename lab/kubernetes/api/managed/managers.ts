import { ApiError } from '../errors.ts';
import { isObject, type JsonObject, objectAt, stringAt } from '../json.ts';
import {
  difference,
  type FieldSet,
  fromFieldsV1,
  intersection,
  isEmpty,
  none,
  pathsOf,
  printPath,
  toFieldsV1,
  union,
} from './field-set.ts';
import type { Shape } from './shape.ts';
import { compare, fieldsOf, merge, prune } from './walk.ts';

/** Who set which fields: an entry of `metadata.managedFields`. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  readonly time: string;
  readonly fields: FieldSet;
}

/** Who writes now. */
export type Writer = Omit<Manager, 'fields'>;

/** Fields of metadata that have no owner: names, and what the server itself sets (stripmeta.go). */
const unowned = fromFieldsV1({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
  },
});

/** The entries of an object; one that cannot be read is dropped. */
export function decodeManagers(entries: unknown): Manager[] {
  if (!Array.isArray(entries)) return [];
  return (entries as unknown[]).flatMap(entry => {
    const manager = stringAt(entry, 'manager');
    const operation = stringAt(entry, 'operation');
    if (manager === undefined || (operation !== 'Apply' && operation !== 'Update')) return [];
    return {
      manager,
      operation,
      apiVersion: stringAt(entry, 'apiVersion') ?? '',
      subresource: stringAt(entry, 'subresource'),
      time: stringAt(entry, 'time') ?? '',
      fields: fromFieldsV1(objectAt(entry, 'fieldsV1')),
    };
  });
}

const order = (manager: Manager): string =>
  `${manager.operation} ${manager.operation === 'Update' ? manager.time : ''} ${manager.manager}`;

export function encodeManagers(managers: readonly Manager[]): JsonObject[] {
  return [...managers]
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
      manager,
      operation,
      apiVersion,
      ...(time === '' ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(fields),
      ...(subresource === undefined ? {} : { subresource }),
    }));
}

/** One who applies is the same in every version. */
function isSame(a: Writer, b: Writer): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

function without(managers: readonly Manager[], taken: FieldSet): Manager[] {
  return managers
    .map(manager => ({ ...manager, fields: difference(manager.fields, taken) }))
    .filter(({ fields }) => !isEmpty(fields));
}

/** The managers after a create, an update or a patch: what changed is the writer's. */
export function afterUpdate(
  managers: readonly Manager[],
  old: JsonObject | undefined,
  next: JsonObject,
  shape: Shape,
  writer: Writer,
): Manager[] {
  const { added, modified, removed } = compare(old ?? {}, next, shape);
  const taken = union(added, modified);
  const before = managers.find(each => isSame(each, writer));
  const others = without(
    managers.filter(each => each !== before),
    union(taken, removed),
  );
  const own = before?.fields ?? none;
  const fields = difference(union(difference(own, removed), taken), unowned);
  if (isEmpty(fields)) return others;
  const isUnchanged =
    before !== undefined && isEmpty(difference(fields, own)) && isEmpty(difference(own, fields));
  return [...others, { ...writer, fields, time: isUnchanged ? before.time : writer.time }];
}

export interface Applied {
  readonly object: JsonObject;
  readonly managers: readonly Manager[];
}

/**
 * What a configuration makes of an object: merged in, without what its manager applied before and now leaves out.
 * @param isForced take fields from whoever has them
 * @throws ApiError 409 with the fields that others have, when it is not forced
 */
export function afterApply(
  managers: readonly Manager[],
  live: JsonObject,
  config: JsonObject,
  shape: Shape,
  writer: Writer,
  isForced: (conflicts: FieldSet) => boolean,
): Applied {
  const before = managers.find(each => isSame(each, writer));
  const claimed = fieldsOf(config, shape);
  const fields = difference(claimed, unowned);
  const others = managers.filter(each => each !== before);
  const merged = merge(live, config, shape);
  const owned = others.reduce((sum, each) => union(sum, each.fields), claimed);
  const object = before === undefined ? merged : prune(merged, before.fields, owned, shape);
  if (!isObject(object)) throw new Error('an applied object is an object');
  const { added, modified, removed } = compare(live, object, shape);
  const changed = union(added, modified);
  const conflicts = others
    .map(each => ({ ...each, fields: intersection(each.fields, changed) }))
    .filter(each => !isEmpty(each.fields));
  const disputed = conflicts.reduce((sum, each) => union(sum, each.fields), none);
  if (conflicts.length > 0 && !isForced(disputed)) throw applyConflict(conflicts);
  const isUnchanged = before !== undefined && isEmpty(union(changed, removed));
  const own = { ...writer, fields, time: isUnchanged ? before.time : writer.time };
  const kept = without(others, union(disputed, removed));
  return { object, managers: isEmpty(fields) ? kept : [...kept, own] };
}

/** As apimachinery words it (managedfields/internal/conflict.go). */
function applyConflict(conflicts: readonly Manager[]): ApiError {
  const found = [...conflicts]
    .sort((a, b) => (a.manager < b.manager ? -1 : 1))
    .map(conflict => ({ who: printed(conflict), paths: [...pathsOf(conflict.fields)].map(printPath) }));
  const causes = found.flatMap(({ who, paths }) =>
    paths.map(field => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field })),
  );
  const [first] = causes;
  const listed = found.flatMap(({ who, paths }) => [
    `conflicts with ${who}:`,
    ...paths.map(path => `- ${path}`),
  ]);
  const message =
    causes.length === 1 && first !== undefined
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${causes.length} conflicts: ${listed.join('\n')}`;
  return new ApiError(409, 'Conflict', message, { causes });
}

function printed({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = `"${manager}"${subresource === undefined ? '' : ` with subresource "${subresource}"`}`;
  return operation === 'Apply' ? name : `${name} using ${apiVersion}`;
}
