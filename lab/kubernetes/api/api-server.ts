import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { pods } from '../../../helpers/kube/resources.ts';
import type { Certificates } from './credentials.ts';
import { ApiError, badRequest, field, invalid, noSuchResource, notFound } from './errors.ts';
import type { KubeletHooks } from './hooks.ts';
import { aggregated, aggregatedType } from './http/aggregated-discovery.ts';
import { discover } from './http/discovery.ts';
import { serveExec } from './http/exec/exec.ts';
import { aggregatedDiscovery } from './http/negotiate.ts';
import { openApi, openApiV2Document } from './http/openapi.ts';
import { type Reply, send } from './http/reply.ts';
import { parseResourcePath } from './http/request.ts';
import { type ResourceRequest, resourceRequest } from './http/resource-request.ts';
import { serveResource } from './http/rest.ts';
import { answerReview, sameSecret } from './http/reviews.ts';
import { serveWatch } from './http/watch.ts';
import type { Store } from './store.ts';

export interface ApiServerOptions {
  readonly store: Store;
  readonly tls: Certificates;
  readonly kubelets: KubeletHooks;
  /** The Kubernetes it claims to be, e.g. `v1.33.2`. */
  readonly version: string;
  /** Accepted beside the client certificate, and what service accounts get. Default a random one. */
  readonly token?: string;
}

/** The lab's Kubernetes API over TLS. `listen` on whatever it is to be reached by, more than once if need be. */
export function createApiServer(given: ApiServerOptions): https.Server {
  const options = { ...given, token: given.token ?? randomBytes(32).toString('base64url') };
  const { store, tls, kubelets, token } = options;
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // every open watch listens
  const server = https.createServer(
    {
      ...{ cert: tls.cert, key: tls.key, ca: tls.ca, requestCert: true, rejectUnauthorized: false },
      // As Go's servers: the commands of an exec are in its address, and may be whole scripts.
      maxHeaderSize: 1 << 20,
    },
    (http, response) => {
      handle(http, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else send(http, response, failure(error));
      });
    },
  );
  server.on('upgrade', (http: IncomingMessage, socket: Duplex, head: Buffer) => {
    // The HTTP server has let go of it: a client that breaks off would end this process.
    socket.on('error', () => socket.destroy());
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
  // Go programs keep connections for 90 s and more; one closed under a request that is no repeatable one fails it.
  server.keepAliveTimeout = 10 * 60_000;

  const handle = async (http: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { path, query, pathname } = parse(http);
    if (['/healthz', '/livez', '/readyz'].includes(pathname)) {
      return send(http, response, { code: 200, body: 'ok', contentType: 'text/plain' });
    }
    authenticate(http, options);
    const fixed = fixedAnswer(options, pathname, http.headers.accept);
    if (fixed !== undefined) return send(http, response, fixed);
    if (path === undefined) throw noSuchResource();
    const review = await answerReview(http, path, token);
    if (review !== undefined) return send(http, response, review);
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

/** Answers that are no resource of the store. */
function fixedAnswer(
  { store, version }: ApiServerOptions,
  path: string,
  accept: string | undefined,
): Reply | undefined {
  const { definitions } = store.objects;
  if (path === '/version') return { code: 200, body: versionInfo(version) };
  if (path === '/openapi/v2') return { code: 200, ...openApiV2Document(accept) };
  if (path === '/api' || path === '/apis') {
    const wanted = aggregatedDiscovery(accept);
    if (wanted !== undefined) {
      return {
        code: 200,
        body: aggregated(definitions, path, wanted),
        contentType: aggregatedType(wanted),
      };
    }
  }
  const described = path.startsWith('/openapi/v3') ? openApi(definitions, path) : discover(definitions, path);
  return described === undefined ? undefined : { code: 200, body: described };
}

/** apimachinery's version.Info. The commit says that this is no build of Kubernetes. */
function versionInfo(gitVersion: string): object {
  const [major, minor] = gitVersion.replace('v', '').split('.');
  return {
    major,
    minor,
    gitVersion,
    gitCommit: 'none',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'none',
    compiler: 'none',
    platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}

function watch(store: Store, request: ResourceRequest, response: ServerResponse, signal: AbortSignal): void {
  const { query, path } = request;
  const timeout = query.get('timeoutSeconds');
  const byName = path.name;
  if (query.has('sendInitialEvents')) {
    // As where the feature is off, its default in 1.33. Clients then list and watch.
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
      field.forbidden(
        'sendInitialEvents',
        'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
      ),
    ]);
  }
  serveWatch(
    store.objects.storage,
    response,
    {
      view: request.view,
      namespace: path.namespace,
      selects: object => request.selects(object) && (byName === undefined || object.metadata.name === byName),
      resourceVersion: query.get('resourceVersion') ?? '',
      bookmarks: query.get('allowWatchBookmarks') === 'true',
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
  log.on('error', () => response.destroy());
  log.pipe(response);
}

function failure(error: unknown): Reply {
  if (error instanceof ApiError) return { code: error.code, body: error.toStatus() };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 500, body: new ApiError(500, 'InternalError', message).toStatus() };
}
