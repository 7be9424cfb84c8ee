import type { IncomingMessage } from 'node:http';
import { nodes, pods } from '../../../../../helpers/kube/resources.ts';
import { apiVersionOf, type KubeObject } from '../../../../../helpers/kube/types.ts';
import { type Definition, groupVersion, resourceKey } from '../definitions.ts';
import type { DeleteOptions } from '../deletion.ts';
import { ApiError, badRequest, methodNotAllowed, noSuchResource, notFound } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { FieldValidation, WriteOptions } from '../objects.ts';
import { applyJsonPatch, applyMergePatch } from '../patch/json.ts';
import { applyStrategicMergePatch } from '../patch/strategic.ts';
import { parseFieldSelector, parseLabelSelector } from '../selectors.ts';
import type { Stored } from '../storage.ts';
import type { Store } from '../store.ts';
import { negotiate } from './negotiate.ts';
import type { Reply } from './reply.ts';
import { representList, representObject, type View } from './represent.ts';
import { contentType, parseBody, type ResourcePath, readBody } from './request.ts';

/** One request for a resource, taken apart. */
export interface ResourceRequest {
  readonly path: ResourcePath;
  readonly query: URLSearchParams;
  readonly definition: Definition;
  readonly view: View;
  readonly selects: (object: Stored) => boolean;
}

/** @throws ApiError 404 when there is no such resource, 400 for a selector that is none */
export function resourceRequest(
  store: Store,
  path: ResourcePath,
  query: URLSearchParams,
  accept: string | undefined,
): ResourceRequest {
  const definition = store.objects.definitions.get(path.group, path.plural);
  if (definition === undefined || !definition.versions.includes(path.version)) throw noSuchResource();
  const columns = definition.custom?.get(path.version)?.selectableFields ?? [];
  const fields = parseFieldSelector(
    query.get('fieldSelector') ?? undefined,
    resourceKey(definition),
    columns,
  );
  const labels = parseLabelSelector(query.get('labelSelector') ?? undefined);
  return {
    path,
    query,
    definition,
    view: {
      definition,
      version: path.version,
      representation: negotiate(accept),
      includeObject: query.get('includeObject') ?? 'Metadata',
    },
    selects: object => labels(object.metadata.labels) && fields(object as unknown as JsonObject),
  };
}

/** Answers everything about resources but watches, logs and exec. @throws ApiError */
export async function serveResource(
  store: Store,
  http: IncomingMessage,
  request: ResourceRequest,
): Promise<Reply> {
  const { path, definition, view } = request;
  const { objects } = store;
  const warnings: string[] = [];
  const options = writeOptions(request, warnings);
  const reply = (code: number, object: Stored): Reply => ({
    code,
    body: representObject(view, object),
    warnings,
  });

  if (path.name === undefined) {
    switch (http.method) {
      case 'GET':
        return { code: 200, body: list(store, request) };
      case 'POST': {
        const given = await objectIn(http);
        return reply(201, objects.create(definition, path.version, given, path.namespace, options));
      }
      case 'DELETE': {
        const found = matching(store, request);
        const deletion = await deleteOptions(http, request.query);
        for (const { metadata } of found) {
          store.deletion.delete(definition, metadata.namespace, metadata.name, deletion);
        }
        return { code: 200, body: success() };
      }
      default:
        throw methodNotAllowed();
    }
  }
  const { name, namespace = definition.namespaced ? 'default' : undefined } = path as ResourcePath & {
    name: string;
  };
  switch (path.subresource) {
    case 'scale':
      return scale(store, http, request, name, namespace);
    case 'binding':
      return bind(store, await objectIn(http), name, namespace);
    case 'eviction':
      return evict(store, await objectIn(http), name, namespace);
    case undefined:
      break;
    case 'status':
      if (definition.subresources.includes('status')) break;
      throw noSuchResource();
    default:
      throw noSuchResource();
  }
  switch (http.method) {
    case 'GET':
      return reply(200, objects.mustGet(definition, namespace, name));
    case 'PUT': {
      const given = await objectIn(http);
      return reply(200, objects.replace(definition, path.version, namespace, name, given, options));
    }
    case 'PATCH':
      return patch(store, http, request, name, namespace, options, reply);
    case 'DELETE': {
      const { object, gone } = store.deletion.delete(
        definition,
        namespace,
        name,
        await deleteOptions(http, request.query),
      );
      return gone ? { code: 200, body: success(definition, object) } : reply(200, object);
    }
    default:
      throw methodNotAllowed();
  }
}

async function patch(
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

function matching(store: Store, { definition, path, selects }: ResourceRequest): Stored[] {
  return store.objects.storage.list(resourceKey(definition), path.namespace).filter(selects);
}

/** A page of a list. The token is the place to go on from; the list is the newest on every page. */
function list(store: Store, request: ResourceRequest): unknown {
  const { query, view } = request;
  const all = matching(store, request);
  const resourceVersion = String(store.objects.storage.revision);
  const limit = Number(query.get('limit') ?? 0);
  const token = query.get('continue');
  const start =
    token === null || token === '' ? 0 : all.findIndex(object => keyOf(object) > decodeToken(token));
  const from = start < 0 ? all.length : start;
  const page = limit > 0 ? all.slice(from, from + limit) : all.slice(from);
  const remaining = all.length - from - page.length;
  const last = page.at(-1);
  return representList(view, page, {
    resourceVersion,
    ...(remaining > 0 && last !== undefined
      ? { continue: Buffer.from(keyOf(last)).toString('base64url'), remainingItemCount: remaining }
      : {}),
  });
}

const keyOf = ({ metadata }: Stored): string => `${metadata.namespace ?? ''}/${metadata.name}`;

function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.includes('/')) throw badRequest(`continue key is not valid: ${token}`);
  return text;
}

function writeOptions({ query, path }: ResourceRequest, warnings: string[]): WriteOptions {
  const validation = query.get('fieldValidation') ?? '';
  const known: readonly string[] = ['Ignore', 'Warn', 'Strict'] satisfies FieldValidation[];
  return {
    dryRun: query.get('dryRun') === 'All',
    fieldValidation: known.includes(validation) ? (validation as FieldValidation) : 'Warn',
    warn: message => warnings.push(message),
    ...(path.subresource === 'status' ? { subresource: 'status' as const } : {}),
  };
}

async function objectIn(http: IncomingMessage): Promise<KubeObject> {
  const body = await parseBody(http, await readBody(http));
  if (!isObject(body)) throw badRequest('the body of the request is no object');
  return body as unknown as KubeObject;
}

async function deleteOptions(http: IncomingMessage, query: URLSearchParams): Promise<DeleteOptions> {
  const bytes = await readBody(http);
  const body = bytes.length === 0 ? {} : ((await parseBody(http, bytes)) as DeleteOptions);
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  return {
    ...body,
    dryRun: query.get('dryRun') === 'All' || (Array.isArray(body.dryRun) && body.dryRun.includes('All')),
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy as 'Background' | 'Foreground' | 'Orphan' }),
  };
}

function success(definition?: Definition, object?: Stored): JsonObject {
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

async function scale(
  store: Store,
  http: IncomingMessage,
  { definition, path }: ResourceRequest,
  name: string,
  namespace: string | undefined,
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
    body: scaleOf(store.objects.replace(definition, path.version, namespace, name, next, {})),
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

function bind(store: Store, binding: KubeObject, name: string, namespace: string | undefined): Reply {
  const target = (binding as KubeObject & { target?: { name?: string } }).target?.name;
  if (target === undefined || store.get(nodes, target) === undefined) {
    throw badRequest(`a binding needs a target that is a node, not ${target}`);
  }
  store.update(pods, name, namespace, pod => {
    pod.spec.nodeName = target;
  });
  return { code: 201, body: success() };
}

/** Evictions are deletions that disruption budgets may refuse; this lab has no budgets to ask. */
function evict(store: Store, eviction: KubeObject, name: string, namespace: string | undefined): Reply {
  const definition = store.objects.definitions.get('', 'pods');
  if (definition === undefined) throw noSuchResource();
  const { deleteOptions: options } = eviction as KubeObject & { deleteOptions?: DeleteOptions };
  store.deletion.delete(definition, namespace, name, options ?? {});
  return { code: 201, body: { ...success(), apiVersion: apiVersionOf(pods) } };
}
