import type { IncomingMessage } from 'node:http';
import { badRequest, unsupportedMediaType } from '../errors.ts';

export const protobufType = 'application/vnd.kubernetes.protobuf';

/** What a path asks for. `rest` holds what follows the resource's name. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly plural: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/**
 * `/api/v1/namespaces/default/pods/web/log` and its like; undefined when the path names no resource.
 * `namespaces/x` alone is the namespace itself, as are its subresources.
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = path.split('/').filter(part => part !== '');
  let group = '';
  if (parts[0] === 'apis') group = parts[1] ?? '';
  else if (parts[0] !== 'api') return undefined;
  const rest = parts.slice(group === '' ? 1 : 2).map(decodeURIComponent);
  const version = rest.shift();
  if (version === undefined || rest.length === 0 || (parts[0] === 'apis' && group === '')) return undefined;
  let namespace: string | undefined;
  const ofNamespace = ['status', 'finalize'];
  if (
    rest[0] === 'namespaces' &&
    rest.length > 2 &&
    !(rest.length === 3 && ofNamespace.includes(rest[2] ?? ''))
  ) {
    namespace = rest[1];
    rest.splice(0, 2);
  }
  const [plural = '', name, subresource, ...more] = rest;
  if (more.length > 0) return undefined;
  return { group, version, namespace, plural, name, subresource };
}

const bodyLimit = 16 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw badRequest(`the body of the request is larger than ${bodyLimit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function contentType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
}

/**
 * Parses JSON, or YAML or protocol buffers where the media type says so.
 * @param warn takes what the client is to be warned of
 * @throws ApiError 400, 415
 */
export async function parseBody(
  request: IncomingMessage,
  body: Buffer,
  warn: (message: string) => void = () => {},
): Promise<unknown> {
  const type = contentType(request);
  if (type === protobufType) return parseProtobuf(body, warn);
  const text = body.toString('utf8');
  const yaml = type.endsWith('yaml');
  if (!yaml && !type.endsWith('json') && type !== '*/*') {
    throw unsupportedMediaType(type, ['application/json', 'application/yaml', protobufType]);
  }
  try {
    if (!yaml || text.startsWith('{')) return JSON.parse(text) as unknown;
    // Loaded on first use: clients hardly ever send YAML, and it would slow every start.
    const { parse } = await import('yaml');
    return parse(text) as unknown;
  } catch (error) {
    throw badRequest(
      `the body of the request is not valid ${yaml ? 'YAML' : 'JSON'}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** An API server drops what it does not know of an object without a word; here the client is told what was lost. */
async function parseProtobuf(body: Buffer, warn: (message: string) => void): Promise<unknown> {
  const [{ decodeKubeProtobuf }, { UnknownMessageError, WireError }] = await Promise.all([
    import('../protobuf/decode.ts'),
    import('../protobuf/wire.ts'),
  ]);
  try {
    const { object, unknown } = decodeKubeProtobuf(body);
    for (const field of unknown) warn(`unknown field of a protocol buffer dropped: ${field}`);
    return object;
  } catch (error) {
    if (error instanceof UnknownMessageError) {
      throw unsupportedMediaType(`${protobufType}, ${error.message}`, ['application/json']);
    }
    if (error instanceof WireError) {
      throw badRequest(`the body of the request is not a valid protocol buffer: ${error.message}`);
    }
    throw error;
  }
}
