import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import type { Definition } from '../definitions.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../storage.ts';

export interface Reply {
  readonly code: number;
  readonly body: unknown;
  readonly contentType?: string;
  readonly warnings?: readonly string[];
}

/** From this size on a client that can is sent gzip, as the API server does. */
const worthCompressing = 128 * 1024;

function quoted(text: string): string {
  const printable = text.replaceAll(/[^\x20-\x7e]/g, '?');
  return `"${printable.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

export function setWarnings(response: ServerResponse, warnings: readonly string[]): void {
  if (warnings.length === 0) return;
  response.setHeader(
    'Warning',
    [...new Set(warnings)].map(warning => `299 - ${quoted(warning)}`),
  );
}

export function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const bytes =
    reply.body instanceof Buffer
      ? reply.body
      : Buffer.from(typeof reply.body === 'string' ? reply.body : `${JSON.stringify(reply.body)}\n`);
  setWarnings(response, reply.warnings ?? []);
  response.statusCode = reply.code;
  response.setHeader('Content-Type', reply.contentType ?? 'application/json');
  const accepts = request.headers['accept-encoding'] ?? '';
  if (bytes.length < worthCompressing || !/\bgzip\b/.test(String(accepts))) {
    response.end(bytes);
    return;
  }
  gzip(bytes, { level: 1 }, (error, packed) => {
    if (error === null) response.setHeader('Content-Encoding', 'gzip');
    response.end(error === null ? packed : bytes);
  });
}

/** A metav1.Status of success, about an object that is gone now if there was one. */
export function success(definition?: Definition, object?: Stored): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(definition === undefined || object === undefined
      ? {}
      : {
          details: {
            name: object.metadata.name,
            group: definition.group,
            kind: definition.plural,
            uid: object.metadata.uid,
          },
        }),
  };
}
