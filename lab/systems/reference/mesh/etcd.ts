import https from 'node:https';
import type { Readable } from 'node:stream';
import { linesOf } from '../../../../helpers/lines.ts';

/** How to reach an etcd: through a unix socket that leads to it, and as whom. PEM texts. */
export interface EtcdAccess {
  readonly socket: string;
  /** The name its certificate is for. */
  readonly serverName: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** What changed; a deleted key has no value. */
export interface KeyChange {
  readonly key: string;
  readonly value: string | undefined;
}

/**
 * A thin client of etcd's own JSON gateway (etcd documentation, "gRPC gateway"): what a mesh needs of it are four
 * calls, and a dependency for them would bring gRPC along.
 */
export class Etcd {
  readonly #access: EtcdAccess;
  readonly #agent = new https.Agent({ keepAlive: true, maxSockets: 4 });

  constructor(access: EtcdAccess) {
    this.#access = access;
  }

  /** Everything under a prefix (every key, for an empty one), and the revision at which it was so. */
  async range(prefix: string, patienceMs = callMs): Promise<{ revision: number; entries: KeyValue[] }> {
    const answer = await this.#call<{
      header: { revision: string };
      kvs?: { key: string; value?: string }[];
    }>('/v3/kv/range', under(prefix), patienceMs);
    return {
      revision: Number(answer.header.revision),
      entries: (answer.kvs ?? []).map(({ key, value }) => ({ key: decoded(key), value: decoded(value) })),
    };
  }

  async put(key: string, value: string): Promise<void> {
    await this.#call('/v3/kv/put', { key: encoded(key), value: encoded(value) });
  }

  async delete(key: string): Promise<void> {
    await this.#call('/v3/kv/deleterange', { key: encoded(key) });
  }

  /** Changes under a prefix from a revision on, in order, until the connection ends. @throws Error when it breaks */
  async *watch(
    prefix: string,
    fromRevision: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly KeyChange[]> {
    const body = { create_request: { ...under(prefix), start_revision: String(fromRevision) } };
    const response = await this.#send('/v3/watch', body, signal);
    for await (const line of linesOf(response)) {
      const { result, error } = JSON.parse(line) as WatchLine;
      if (error !== undefined || result?.canceled === true) {
        throw new Error(
          `etcd ended the watch: ${error?.message ?? result?.cancel_reason ?? 'no reason given'}`,
        );
      }
      const changes = (result?.events ?? []).map(({ type, kv }) => ({
        key: decoded(kv.key),
        value: type === 'DELETE' ? undefined : decoded(kv.value),
      }));
      if (changes.length > 0) yield changes;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #call<T>(path: string, body: object, patienceMs = callMs): Promise<T> {
    const response = await this.#send(path, body, AbortSignal.timeout(patienceMs));
    let text = '';
    for await (const chunk of response) text += chunk;
    return JSON.parse(text) as T;
  }

  #send(path: string, body: object, signal: AbortSignal): Promise<Readable> {
    const { socket, serverName, ca, cert, key } = this.#access;
    return new Promise((resolve, reject) => {
      const request = https.request(
        {
          ...{ socketPath: socket, servername: serverName, host: serverName, ca, cert, key },
          ...{ method: 'POST', path, signal, agent: this.#agent },
        },
        response => {
          if (response.statusCode === 200) return resolve(response);
          response.resume();
          reject(new Error(`etcd ${path}: HTTP ${response.statusCode}`));
        },
      );
      request.on('error', error => reject(new Error(`etcd ${path}: ${error.message}`)));
      request.end(JSON.stringify(body));
    });
  }
}

/** How long an answer may take, in milliseconds. */
const callMs = 10_000;

interface WatchLine {
  readonly result?: {
    readonly events?: readonly { type?: string; kv: { key: string; value?: string } }[];
    readonly canceled?: boolean;
    readonly cancel_reason?: string;
  };
  readonly error?: { readonly message?: string };
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const decoded = (text = ''): string => Buffer.from(text, 'base64').toString();

/** A prefix as etcd's range of keys: from it to the key after the last that begins with it. */
function under(prefix: string): { key: string; range_end: string } {
  const bytes = Buffer.from(prefix);
  const last = bytes.at(-1);
  if (last === undefined) return { key: 'AA==', range_end: 'AA==' };
  const end = Buffer.concat([bytes.subarray(0, -1), Buffer.from([last + 1])]);
  return { key: bytes.toString('base64'), range_end: end.toString('base64') };
}
