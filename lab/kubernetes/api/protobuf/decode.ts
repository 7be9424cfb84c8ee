import { isObject, type JsonObject } from '../json.ts';
import { type FieldDescriptor, messages, topLevelMessage } from './descriptors.ts';
import { UnknownMessageError, WireError, type WireField, wireFields } from './wire.ts';

/**
 * Kubernetes objects sent as `application/vnd.kubernetes.protobuf`, turned into the JSON of the same object.
 * Source: k8s.io/apimachinery/pkg/runtime/serializer/protobuf (the envelope is `runtime.Unknown` after four bytes).
 */

export interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** `k8s\0` */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

export interface Decoded {
  readonly object: JsonObject;
  /** Fields this program has no description of, e.g. `Service.spec, number 27`: they are not in `object`. */
  readonly unknown: readonly string[];
}

/**
 * @param expected what the object is when it does not say so itself, as with Cilium's CustomResourceDefinitions: the
 * API server goes by the resource it was sent to
 * @throws WireError when the bytes are no such object, UnknownMessageError when no file in messages/ describes it
 */
export function decodeKubeProtobuf(bytes: Buffer, expected?: TypeMeta): Decoded {
  if (!bytes.subarray(0, magic.length).equals(magic)) {
    throw new WireError('it does not begin with the mark of Kubernetes objects, "k8s" and a zero');
  }
  let type = { apiVersion: '', kind: '' };
  let raw: Uint8Array = new Uint8Array();
  for (const { number, value } of wireFields(bytes.subarray(magic.length))) {
    if (number === 1) type = typeMeta(bytesOf(value, 'Unknown.typeMeta'));
    else if (number === 2) raw = bytesOf(value, 'Unknown.raw');
    else if (number === 3 && bytesOf(value, 'Unknown.contentEncoding').length > 0) {
      throw new WireError('its content is encoded, which no client does');
    }
  }
  if (expected !== undefined) {
    type = { apiVersion: type.apiVersion || expected.apiVersion, kind: type.kind || expected.kind };
  }
  const message = topLevelMessage(type.apiVersion, type.kind);
  if (message === undefined) {
    throw new UnknownMessageError(`a ${type.kind || '?'} of ${type.apiVersion || '?'}`);
  }
  const unknown: string[] = [];
  return { object: { ...type, ...decodeMessage(raw, message, type.kind, unknown) }, unknown };
}

function typeMeta(bytes: Uint8Array): { apiVersion: string; kind: string } {
  const type = { apiVersion: '', kind: '' };
  for (const { number, value } of wireFields(bytes)) {
    if (number === 1) type.apiVersion = text(bytesOf(value, 'TypeMeta.apiVersion'));
    else if (number === 2) type.kind = text(bytesOf(value, 'TypeMeta.kind'));
  }
  return type;
}

function bytesOf(value: WireField['value'], path: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new WireError(`${path} is a number and should be a string or message`);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function decodeMessage(bytes: Uint8Array, message: string, path: string, unknown: string[]): JsonObject {
  const descriptor = messages().get(message);
  if (descriptor === undefined) throw new Error(`no file in messages/ describes ${message}, used at ${path}`);
  const object: JsonObject = {};
  for (const { number, value } of wireFields(bytes)) {
    const field = descriptor.get(number);
    if (field === undefined) {
      unknown.push(`${path}, number ${number}`);
      continue;
    }
    if (field.shape === 'inline') {
      Object.assign(object, decodeMessage(bytesOf(value, path), field.type, path, unknown));
      continue;
    }
    const at = `${path}.${field.name}`;
    if (field.shape === 'map') {
      const [key, member] = entry(bytesOf(value, at), field.type, at, unknown);
      const map = isObject(object[field.name]) ? (object[field.name] as JsonObject) : {};
      object[field.name] = { ...map, [key]: member };
      continue;
    }
    const decoded = decodeValue(value, field.type, at, unknown);
    if (field.shape === 'list') {
      const list = object[field.name];
      if (Array.isArray(list)) list.push(decoded);
      else object[field.name] = [decoded];
    } else if (!isOmitted(decoded, field)) object[field.name] = decoded;
  }
  return object;
}

function isOmitted(value: unknown, { omitZero }: FieldDescriptor): boolean {
  return omitZero && (value === '' || value === 0 || value === false);
}

function entry(bytes: Uint8Array, type: string, path: string, unknown: string[]): [string, unknown] {
  let key = '';
  let member: unknown = type === 'string' || type === 'bytes' ? '' : {};
  for (const { number, value } of wireFields(bytes)) {
    if (number === 1) key = text(bytesOf(value, `${path} (a key)`));
    else if (number === 2) member = decodeValue(value, type, `${path}.${key}`, unknown);
  }
  return [key, member];
}

function decodeValue(value: WireField['value'], type: string, path: string, unknown: string[]): unknown {
  switch (type) {
    case 'bool':
      return integer(value, path) !== 0;
    case 'int32':
    case 'int64':
      return integer(value, path);
    case 'double': {
      const eight = bytesOf(value, path);
      if (eight.length !== 8) throw new WireError(`${path} is a double of ${eight.length} bytes`);
      return Buffer.from(eight).readDoubleLE();
    }
    case 'string':
      return text(bytesOf(value, path));
    case 'bytes':
      return Buffer.from(bytesOf(value, path)).toString('base64');
    default:
      return decodeSpecial(bytesOf(value, path), type, path, unknown);
  }
}

function integer(value: WireField['value'], path: string): number {
  if (typeof value === 'bigint') return Number(BigInt.asIntN(64, value));
  throw new WireError(`${path} is a string or message and should be a number`);
}

/** Messages whose JSON is no object of their fields. */
function decodeSpecial(bytes: Uint8Array, type: string, path: string, unknown: string[]): unknown {
  const member = (number: number): WireField['value'] | undefined =>
    [...wireFields(bytes)].findLast(field => field.number === number)?.value;
  const schema = (value: WireField['value']): JsonObject =>
    decodeMessage(bytesOf(value, path), 'Schema', path, unknown);
  switch (type) {
    case 'time':
    case 'microTime': {
      // A zero time is a message without fields.
      if (bytes.length === 0) return null;
      const milliseconds = integer(member(1) ?? 0n, path) * 1000;
      const whole = new Date(milliseconds).toISOString().slice(0, 19);
      if (type === 'time') return `${whole}Z`;
      const microseconds = Math.floor(integer(member(2) ?? 0n, path) / 1000);
      return `${whole}.${String(microseconds).padStart(6, '0')}Z`;
    }
    case 'json':
    case 'fields':
      return parseJson(text(bytesOf(member(1) ?? new Uint8Array(), path)), path);
    case 'intOrString':
      return integer(member(1) ?? 0n, path) === 0
        ? integer(member(2) ?? 0n, path)
        : text(bytesOf(member(3) ?? new Uint8Array(), path));
    case 'quantity':
      return text(bytesOf(member(1) ?? new Uint8Array(), path));
    case 'strings':
      return [...wireFields(bytes)].map(({ value }) => text(bytesOf(value, path)));
    case 'schemaOrArray': {
      const single = member(1);
      if (single !== undefined) return schema(single);
      return [...wireFields(bytes)].filter(({ number }) => number === 2).map(({ value }) => schema(value));
    }
    case 'schemaOrBool': {
      const single = member(2);
      return single === undefined ? integer(member(1) ?? 0n, path) !== 0 : schema(single);
    }
    case 'schemaOrStrings': {
      const single = member(1);
      if (single !== undefined) return schema(single);
      return [...wireFields(bytes)]
        .filter(({ number }) => number === 2)
        .map(({ value }) => text(bytesOf(value, path)));
    }
    default:
      return decodeMessage(bytes, type, path, unknown);
  }
}

function parseJson(raw: string, path: string): unknown {
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    throw new WireError(`${path} holds no JSON: ${raw.slice(0, 60)}`);
  }
}
