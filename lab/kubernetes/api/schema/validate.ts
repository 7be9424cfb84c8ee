import { type FieldError, field } from '../errors.ts';
import { equal, isObject, type JsonObject, listAt, numberAt, objectAt, stringAt } from '../json.ts';
import { formats } from './formats.ts';
import { additionalOf, propertiesOf } from './structural.ts';

/** `x-kubernetes-validations`, by the text of the rule: CEL itself is not spoken here. */
export type CelRules = Readonly<Record<string, (self: unknown, oldSelf: unknown) => boolean>>;

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function hasType(value: unknown, wanted: string): boolean {
  const actual = typeOf(value);
  return actual === wanted || (wanted === 'number' && actual === 'integer');
}

const patterns = new Map<string, RegExp | undefined>();

/** RE2 and JavaScript agree on what CRDs use; an expression JavaScript cannot read is not checked. */
function regExp(pattern: string): RegExp | undefined {
  if (!patterns.has(pattern)) {
    try {
      patterns.set(pattern, new RegExp(pattern, 'u'));
    } catch {
      patterns.set(pattern, undefined);
    }
  }
  return patterns.get(pattern);
}

function validateString(value: string, schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const length = [...value].length;
  const min = numberAt(schema, 'minLength');
  const max = numberAt(schema, 'maxLength');
  if (max !== undefined && length > max) errors.push(field.tooLong(path, max));
  if (min !== undefined && length < min) {
    errors.push(field.invalid(path, value, `${path} in body should be at least ${min} chars long`));
  }
  const pattern = stringAt(schema, 'pattern');
  if (pattern !== undefined && regExp(pattern)?.test(value) === false) {
    errors.push(field.invalid(path, value, `${path} in body should match '${pattern}'`));
  }
  const format = stringAt(schema, 'format');
  if (format !== undefined && formats[format]?.(value) === false) {
    errors.push(field.invalid(path, value, `${path} in body must be of type ${format}: "${value}"`));
  }
  return errors;
}

const bounds: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
};

function validateNumber(value: number, schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const min = numberAt(schema, 'minimum');
  const max = numberAt(schema, 'maximum');
  const complain = (what: string): void => {
    errors.push(field.invalid(path, value, `${path} in body should be ${what}`));
  };
  if (min !== undefined) {
    if (schema.exclusiveMinimum === true) {
      if (value <= min) complain(`greater than ${min}`);
    } else if (value < min) complain(`greater than or equal to ${min}`);
  }
  if (max !== undefined) {
    if (schema.exclusiveMaximum === true) {
      if (value >= max) complain(`less than ${max}`);
    } else if (value > max) complain(`less than or equal to ${max}`);
  }
  const multiple = numberAt(schema, 'multipleOf');
  if (multiple !== undefined && value % multiple !== 0) complain(`a multiple of ${multiple}`);
  const format = stringAt(schema, 'format') ?? '';
  const [least, most] = bounds[format] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (value < least || value > most) complain(`of type ${format}`);
  return errors;
}

function mapKey(item: unknown, keys: readonly unknown[]): JsonObject {
  const key: JsonObject = {};
  for (const name of keys) if (isObject(item)) key[String(name)] = item[String(name)];
  return key;
}

function validateList(value: readonly unknown[], schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const min = numberAt(schema, 'minItems');
  const max = numberAt(schema, 'maxItems');
  if (min !== undefined && value.length < min) {
    errors.push(field.invalid(path, value.length, `${path} in body should have at least ${min} items`));
  }
  if (max !== undefined && value.length > max) errors.push(field.tooMany(path, value.length, max));
  const kind = schema['x-kubernetes-list-type'];
  if (kind === 'map' || kind === 'set' || schema.uniqueItems === true) {
    const keys = listAt(schema, 'x-kubernetes-list-map-keys');
    const seen: unknown[] = [];
    value.forEach((item, index) => {
      const key = kind === 'map' ? mapKey(item, keys) : item;
      if (seen.some(other => equal(other, key))) errors.push(field.duplicate(`${path}[${index}]`, key));
      seen.push(key);
    });
  }
  return errors;
}

function validateMembers(value: JsonObject, schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = (key: unknown): string => (path === '' ? String(key) : `${path}.${key}`);
  for (const key of listAt(schema, 'required')) {
    if (value[String(key)] === undefined) errors.push(field.required(at(key)));
  }
  const count = Object.keys(value).length;
  const min = numberAt(schema, 'minProperties');
  const max = numberAt(schema, 'maxProperties');
  if (min !== undefined && count < min) {
    errors.push(field.invalid(path, count, `${path} in body should have at least ${min} properties`));
  }
  if (max !== undefined && count > max) errors.push(field.tooMany(path, count, max));
  return errors;
}

/** allOf, anyOf, oneOf, not. */
function validateLogic(value: unknown, schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const fits = (other: unknown): boolean => !isObject(other) || validate(value, other, path).length === 0;
  const complain = (what: string): void => {
    errors.push(field.invalid(path, '', `"${path}" ${what}`));
  };
  for (const other of listAt(schema, 'allOf')) {
    if (isObject(other)) errors.push(...validate(value, other, path));
  }
  const any = listAt(schema, 'anyOf');
  if (any.length > 0 && !any.some(fits)) complain('must validate at least one schema (anyOf)');
  const one = listAt(schema, 'oneOf');
  if (one.length > 0) {
    const count = one.filter(fits).length;
    if (count !== 1) {
      const found = count === 0 ? 'none' : count;
      complain(`must validate one and only one schema (oneOf). Found ${found} valid`);
    }
  }
  const not = objectAt(schema, 'not');
  if (not !== undefined && fits(not)) complain('must not validate the schema (not)');
  return errors;
}

function validateRules(
  value: unknown,
  old: unknown,
  schema: JsonObject,
  path: string,
  rules: CelRules,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const entry of listAt(schema, 'x-kubernetes-validations')) {
    const rule = stringAt(entry, 'rule') ?? '';
    const check = rules[rule];
    // A rule about the change (oldSelf) has nothing to say about a new value.
    if (check === undefined || (old === undefined && /\boldSelf\b/.test(rule))) continue;
    if (!check(value, old)) {
      errors.push(field.invalid(path, typeOf(value), stringAt(entry, 'message') ?? `failed rule: ${rule}`));
    }
  }
  return errors;
}

function validateType(value: unknown, schema: JsonObject, path: string): FieldError | undefined {
  const mismatch = (wanted: string): FieldError =>
    field.type(path, typeOf(value), `${path} in body must be of type ${wanted}: "${typeOf(value)}"`);
  if (schema['x-kubernetes-int-or-string'] === true) {
    return ['integer', 'string'].includes(typeOf(value)) ? undefined : mismatch('integer,string');
  }
  const type = stringAt(schema, 'type');
  return type === undefined || hasType(value, type) ? undefined : mismatch(type);
}

/**
 * What is wrong with a value by a structural schema of Kubernetes' dialect, with the API server's words and
 * field paths (`spec.bgpInstances[0].peers[1].peerASN`).
 */
export function validate(
  value: unknown,
  schema: JsonObject,
  path: string,
  rules: CelRules = {},
  old?: unknown,
): FieldError[] {
  if (value === null && schema.nullable === true) return [];
  const wrongType = validateType(value, schema, path);
  if (wrongType !== undefined) return [wrongType];
  const errors: FieldError[] = [];
  const allowed = schema.enum;
  if (Array.isArray(allowed) && !allowed.some((other: unknown) => equal(other, value))) {
    errors.push(field.unsupported(path, value, allowed));
  }
  if (typeof value === 'string') errors.push(...validateString(value, schema, path));
  if (typeof value === 'number') errors.push(...validateNumber(value, schema, path));
  if (Array.isArray(value)) {
    errors.push(...validateList(value, schema, path));
    const items = objectAt(schema, 'items');
    if (items !== undefined) {
      value.forEach((item: unknown, index) => {
        const before: unknown = Array.isArray(old) ? old[index] : undefined;
        errors.push(...validate(item, items, `${path}[${index}]`, rules, before));
      });
    }
  } else if (isObject(value)) {
    errors.push(...validateMembers(value, schema, path));
    const properties = propertiesOf(schema);
    const additional = additionalOf(schema);
    for (const [key, member] of Object.entries(value)) {
      const known = properties[key] ?? additional;
      if (!isObject(known) || (path === '' && key === 'metadata')) continue;
      const before = isObject(old) ? old[key] : undefined;
      errors.push(...validate(member, known, path === '' ? key : `${path}.${key}`, rules, before));
    }
  }
  errors.push(...validateLogic(value, schema, path));
  if (errors.length === 0) errors.push(...validateRules(value, old, schema, path, rules));
  return errors;
}
