import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { pods } from '../../../../helpers/kube/resources.ts';
import type { Certificates } from './credentials.ts';
import { ApiError, badRequest, noSuchResource, notFound } from './errors.ts';
import type { KubeletHooks } from './hooks.ts';
import { discover, openApi } from './http/discovery.ts';
import { serveExec } from './http/exec.ts';
import { type Reply, send } from './http/reply.ts';
import { parseResourcePath } from './http/request.ts';
import { type ResourceRequest, resourceRequest, serveResource } from './http/rest.ts';
import { serveWatch } from './http/watch.ts';
import type { Store } from './store.ts';

export interface ApiServerOptions {
  readonly store: Store;
  readonly tls: Certificates;
  readonly kubelets: KubeletHooks;
  /** The Kubernetes it claims to be, e.g. `v1.33.2`. */
  readonly version: string;
  /** Accepted beside the client certificate. */
  readonly token?: string;
}

/** The lab's Kubernetes API over TLS. `listen` on whatever it is to be reached by, more than once if need be. */
export function createApiServer(options: ApiServerOptions): https.Server {
  const { store, tls, kubelets } = options;
  const closing = new AbortController();
  const server = https.createServer(
    { cert: tls.cert, key: tls.key, ca: tls.ca, requestCert: true, rejectUnauthorized: false },
    (http, response) => {
      handle(http, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else send(http, response, failure(error));
      });
    },
  );
  server.on('upgrade', (http: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      authenticate(http, options);
      const { path, query } = parse(http);
      if (path?.subresource !== 'exec' || path.plural !== 'pods') throw noSuchResource();
      const pod = store.get(pods, path.name ?? '', path.namespace);
      if (pod === undefined) throw notFound(pods, path.name ?? '');
      serveExec(kubelets, http, socket, head, pod, query);
    } catch (error) {
      const { code, body } = failure(error);
      const text = JSON.stringify(body);
      socket.end(
        `HTTP/1.1 ${code} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
      );
    }
  });
  server.on('close', () => closing.abort());

  const handle = async (http: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { path, query, pathname } = parse(http);
    if (['/healthz', '/livez', '/readyz'].includes(pathname)) {
      return send(http, response, { code: 200, body: 'ok', contentType: 'text/plain' });
    }
    authenticate(http, options);
    const fixed = fixedAnswer(options, pathname, http.method);
    if (fixed !== undefined) return send(http, response, fixed);
    if (path === undefined) throw noSuchResource();
    const request = resourceRequest(store, path, query, http.headers.accept);
    if (path.plural === 'pods' && path.subresource === 'log') return sendLog(options, request, response);
    if (http.method === 'GET' && ['true', '1'].includes(query.get('watch') ?? '')) {
      return watch(store, request, response, closing.signal);
    }
    send(http, response, await serveResource(store, http, request));
  };
  return server;
}

function parse(http: IncomingMessage) {
  const { pathname, searchParams } = new URL(http.url ?? '/', 'https://api');
  return { pathname, query: searchParams, path: parseResourcePath(pathname) };
}

/** @throws ApiError 401 */
function authenticate(http: IncomingMessage, { token }: ApiServerOptions): void {
  if ((http.socket as TLSSocket).authorized) return;
  const [, given] = /^Bearer (.+)$/.exec(http.headers.authorization ?? '') ?? [];
  if (token !== undefined && given !== undefined && sameSecret(token, given)) return;
  throw new ApiError(401, 'Unauthorized', 'Unauthorized');
}

function sameSecret(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** Answers that are no resource of the store. */
function fixedAnswer({ store, version }: ApiServerOptions, path: string, method = 'GET'): Reply | undefined {
  const { definitions } = store.objects;
  if (path === '/version') {
    const [major, minor] = version.replace('v', '').split('.');
    return { code: 200, body: { major, minor, gitVersion: version, platform: 'linux/amd64' } };
  }
  if (method === 'POST' && /^\/apis\/authorization\.k8s\.io\/v1\/selfsubjectaccessreviews$/.test(path)) {
    const kind = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1' };
    return { code: 201, body: { ...kind, spec: {}, status: { allowed: true } } };
  }
  const described = path.startsWith('/openapi/v3') ? openApi(definitions, path) : discover(definitions, path);
  return described === undefined ? undefined : { code: 200, body: described };
}

function watch(store: Store, request: ResourceRequest, response: ServerResponse, signal: AbortSignal): void {
  const { query, path } = request;
  const timeout = query.get('timeoutSeconds');
  const byName = path.name;
  serveWatch(
    store.objects.storage,
    response,
    {
      view: request.view,
      namespace: path.namespace,
      selects: object => request.selects(object) && (byName === undefined || object.metadata.name === byName),
      resourceVersion: query.get('resourceVersion') ?? '',
      bookmarks: query.get('allowWatchBookmarks') === 'true',
      sendInitialEvents: query.get('sendInitialEvents') === 'true',
      timeoutSeconds: timeout === null ? undefined : Number(timeout),
    },
    signal,
  );
}

async function sendLog(
  { store, kubelets }: ApiServerOptions,
  { path, query }: ResourceRequest,
  response: ServerResponse,
): Promise<void> {
  const pod = store.get(pods, path.name ?? '', path.namespace);
  if (pod === undefined) throw notFound(pods, path.name ?? '');
  const container = query.get('container') ?? pod.spec.containers[0]?.name ?? '';
  const number = (name: string): number | undefined => {
    const value = query.get(name);
    return value === null ? undefined : Number(value);
  };
  const log = await kubelets
    .logs(pod, container, {
      follow: query.get('follow') === 'true',
      tailLines: number('tailLines'),
      previous: query.get('previous') === 'true',
      timestamps: query.get('timestamps') === 'true',
      sinceSeconds: number('sinceSeconds'),
    })
    .catch((error: unknown) => {
      throw badRequest(error instanceof Error ? error.message : String(error));
    });
  response.setHeader('Content-Type', 'text/plain');
  response.on('close', () => log.destroy());
  log.pipe(response);
}

function failure(error: unknown): Reply {
  if (error instanceof ApiError) return { code: error.code, body: error.toStatus() };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 500, body: new ApiError(500, 'InternalError', message).toStatus() };
}
