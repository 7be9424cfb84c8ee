import type { Definition } from '../definitions.ts';
import type { JsonObject } from '../json.ts';

/** Paths of the fields a built-in kind does not have. */
export function checkBuiltInFields(_definition: Definition, _object: JsonObject): readonly string[] {
  return [];
}
