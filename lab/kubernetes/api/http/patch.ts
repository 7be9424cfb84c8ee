import type { IncomingMessage } from 'node:http';
import { type Definition, groupVersion } from '../definitions.ts';
import { ApiError, badRequest } from '../errors.ts';
import { isObject } from '../json.ts';
import { requireManager } from '../managed/ownership.ts';
import { applyJsonPatch, applyMergePatch } from '../patch/json.ts';
import { applyStrategicMergePatch } from '../patch/strategic.ts';
import type { Stored } from '../storage.ts';
import type { Store } from '../store.ts';
import type { WriteOptions } from '../write-options.ts';
import type { Reply } from './reply.ts';
import { contentType, parseBody, readBody } from './request.ts';
import type { ResourceRequest } from './resource-request.ts';

/** Answers a PATCH. @throws ApiError */
export async function patch(
  store: Store,
  http: IncomingMessage,
  { path, definition, query }: ResourceRequest,
  name: string,
  namespace: string | undefined,
  options: WriteOptions,
  reply: (code: number, object: Stored) => Reply,
): Promise<Reply> {
  const type = contentType(http);
  const body = await parseBody(http, await readBody(http), options.warn);
  if (type === 'application/apply-patch+yaml') {
    if (!isObject(body)) throw badRequest('the body of the request is no object');
    const { created, object } = store.objects.apply(definition, path.version, namespace, name, body, {
      ...options,
      manager: requireManager(query.get('fieldManager')),
      force: query.get('force') === 'true',
    });
    return reply(created ? 201 : 200, object);
  }
  const old = store.objects.mustGet(definition, namespace, name);
  const apiVersion = groupVersion(definition.group, path.version);
  const next = patched(type, definition, { ...old, apiVersion }, body);
  if (!isObject(next)) throw badRequest('the patch leaves no object');
  // A patch that names no resourceVersion applies to whatever is there.
  if (!namesRevision(body) && isObject(next.metadata)) delete next.metadata.resourceVersion;
  return reply(200, store.objects.replace(definition, path.version, namespace, name, next, options));
}

function patched(type: string, definition: Definition, current: unknown, body: unknown): unknown {
  switch (type) {
    case 'application/json-patch+json':
      return applyJsonPatch(current, body);
    case 'application/merge-patch+json':
      return applyMergePatch(current, body);
    case 'application/strategic-merge-patch+json':
      if (definition.custom !== undefined) {
        throw new ApiError(
          415,
          'UnsupportedMediaType',
          'custom resources take application/json-patch+json and application/merge-patch+json',
        );
      }
      return applyStrategicMergePatch(current, body);
    default:
      throw badRequest(`a patch of type ${type} is not known`);
  }
}

function namesRevision(body: unknown): boolean {
  if (Array.isArray(body)) {
    return body.some(operation => isObject(operation) && operation.path === '/metadata/resourceVersion');
  }
  return isObject(body) && isObject(body.metadata) && Boolean(body.metadata.resourceVersion);
}
