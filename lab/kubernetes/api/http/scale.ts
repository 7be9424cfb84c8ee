import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '../../../../helpers/kube/types.ts';
import { badRequest, noSuchResource } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import { applyJsonPatch, applyMergePatch } from '../patch/json.ts';
import type { Stored } from '../storage.ts';
import type { Store } from '../store.ts';
import type { WriteOptions } from '../write-options.ts';
import type { Reply } from './reply.ts';
import { contentType, parseBody, readBody } from './request.ts';
import type { ResourceRequest } from './resource-request.ts';

/** The scale subresource: `autoscaling/v1 Scale` of a workload. @throws ApiError */
export async function scale(
  store: Store,
  http: IncomingMessage,
  { definition, path }: ResourceRequest,
  name: string,
  namespace: string | undefined,
  options: WriteOptions,
): Promise<Reply> {
  if (!definition.subresources.includes('scale')) throw noSuchResource();
  const old = store.objects.mustGet(definition, namespace, name);
  if (http.method === 'GET') return { code: 200, body: scaleOf(old) };
  const given = await parseBody(http, await readBody(http));
  const wanted = http.method === 'PUT' ? given : applyPatchToScale(contentType(http), scaleOf(old), given);
  const replicas = isObject(wanted) && isObject(wanted.spec) ? (wanted.spec.replicas ?? 0) : undefined;
  if (typeof replicas !== 'number') throw badRequest('spec.replicas of a Scale is a number');
  const spec = { ...(old.spec as JsonObject), replicas };
  const next = { ...old, spec, metadata: { ...old.metadata } } as unknown as KubeObject;
  const revision =
    isObject(wanted) && isObject(wanted.metadata) ? wanted.metadata.resourceVersion : undefined;
  if (typeof revision === 'string' && http.method === 'PUT') next.metadata.resourceVersion = revision;
  return {
    code: 200,
    body: scaleOf(store.objects.replace(definition, path.version, namespace, name, next, options)),
  };
}

function applyPatchToScale(type: string, old: unknown, given: unknown): unknown {
  return type === 'application/json-patch+json' ? applyJsonPatch(old, given) : applyMergePatch(old, given);
}

function scaleOf(object: Stored): JsonObject {
  const spec = (object.spec ?? {}) as {
    replicas?: number;
    selector?: { matchLabels?: Record<string, string> };
  };
  const status = (object.status ?? {}) as { replicas?: number };
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas ?? 0 },
    status: {
      replicas: status.replicas ?? 0,
      selector: Object.entries(spec.selector?.matchLabels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    },
  };
}
