import https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { ExecResult, Executor } from '../exec.ts';
import { until } from '../waiting.ts';
import { podExecutor } from './exec.ts';
import { pods } from './resources.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from './types.ts';
import { inVersion, servedVersions } from './versions.ts';
import { watchEvents } from './watch.ts';

export interface KubeApi {
  get<T extends KubeObject>(type: ResourceType<T>, name: string, namespace?: string): Promise<T | undefined>;
  list<T extends KubeObject>(
    type: ResourceType<T>,
    options?: { readonly namespace?: string; readonly labelSelector?: string },
  ): Promise<readonly T[]>;
  /** @param options.strict refuse fields the API does not know, as kubectl does by default */
  create<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    options?: { readonly strict?: boolean },
  ): Promise<T>;
  /** Creates it, or merges it into what is there (JSON merge patch). */
  apply<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T>;
  /**
   * Server-side apply, as the suite's own field manager: fields that an earlier apply set and this one leaves out go.
   * Fields that another manager owns are taken over.
   */
  applyServerSide<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T>;
  /** JSON merge patch: null removes. */
  patch<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    patch: object,
  ): Promise<T>;
  /** As `patch`, of the subresource `status`. */
  patchStatus<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    patch: object,
  ): Promise<T>;
  /** Deletes and waits until it is gone. What is gone already is no error. */
  delete(type: ResourceType, name: string, namespace?: string): Promise<void>;
  /**
   * Follows an object until it is as wanted, and returns it. `isThere` is asked with undefined while it does not exist.
   * @throws Error with the object as it was last when that is not within the deadline
   */
  watchUntil<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    isThere: (object: T | undefined) => boolean,
    deadlineMs: number,
  ): Promise<T | undefined>;
  /** `kubectl scale` */
  scale(type: ResourceType, name: string, namespace: string, replicas: number): Promise<void>;
  /** As `kubectl drain` asks for each pod. A disruption budget's refusal is tried again until the deadline. */
  evict(pod: string, namespace: string): Promise<void>;
  /** @throws ExecError when the command could not be run */
  exec(pod: string, namespace: string, container: string, argv: readonly string[]): Promise<ExecResult>;
  /** `kubectl logs <pod> --all-containers --tail <lines>`, a text for each of the pod's containers. */
  logs(pod: string, namespace: string, lines: number): Promise<ReadonlyMap<string, string>>;
  /** A container as a place to run commands in. */
  executor(pod: string, namespace: string, container: string): Executor;
  close(): void;
}

/** The API server refused. `code` is HTTP's. */
export class KubeError extends Error {
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.name = 'KubeError';
    this.code = code;
  }
}

const goneMs = 60_000;
/** Who the API server says set a field. */
const fieldManager = 'cilium-conformance';

/**
 * @param kubeconfig the text of a kubeconfig file; its current context is used
 * @param options.onRequest called for every request, method and path with query, before it is sent
 * @param options.explain what is thrown in place of a refusal, or of an error of the connection
 */
export function connectKube(
  kubeconfig: string,
  {
    onRequest = () => {},
    explain = error => error,
  }: {
    readonly onRequest?: (method: string, path: string) => void;
    readonly explain?: (error: Error, method: string, path: string) => Error;
  } = {},
): KubeApi {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig has no current context with a cluster');
  // Idle connections are left before servers close them: Node's do so after 5 s, Go's later.
  const agent = new https.Agent({ keepAlive: true, timeout: 4_000 });

  const text = async (
    method: string,
    path: string,
    body?: object,
    contentType = 'application/json',
  ): Promise<string> => {
    const options: https.RequestOptions = {
      method,
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': contentType }) },
    };
    await config.applyToHTTPSOptions(options);
    onRequest(method, path);
    const [code, answer] = await request(
      new URL(`${cluster.server}${path}`),
      { ...options, agent },
      body,
    ).catch((error: Error) => {
      throw explain(error, method, path);
    });
    if (code < 300) return answer;
    throw explain(new KubeError(`${method} ${path}: ${code} ${messageIn(answer)}`, code), method, path);
  };
  const send = async <T>(...request: Parameters<typeof text>): Promise<T> =>
    JSON.parse(await text(...request)) as T;
  const found = <T>(promise: Promise<T>): Promise<T | undefined> =>
    promise.catch((error: unknown) => {
      if (error instanceof KubeError && error.code === 404) return undefined;
      throw error;
    });

  const served = servedVersions(apiVersion => found(send('GET', `/apis/${apiVersion}`)));

  const api: KubeApi = {
    get: async (type, name, namespace) => found(send('GET', pathOf(await served(type), namespace, name))),
    list: async (type, { namespace, labelSelector } = {}) => {
      const query = labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(labelSelector)}`;
      const { items } = await send<{ items: never[] }>(
        'GET',
        `${pathOf(await served(type), namespace)}${query}`,
      );
      return items;
    },
    create: async (type, object, { strict = false } = {}) => {
      const known = await served(type);
      const path = pathOf(known, object.metadata.namespace);
      return send('POST', `${path}${strict ? '?fieldValidation=Strict' : ''}`, inVersion(known, object));
    },
    apply: async (type, object) => {
      const { name, namespace } = object.metadata;
      try {
        return await api.create(type, object);
      } catch (error) {
        if (!(error instanceof KubeError) || error.code !== 409) throw error;
        return api.patch(type, name, namespace, object);
      }
    },
    patch: async (type, name, namespace, patch) => {
      const known = await served(type);
      const body = 'apiVersion' in patch ? { ...patch, apiVersion: apiVersionOf(known) } : patch;
      return send('PATCH', pathOf(known, namespace, name), body, 'application/merge-patch+json');
    },
    patchStatus: (type, name, namespace, patch) =>
      send('PATCH', `${pathOf(type, namespace, name)}/status`, patch, 'application/merge-patch+json'),
    delete: async (type, name, namespace) => {
      const removed = await found(send('DELETE', pathOf(await served(type), namespace, name)));
      if (removed === undefined) return;
      await until(`${type.kind} ${name} to be gone`, goneMs, async () =>
        (await api.get(type, name, namespace)) === undefined ? true : undefined,
      );
    },
    evict: async (pod, namespace) => {
      await until(`pod ${pod} to be evicted`, goneMs, () =>
        found(
          send<object>('POST', `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`, {
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name: pod, namespace },
          }),
        ).then(() => true),
      );
    },
    applyServerSide: async (type, object) => {
      const { name, namespace } = object.metadata;
      const known = await served(type);
      const path = `${pathOf(known, namespace, name)}?fieldManager=${fieldManager}&force=true`;
      return send('PATCH', path, inVersion(known, object), 'application/apply-patch+yaml');
    },
    watchUntil: async <T extends KubeObject>(
      type: ResourceType<T>,
      name: string,
      namespace: string | undefined,
      isThere: (object: T | undefined) => boolean,
      deadlineMs: number,
    ) => {
      const deadline = AbortSignal.timeout(deadlineMs);
      const path = `${pathOf(await served(type), namespace)}?fieldSelector=metadata.name%3D${name}`;
      let last: T | undefined;
      try {
        for (;;) {
          const list = await send<{ items: T[]; metadata: { resourceVersion: string } }>('GET', path);
          last = list.items[0];
          if (isThere(last)) return last;
          const options: https.RequestOptions = { headers: { Accept: 'application/json' } };
          await config.applyToHTTPSOptions(options);
          const version = `&watch=true&resourceVersion=${list.metadata.resourceVersion}`;
          const url = new URL(`${cluster.server}${path}${version}`);
          onRequest('GET', `${path}${version}`);
          for await (const event of watchEvents<T>(url, { ...options, agent }, deadline)) {
            if (event.type === 'ERROR') break; // too old a version, usually: list again
            if (event.type === 'BOOKMARK') continue;
            last = event.type === 'DELETED' ? undefined : event.object;
            if (isThere(last)) return last;
          }
          deadline.throwIfAborted();
        }
      } catch (error) {
        if (!deadline.aborted) throw error;
        const seen = last === undefined ? 'it does not exist' : JSON.stringify(last).slice(0, 2_000);
        throw new Error(
          `${type.kind} ${name}: not as wanted within ${deadlineMs / 1000} s; last seen: ${seen}`,
        );
      }
    },
    scale: async (type, name, namespace, replicas) => {
      const path = `${pathOf(type, namespace, name)}/scale`;
      await send('PATCH', path, { spec: { replicas } }, 'application/merge-patch+json');
    },
    exec: (pod, namespace, container, argv) => api.executor(pod, namespace, container).exec(argv),
    logs: async (pod, namespace, lines) => {
      const { containers = [] } = (await api.get(pods, pod, namespace))?.spec ?? {};
      const each = containers.map(async ({ name }): Promise<[string, string]> => {
        const query = `container=${name}&tailLines=${lines}`;
        return [name, await text('GET', `${pathOf(pods, namespace, pod)}/log?${query}`)];
      });
      return new Map(await Promise.all(each));
    },
    executor: (pod, namespace, container) => {
      const executor = podExecutor(config, { pod, namespace, container });
      const told = (): void => onRequest('GET', `${pathOf(pods, namespace, pod)}/exec`);
      return {
        ...executor,
        exec: (argv, options) => {
          told();
          return executor.exec(argv, options);
        },
        start: argv => {
          told();
          return executor.start(argv);
        },
      };
    },
    close: () => agent.destroy(),
  };
  return api;
}

function pathOf(type: ResourceType, namespace: string | undefined, name?: string): string {
  const root = type.group === '' ? '/api' : '/apis';
  const home = type.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
  return `${root}/${apiVersionOf(type)}${home}/${type.plural}${name === undefined ? '' : `/${name}`}`;
}

function request(url: URL, options: https.RequestOptions, body?: object): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = https.request(url, options, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve([response.statusCode ?? 0, Buffer.concat(chunks).toString()]));
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection at the very moment it was used again: the request never arrived.
      const missed = sent.reusedSocket && error.code === 'ECONNRESET' && options.method === 'GET';
      if (missed) request(url, options).then(resolve, reject);
      else reject(new Error(`${options.method} ${url.pathname}: ${error.message}`));
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function messageIn(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
