/** Builders for the structural OpenAPI v3 schemas of CustomResourceDefinitions: plain JSON, written compactly. */
export type Schema = Readonly<Record<string, unknown>>;
type Options = Readonly<Record<string, unknown>>;

export const string = (options: Options = {}): Schema => ({ type: 'string', ...options });
export const boolean = (options: Options = {}): Schema => ({ type: 'boolean', ...options });
export const oneOf = (...values: readonly string[]): Schema => string({ enum: values });

export const int32 = (minimum?: number, maximum?: number, options: Options = {}): Schema =>
  integer('int32', minimum, maximum, options);
export const int64 = (minimum?: number, maximum?: number, options: Options = {}): Schema =>
  integer('int64', minimum, maximum, options);
/** A TCP port. */
export const port = (options: Options = {}): Schema => int32(1, 65_535, options);

function integer(format: string, minimum?: number, maximum?: number, options: Options = {}): Schema {
  return {
    type: 'integer',
    format,
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...options,
  };
}

/** A name ending in `!` marks a required property. */
export function object(properties: Readonly<Record<string, Schema>>, options: Options = {}): Schema {
  const named = Object.entries(properties).map(([name, schema]) => [name.replace(/!$/, ''), schema] as const);
  const required = Object.keys(properties)
    .filter(name => name.endsWith('!'))
    .map(name => name.slice(0, -1));
  return {
    type: 'object',
    properties: Object.fromEntries(named),
    ...(required.length === 0 ? {} : { required }),
    ...options,
  };
}

/** An object of whatever fields. */
export const open = (options: Options = {}): Schema => ({
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
  ...options,
});

export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
export const list = (items: Schema, options: Options = {}): Schema => ({ type: 'array', items, ...options });

/** A list whose elements are told apart by one of their fields, unique among them. */
export const listBy = (key: string, items: Schema, options: Options = {}): Schema =>
  list(items, {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [key],
    ...options,
  });

export const labelSelector: Schema = object(
  {
    matchLabels: mapOf(string({ maxLength: 63, pattern: '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$' })),
    matchExpressions: list(
      object({
        'key!': string(),
        'operator!': oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: list(string(), { 'x-kubernetes-list-type': 'atomic' }),
      }),
      { 'x-kubernetes-list-type': 'atomic' },
    ),
  },
  { 'x-kubernetes-map-type': 'atomic' },
);

/** metav1.Condition. */
const condition: Schema = object({
  'type!': string({ maxLength: 316 }),
  'status!': oneOf('True', 'False', 'Unknown'),
  'reason!': string({ minLength: 1, maxLength: 1024, pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$' }),
  'message!': string({ maxLength: 32_768 }),
  'lastTransitionTime!': string({ format: 'date-time' }),
  observedGeneration: int64(0),
});

export const conditions: Schema = listBy('type', condition);

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';

/** An IPv4 address, or what looks like an IPv6 address. */
export const ipAddress: Schema = string({
  pattern: `^\\s*((${octet}\\.){3}${octet}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%.+)?)\\s*$`,
});
