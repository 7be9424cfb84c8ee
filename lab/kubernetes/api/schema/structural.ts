import { clone, isObject, type JsonObject, objectAt } from '../json.ts';

/** The members of a structural schema by name; `metadata` and the type's own are never part of it. */
export function propertiesOf(schema: JsonObject): JsonObject {
  return objectAt(schema, 'properties') ?? {};
}

export function keepsUnknown(schema: JsonObject): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}

/** The schema of a member that `properties` does not name, or undefined when there is none. */
export function additionalOf(schema: JsonObject): JsonObject | true | undefined {
  const additional = schema.additionalProperties;
  return additional === true || isObject(additional) ? additional : undefined;
}

const ofEveryObject = ['apiVersion', 'kind', 'metadata'];

/** Removes, in place, what the schema does not name. Returns the paths of what was removed. */
export function prune(value: unknown, schema: JsonObject, path = ''): string[] {
  if (Array.isArray(value)) {
    const items = objectAt(schema, 'items');
    if (items === undefined) return [];
    return value.flatMap((item: unknown, index) => prune(item, items, `${path}[${index}]`));
  }
  if (!isObject(value)) return [];
  const properties = propertiesOf(schema);
  const additional = additionalOf(schema);
  const removed: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (path === '' && ofEveryObject.includes(key)) continue;
    const at = path === '' ? key : `${path}.${key}`;
    const known = properties[key];
    if (isObject(known)) removed.push(...prune(member, known, at));
    else if (isObject(additional)) removed.push(...prune(member, additional, at));
    else if (additional === undefined && !keepsUnknown(schema) && !isEmbedded(schema, key)) {
      delete value[key];
      removed.push(at);
    }
  }
  return removed;
}

function isEmbedded(schema: JsonObject, key: string): boolean {
  return schema['x-kubernetes-embedded-resource'] === true && ofEveryObject.includes(key);
}

/** Sets, in place, the defaults of absent members; a null where none is allowed counts as absent. */
export function applyDefaults(value: unknown, schema: JsonObject): void {
  if (Array.isArray(value)) {
    const items = objectAt(schema, 'items');
    if (items !== undefined) for (const item of value) applyDefaults(item, items);
    return;
  }
  if (!isObject(value)) return;
  for (const [key, known] of Object.entries(propertiesOf(schema))) {
    if (!isObject(known)) continue;
    if (known.default !== undefined) {
      if (value[key] === undefined || (value[key] === null && known.nullable !== true)) {
        value[key] = clone(known.default);
      }
    }
    if (value[key] !== undefined) applyDefaults(value[key], known);
  }
  const additional = additionalOf(schema);
  if (!isObject(additional)) return;
  const properties = propertiesOf(schema);
  for (const [key, member] of Object.entries(value)) {
    if (properties[key] === undefined) applyDefaults(member, additional);
  }
}
