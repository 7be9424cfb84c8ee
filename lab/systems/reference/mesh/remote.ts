import { setTimeout } from 'node:timers/promises';
import type { Faults } from '../faults.ts';
import type { Etcd, KeyChange } from './etcd.ts';
import {
  type ClusterConfig,
  configKey,
  heartbeatKey,
  type Part,
  parts,
  prefixes,
  syncedKey,
} from './state.ts';

const firstRetryMs = 50;
const longestRetryMs = 2_000;
/** Cilium's gRPC keepalive (pkg/kvstore/etcd.go): how often it asks, and how long it waits for the answer. */
const keepalive = { everyMs: 15_000, patienceMs: 10_000 } as const;
/** Of agents that do something wrong when the other cluster is out of reach: they have to notice soon. */
const nervous = { everyMs: 250, patienceMs: 2_000 } as const;

export interface RemoteOptions {
  readonly name: string;
  readonly etcd: Pick<Etcd, 'range' | 'watch' | 'close'>;
  /** Resolves when what changed has been acted on. */
  readonly onChange: () => Promise<void>;
  readonly faults: Faults;
  readonly log: (line: string) => void;
}

/** What an agent says of a cluster it follows (api/v1/models/remote_cluster.go). */
export interface RemoteStatus {
  readonly name: string;
  readonly connected: boolean;
  readonly config: ClusterConfig | undefined;
  readonly synced: Readonly<Record<Part, boolean>>;
  readonly counts: Readonly<Record<Part, number>>;
  readonly failures: number;
  readonly lastFailure: string | undefined;
}

/**
 * One agent's copy of another cluster's state: read whole, then followed change by change. While the other cluster is
 * out of reach it stays as it was; when it is back it is read whole again, and what is no longer there goes.
 */
export class RemoteCluster {
  readonly name: string;
  readonly #options: RemoteOptions;
  readonly #end = new AbortController();
  #entries = new Map<string, string>();
  #connected = false;
  #failures = 0;
  #lastFailure: string | undefined;
  #following: Promise<void> | undefined;

  constructor(options: RemoteOptions) {
    this.name = options.name;
    this.#options = options;
  }

  start(): void {
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#end.abort();
    this.#options.etcd.close();
    await this.#following;
  }

  /** Names under a prefix, the prefix left out, and their values. */
  *entries(part: Part): Generator<[name: string, value: string]> {
    for (const [key, value] of this.#entries) {
      if (key.startsWith(prefixes[part])) yield [key.slice(prefixes[part].length), value];
    }
  }

  get status(): RemoteStatus {
    const each = <T>(of: (part: Part) => T) =>
      Object.fromEntries(parts.map(part => [part, of(part)])) as Record<Part, T>;
    const config = this.#entries.get(configKey(this.name));
    return {
      name: this.name,
      connected: this.#connected,
      config: config === undefined ? undefined : (JSON.parse(config) as ClusterConfig),
      synced: each(part => this.#entries.has(syncedKey(this.name, part))),
      counts: each(part => [...this.entries(part)].length),
      failures: this.#failures,
      lastFailure: this.#lastFailure,
    };
  }

  get isSynced(): boolean {
    return parts.every(part => this.#entries.has(syncedKey(this.name, part)));
  }

  get #isNervous(): boolean {
    const { faults } = this.#options;
    return faults.has('mesh-never-resyncs') || faults.has('mesh-forgets-unreachable');
  }

  async #follow(): Promise<void> {
    let retry = firstRetryMs;
    let failedTries = 0;
    while (!this.#end.signal.aborted) {
      try {
        const { revision, entries } = await this.#options.etcd.range(
          'cilium/',
          this.#isNervous ? 1_000 : undefined,
        );
        const fresh = new Map(entries.map(({ key, value }) => [key, value]));
        // Until the other side has said that all of a kind is there, what is missing may only be late.
        const late = [...this.#entries].filter(([key]) =>
          parts.some(part => key.startsWith(prefixes[part]) && !fresh.has(syncedKey(this.name, part))),
        );
        this.#entries = new Map([...late, ...fresh]);
        await this.#options.onChange();
        this.#connected = true;
        retry = firstRetryMs;
        failedTries = 0;
        await this.#followChanges(revision + 1);
        throw new Error('the connection was closed');
      } catch (error) {
        if (this.#end.signal.aborted) return;
        if (this.#connected) {
          this.#failures++;
          this.#lastFailure = new Date().toISOString();
          this.#options.log(`cluster ${this.name} lost: ${String(error)}`);
        }
        this.#connected = false;
        failedTries++;
        // A moment's stall of this machine is no cut link: the first try after it succeeds.
        if (this.#options.faults.has('mesh-never-resyncs') && this.#failures > 0 && failedTries > 2) return;
        if (this.#options.faults.has('mesh-forgets-unreachable')) {
          this.#entries.clear();
          await this.#options.onChange();
        }
      }
      await setTimeout(retry, undefined, { ref: false });
      retry = Math.min(retry * 2, longestRetryMs);
    }
  }

  /** Ends, or throws, when the connection does, or no longer answers. */
  async #followChanges(revision: number): Promise<void> {
    const lost = new AbortController();
    const { everyMs, patienceMs } = this.#isNervous ? nervous : keepalive;
    const asking = setInterval(() => {
      this.#options.etcd.range(heartbeatKey, patienceMs).catch(error => lost.abort(error));
    }, everyMs);
    asking.unref();
    try {
      const signal = AbortSignal.any([this.#end.signal, lost.signal]);
      for await (const changes of this.#options.etcd.watch('cilium/', revision, signal)) {
        this.#apply(changes);
        await this.#options.onChange();
      }
    } finally {
      clearInterval(asking);
    }
  }

  #apply(changes: readonly KeyChange[]): void {
    for (const { key, value } of changes) {
      if (value === undefined) this.#entries.delete(key);
      else this.#entries.set(key, value);
    }
  }
}
