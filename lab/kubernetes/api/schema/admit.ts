import type { CustomVersion } from '../definitions.ts';
import type { FieldError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { applyDefaults, prune } from './structural.ts';
import { type CelRules, validate } from './validate.ts';

/** Prunes, defaults and validates a custom resource in place, in this order, as the API server does. */
export function admitCustom(
  version: CustomVersion,
  object: JsonObject,
  old: JsonObject | undefined,
  rules: CelRules,
): { readonly unknown: readonly string[]; readonly errors: readonly FieldError[] } {
  const { schema } = version;
  if (schema === undefined) return { unknown: [], errors: [] };
  const unknown = prune(object, schema);
  applyDefaults(object, schema);
  return { unknown, errors: validate(object, schema, '', rules, old) };
}
