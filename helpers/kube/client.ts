import https from 'node:https';
import { PassThrough } from 'node:stream';
import { Exec, KubeConfig, type V1Status } from '@kubernetes/client-node';
import { ExecError, type ExecResult } from '../exec.ts';
import { until } from '../waiting.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from './types.ts';

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
  /** JSON merge patch: null removes. */
  patch<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    namespace: string | undefined,
    patch: object,
  ): Promise<T>;
  /** Deletes and waits until it is gone. What is gone already is no error. */
  delete(type: ResourceType, name: string, namespace?: string): Promise<void>;
  /** As `kubectl drain` asks for each pod. A disruption budget's refusal is tried again until the deadline. */
  evict(pod: string, namespace: string): Promise<void>;
  /** @throws ExecError when the command could not be run */
  exec(pod: string, namespace: string, container: string, argv: readonly string[]): Promise<ExecResult>;
  close(): void;
}

/** The API server refused. `code` is HTTP's. */
export class KubeError extends Error {
  readonly code: number;

  constructor(request: string, code: number, message: string) {
    super(`${request}: ${code} ${message}`);
    this.name = 'KubeError';
    this.code = code;
  }
}

const goneMs = 60_000;

/** @param kubeconfig the text of a kubeconfig file; its current context is used */
export function connectKube(kubeconfig: string): KubeApi {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig has no current context with a cluster');
  const agent = new https.Agent({ keepAlive: true });

  const send = async <T>(
    method: string,
    path: string,
    body?: object,
    contentType = 'application/json',
  ): Promise<T> => {
    const options: https.RequestOptions = {
      method,
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': contentType }) },
    };
    await config.applyToHTTPSOptions(options);
    const [code, text] = await request(new URL(`${cluster.server}${path}`), { ...options, agent }, body);
    if (code < 300) return JSON.parse(text) as T;
    throw new KubeError(`${method} ${path}`, code, messageIn(text));
  };
  const found = <T>(promise: Promise<T>): Promise<T | undefined> =>
    promise.catch((error: unknown) => {
      if (error instanceof KubeError && error.code === 404) return undefined;
      throw error;
    });

  const api: KubeApi = {
    get: (type, name, namespace) => found(send('GET', pathOf(type, namespace, name))),
    list: async (type, { namespace, labelSelector } = {}) => {
      const query = labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(labelSelector)}`;
      const { items } = await send<{ items: never[] }>('GET', `${pathOf(type, namespace)}${query}`);
      return items;
    },
    create: (type, object, { strict = false } = {}) =>
      send(
        'POST',
        `${pathOf(type, object.metadata.namespace)}${strict ? '?fieldValidation=Strict' : ''}`,
        object,
      ),
    apply: async (type, object) => {
      const { name, namespace } = object.metadata;
      try {
        return await api.create(type, object);
      } catch (error) {
        if (!(error instanceof KubeError) || error.code !== 409) throw error;
        return api.patch(type, name, namespace, object);
      }
    },
    patch: (type, name, namespace, patch) =>
      send('PATCH', pathOf(type, namespace, name), patch, 'application/merge-patch+json'),
    delete: async (type, name, namespace) => {
      const removed = await found(send('DELETE', pathOf(type, namespace, name)));
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
    exec: (pod, namespace, container, argv) => execInPod(config, pod, namespace, container, argv),
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
    sent.on('error', error => reject(new Error(`${options.method} ${url.pathname}: ${error.message}`)));
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

async function execInPod(
  config: KubeConfig,
  pod: string,
  namespace: string,
  container: string,
  argv: readonly string[],
): Promise<ExecResult> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const printed = Promise.all([collect(stdout), collect(stderr)]);
  const status = new Promise<V1Status>((resolve, reject) => {
    new Exec(config)
      .exec(namespace, pod, container, [...argv], stdout, stderr, null, false, resolve)
      .then(socket => {
        socket.onclose = () => reject(new ExecError(pod, argv, 'the connection closed before it ended'));
      })
      .catch((error: unknown) =>
        reject(
          new ExecError(pod, argv, `could not be started: ${error instanceof Error ? error.message : ''}`),
        ),
      );
  });
  try {
    const ended = await status;
    stdout.end();
    stderr.end();
    const [out, err] = await printed;
    return { code: exitCodeOf(pod, argv, ended), stdout: out, stderr: err };
  } finally {
    stdout.destroy();
    stderr.destroy();
  }
}

function exitCodeOf(pod: string, argv: readonly string[], status: V1Status): number {
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find(cause => cause.reason === 'ExitCode')?.message;
  if (code === undefined) throw new ExecError(pod, argv, status.message ?? 'it failed without a message');
  return Number(code);
}

async function collect(stream: PassThrough): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
