import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '../../../../../helpers/kube/types.ts';
import { type Definition, groupVersion } from '../definitions.ts';
import { ApiError, badRequest, notFound } from '../errors.ts';
import { isObject } from '../json.ts';
import type { WriteOptions } from '../objects.ts';
import { applyJsonPatch, applyMergePatch } from '../patch/json.ts';
import { applyStrategicMergePatch } from '../patch/strategic.ts';
import type { Stored } from '../storage.ts';
import type { Store } from '../store.ts';
import type { Reply } from './reply.ts';
import { contentType, parseBody, readBody } from './request.ts';
import type { ResourceRequest } from './resource-request.ts';

/** Answers a PATCH. @throws ApiError */
export async function patch(
  store: Store,
  http: IncomingMessage,
  { path, definition }: ResourceRequest,
  name: string,
  namespace: string | undefined,
  options: WriteOptions,
  reply: (code: number, object: Stored) => Reply,
): Promise<Reply> {
  const type = contentType(http);
  const body = await parseBody(http, await readBody(http));
  const old = store.objects.get(definition, namespace, name);
  if (old === undefined) {
    if (type !== 'application/apply-patch+yaml' || path.subresource !== undefined)
      throw notFound(definition, name);
    const created = store.objects.create(definition, path.version, body as KubeObject, namespace, options);
    return reply(201, created);
  }
  const apiVersion = groupVersion(definition.group, path.version);
  const current = { ...old, apiVersion };
  const next = patched(type, definition, current, body) as KubeObject;
  // A patch that names no resourceVersion applies to whatever is there.
  if (!namesRevision(body)) delete next.metadata.resourceVersion;
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
    case 'application/apply-patch+yaml':
      // Server-side apply without the ledger of field owners: what is applied is merged in.
      return definition.custom === undefined
        ? applyStrategicMergePatch(current, body)
        : applyMergePatch(current, body);
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
