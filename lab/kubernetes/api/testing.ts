import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createApiServer } from './api-server.ts';
import { type Certificates, createCertificates, kubeconfig } from './credentials.ts';
import type { KubeletHooks } from './hooks.ts';
import { createStore, type Store, type StoreOptions } from './store.ts';

/** An API server for tests: on a port of its own, with nothing around it. */
export interface TestApi {
  readonly store: Store;
  readonly url: string;
  readonly kubeconfig: string;
  readonly kubeconfigPath: string;
  readonly tls: Certificates;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface RequestOptions {
  readonly body?: Buffer | object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** Containers whose commands are this machine's, and whose logs are as given. */
export function localKubelet(logs: readonly string[] = []): KubeletHooks {
  return {
    exec: async (_pod, _container, [command = '', ...args]) => {
      const child: ChildProcess = spawn(command, args, { stdio: 'pipe' });
      return {
        stdin: child.stdin ?? undefined,
        stdout: child.stdout ?? undefined,
        stderr: child.stderr ?? undefined,
        exit: new Promise((resolve, reject) => {
          child.once('error', reject);
          child.once('close', code => resolve(code ?? 137));
        }),
        kill: () => child.kill('SIGKILL'),
      };
    },
    logs: async () => Readable.from(logs.map(line => `${line}\n`)),
  };
}

export async function startTestApi(
  options: { readonly store?: Partial<StoreOptions>; readonly kubelets?: KubeletHooks } = {},
): Promise<TestApi> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'api-'));
  const tls = await createCertificates(directory, { names: ['localhost'], addresses: ['127.0.0.1'] });
  const store = createStore({ serviceCidr: '10.96.0.0/16', rootCa: tls.ca, ...options.store });
  const server = createApiServer({
    store,
    tls,
    kubelets: options.kubelets ?? localKubelet(),
    version: 'v1.33.2',
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = kubeconfig({ ...tls, server: url, clusterName: 'test' });
  const kubeconfigPath = path.join(directory, 'kubeconfig');
  writeFileSync(kubeconfigPath, config, { mode: 0o600 });
  const agent = new https.Agent({ keepAlive: true, ca: tls.ca, cert: tls.clientCert, key: tls.clientKey });
  return {
    store,
    url,
    kubeconfig: config,
    kubeconfigPath,
    tls,
    request: (method, target, { body, headers } = {}) =>
      request(agent, method, new URL(target, url), body, headers),
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function request(
  agent: https.Agent,
  method: string,
  url: URL,
  body: Buffer | object | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const sent = https.request(url, { agent, method, headers: { ...type, ...headers } }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.startsWith('application/json') === true;
        resolve({
          code: response.statusCode ?? 0,
          headers: response.headers,
          body: isJson ? (JSON.parse(text) as unknown) : text,
        });
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
}
