import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '../../../../helpers/kube/types.ts';
import { groupVersion } from '../definitions.ts';
import type { DeleteOptions } from '../deletion.ts';
import { badRequest, methodNotAllowed, noSuchResource } from '../errors.ts';
import { isObject } from '../json.ts';
import type { TypeMeta } from '../protobuf/decode.ts';
import type { Stored } from '../storage.ts';
import type { Store } from '../store.ts';
import type { FieldValidation, WriteOptions } from '../write-options.ts';
import { list, matching } from './list.ts';
import { patch } from './patch.ts';
import { bind, evict } from './pod-subresources.ts';
import { type Reply, success } from './reply.ts';
import { representObject } from './represent.ts';
import { parseBody, type ResourcePath, readBody } from './request.ts';
import type { ResourceRequest } from './resource-request.ts';
import { scale } from './scale.ts';

/** Answers everything about resources but watches, logs and exec. @throws ApiError */
export async function serveResource(
  store: Store,
  http: IncomingMessage,
  request: ResourceRequest,
): Promise<Reply> {
  const { path, definition, view } = request;
  const { objects } = store;
  const warnings: string[] = [];
  const options = writeOptions(http, request, warnings);
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
        const given = await objectIn(http, options.warn, typeOf(request));
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
      return scale(store, http, request, name, namespace, options);
    case 'binding':
      return bind(store, await objectIn(http, options.warn), name, namespace);
    case 'eviction':
      return evict(store, await objectIn(http, options.warn), name, namespace);
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
      const given = await objectIn(http, options.warn, typeOf(request));
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

function writeOptions(
  http: IncomingMessage,
  { query, path }: ResourceRequest,
  warnings: string[],
): WriteOptions {
  const validation = query.get('fieldValidation') ?? '';
  const known: readonly string[] = ['Ignore', 'Warn', 'Strict'] satisfies FieldValidation[];
  return {
    dryRun: query.get('dryRun') === 'All',
    fieldValidation: known.includes(validation) ? (validation as FieldValidation) : 'Warn',
    warn: message => warnings.push(message),
    manager: query.get('fieldManager') || managerOf(http.headers['user-agent']),
    ...(path.subresource === 'status' || path.subresource === 'scale'
      ? { subresource: path.subresource }
      : {}),
  };
}

/** A program that does not say who it is goes by its name in `User-Agent`: `kubectl/v1.33.0 (linux/amd64)`. */
function managerOf(userAgent = 'unknown'): string {
  return (userAgent.split('/')[0] ?? userAgent).slice(0, 128);
}

function typeOf({ definition, path }: ResourceRequest): TypeMeta {
  return { apiVersion: groupVersion(definition.group, path.version), kind: definition.kind };
}

async function objectIn(
  http: IncomingMessage,
  warn: ((message: string) => void) | undefined,
  expected?: TypeMeta,
): Promise<KubeObject> {
  const body = await parseBody(http, await readBody(http), warn, expected);
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
