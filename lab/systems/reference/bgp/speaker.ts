import type { ChildProcess } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { HostNamespace } from '../../../namespaces/namespace.ts';
import { Gobgp } from './gobgp.ts';
import { gobgpConfig } from './gobgp-config.ts';
import type { DesiredInstance, Peer } from './model.ts';

export interface SpeakerOptions {
  readonly node: HostNamespace;
  /** Where its configuration and its API socket lie. */
  readonly directory: string;
  /** Something changed in a session, or routes came or went. */
  readonly onChange: () => void;
  /** It ended though nobody asked it to. */
  readonly onDeath: (how: string) => void;
}

/** gobgpd needs about 50 ms to start, a reload about 10 ms; after this long something is wrong. */
const readyTimeoutMs = 5_000;

/** Log lines after which a session or its routes are not what they were. */
const changes = new Set([
  'state changed',
  'Peer Up',
  'Peer Down',
  'received update',
  'sent update',
  'EOR received',
]);

/** One gobgpd: the BGP speaker of one instance on one node. */
export class Speaker {
  readonly gobgp: Gobgp;
  readonly #options: SpeakerOptions;
  readonly #child: ChildProcess;
  readonly #configFile: string;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<string, () => void>();
  /** Its end was asked for, or is an error of `start`. */
  #ending: boolean = true;
  #ended: boolean = false;
  /** The end of what it wrote to standard error. */
  #said = '';
  #revision = 0;
  #current: DesiredInstance;

  private constructor(child: ChildProcess, files: Files, desired: DesiredInstance, options: SpeakerOptions) {
    this.#child = child;
    this.#configFile = files.config;
    this.#options = options;
    this.#current = { ...desired, paths: [] };
    this.gobgp = new Gobgp(`${options.node.name} (gobgpd of ${desired.name})`, files.socket);
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', line => this.#onLine(line));
    child.stderr?.on('data', chunk => {
      this.#said = `${this.#said}${chunk}`.slice(-1000);
    });
    this.#exited = new Promise(resolve => {
      child.on('close', (code, signal) => {
        this.#ended = true;
        resolve();
        if (!this.#ending)
          options.onDeath(`gobgpd ended (${signal ?? `exit code ${code}`}) ${this.#said}`.trim());
      });
      child.on('error', error => {
        this.#ended = true;
        this.#said = error.message;
        resolve();
      });
    });
  }

  /**
   * Starts gobgpd with everything but its routes, adds these, and answers when it has them. It dials 5 to 9 s later,
   * so that its first UPDATEs are complete. `restarting` announces a restart to peers with graceful restart.
   * @throws Error when it does not come up
   */
  static async start(desired: DesiredInstance, options: SpeakerOptions): Promise<Speaker> {
    const files = filesOf(options, desired.name);
    // gobgpd refuses to start when the socket of one that was killed is still there.
    rmSync(files.socket, { force: true });
    writeConfig(files.config, desired, 0);
    const restarting = desired.peers.some(peer => peer.gracefulRestart !== undefined);
    const child = options.node.spawn(
      [
        ...['gobgpd', '-t', 'json', '-f', files.config, '--api-hosts', `unix://${files.socket}`],
        ...['--log-level', 'debug', '--pprof-disable', '--cpus=1'],
        // As Cilium does: the restart state is announced at every start, the first included.
        ...(restarting ? ['--graceful-restart'] : []),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, GOMAXPROCS: '1' } },
    );
    const speaker = new Speaker(child, files, desired, options);
    try {
      await speaker.#listening(files.socket);
      await speaker.apply(desired);
      speaker.#ending = false;
    } catch (error) {
      await speaker.kill();
      throw error;
    }
    return speaker;
  }

  /** Whether it can become that by `apply`, or has to be replaced: Cilium recreates an instance, too, for these. */
  canBecome({ asn, routerId, listenPort }: DesiredInstance): boolean {
    const now = this.#current;
    return asn === now.asn && routerId === now.routerId && listenPort === now.listenPort;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** What it was last told to be. */
  get current(): DesiredInstance {
    return this.#current;
  }

  /** Makes peers, policies and routes those. Routes are announced or withdrawn when it resolves. @throws ExecError */
  async apply(desired: DesiredInstance): Promise<void> {
    const before = this.#current;
    const { paths: oldPaths, ...oldConfig } = before;
    const { paths: newPaths, ...newConfig } = desired;
    const paths = new Set(oldPaths);
    const record = (instance: DesiredInstance): void => {
      this.#current = { ...instance, paths: [...paths] };
    };
    for (const prefix of oldPaths.filter(old => !newPaths.includes(old))) {
      await this.gobgp.deletePath(prefix);
      paths.delete(prefix);
      record(before);
    }
    if (!isDeepStrictEqual(oldConfig, newConfig)) {
      await this.#reload(desired);
      record(desired);
      if (!isDeepStrictEqual(before.policies, desired.policies)) await this.gobgp.softResetOut();
      for (const peer of desired.peers) {
        // gobgpd takes new timers without a word to the peer; Cilium resets the session (pkg/bgp/gobgp/peer.go).
        if (negotiatesOtherTimers(before.peers, peer)) await this.gobgp.reset(peer.address);
      }
    }
    for (const prefix of newPaths.filter(added => !paths.has(added))) {
      await this.gobgp.addPath(prefix);
      paths.add(prefix);
      record(desired);
    }
  }

  /**
   * Ends it in order: peers get the NOTIFICATION Cease, Peer De-configured (6/3), as from Cilium. A peer with
   * graceful restart keeps the routes for the restart time even then: both sides offer RFC 8538, and neither
   * Cilium's GoBGP nor this one asks for a hard reset.
   */
  async stop(): Promise<void> {
    this.#ending = true;
    await this.#end('SIGTERM');
  }

  /** Takes back every route. */
  async withdrawAll(): Promise<void> {
    await this.apply({ ...this.#current, paths: [] });
  }

  /** Ends it without notice. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#ending = true;
    this.#child.kill(signal);
    const forced = setTimeout(() => this.#child.kill('SIGKILL'), readyTimeoutMs);
    await this.#exited;
    clearTimeout(forced);
    rmSync(this.#configFile, { force: true });
  }

  async #listening(socket: string): Promise<void> {
    const deadline = Date.now() + readyTimeoutMs;
    while (!existsSync(socket)) {
      if (this.#ended) throw new Error(`gobgpd on ${this.#options.node.name} did not start: ${this.#said}`);
      if (Date.now() > deadline) {
        throw new Error(`gobgpd on ${this.#options.node.name} has no API socket after ${readyTimeoutMs} ms`);
      }
      await sleep(5);
    }
  }

  async #reload(desired: DesiredInstance): Promise<void> {
    writeConfig(this.#configFile, desired, ++this.#revision);
    const done = this.#line('Neighbor soft reset in');
    this.#child.kill('SIGHUP');
    await done;
  }

  /** Resolves at the next log line with that message. */
  async #line(message: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.set(message, resolve);
      timer = setTimeout(() => {
        reject(
          new Error(`gobgpd on ${this.#options.node.name} said no "${message}" within ${readyTimeoutMs} ms`),
        );
      }, readyTimeoutMs);
    }).finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(message);
    });
  }

  #onLine(line: string): void {
    const message = /"msg":"([^"]*)"/.exec(line)?.[1] ?? '';
    this.#waiting.get(message)?.();
    if (changes.has(message)) this.#options.onChange();
  }
}

interface Files {
  readonly config: string;
  readonly socket: string;
}

function filesOf({ directory, node }: SpeakerOptions, instance: string): Files {
  // A unix socket's path has 107 characters at most: the instance's name would be too much.
  const id = [...instance].reduce(
    (hash, character) => (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0,
    0,
  );
  const base = path.join(directory, `${node.name}-${id.toString(36)}`);
  return { config: `${base}.json`, socket: `${base}.sock` };
}

/** It may hold passwords. */
function writeConfig(file: string, desired: DesiredInstance, revision: number): void {
  writeFileSync(`${file}.new`, JSON.stringify(gobgpConfig(desired, revision)), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function negotiatesOtherTimers(before: readonly Peer[], peer: Peer): boolean {
  const old = before.find(({ address }) => address === peer.address)?.timers;
  return old !== undefined && (old.hold !== peer.timers.hold || old.keepalive !== peer.timers.keepalive);
}
