import type { IncomingMessage } from 'node:http';
import { badRequest, unsupportedMediaType } from '../errors.ts';
import type { TypeMeta } from '../protobuf/decode.ts';

export { parseResourcePath, type ResourcePath } from '../../../../helpers/kube/resource-path.ts';

export const protobufType = 'application/vnd.kubernetes.protobuf';

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
 * @param expected what a protocol buffer holds that does not say it
 * @throws ApiError 400, 415
 */
export async function parseBody(
  request: IncomingMessage,
  body: Buffer,
  warn: (message: string) => void = () => {},
  expected?: TypeMeta,
): Promise<unknown> {
  const type = contentType(request);
  if (type === protobufType) return parseProtobuf(body, warn, expected);
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
async function parseProtobuf(
  body: Buffer,
  warn: (message: string) => void,
  expected: TypeMeta | undefined,
): Promise<unknown> {
  const [{ decodeKubeProtobuf }, { UnknownMessageError, WireError }] = await Promise.all([
    import('../protobuf/decode.ts'),
    import('../protobuf/wire.ts'),
  ]);
  try {
    const { object, unknown } = decodeKubeProtobuf(body, expected);
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
