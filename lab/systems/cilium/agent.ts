import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { paths } from './config.ts';
import type { CiliumNode } from './node.ts';

/** How long a started agent may take to be ready: on two busy cores it compiles its programs for half a minute. */
const readyWithinMs = 180_000;
const firstBackoffMs = 1_000;

/** The agent of one node, kept running as a kubelet does. */
export class Agent {
  readonly #node: CiliumNode;
  readonly #env: NodeJS.ProcessEnv;
  readonly #log: (line: string) => void;
  #child: ChildProcess | undefined;
  #wanted = false;
  #crashes = 0;

  constructor(node: CiliumNode, env: NodeJS.ProcessEnv, log: (line: string) => void) {
    this.#node = node;
    this.#env = env;
    this.#log = log;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when the agent is ready and pods can be attached. @throws Error with the end of its log */
  async start(): Promise<void> {
    if (this.#child === undefined) {
      this.#wanted = true;
      this.#crashes = 0;
      this.#run();
    }
    await this.#ready();
  }

  /** SIGKILL: the datapath goes on without it. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** As the kubelet ends a pod: SIGTERM, SIGKILL after the grace period. */
  async terminate(): Promise<void> {
    const child = this.#child;
    const timer = setTimeout(() => child?.kill('SIGKILL'), 10_000);
    await this.#end('SIGTERM');
    clearTimeout(timer);
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  #run(): void {
    const child = this.#node.start(['cilium-agent', `--config-dir=${paths.configDirectory}`], this.#env);
    this.#child = child;
    child.on('error', error => this.#log(`${this.#node.name}: the agent cannot be run: ${error.message}`));
    child.on('exit', (code, signal) => {
      this.#child = undefined;
      if (!this.#wanted) return;
      this.#log(
        `${this.#node.name}: the agent ended (${signal ?? `exit code ${code}`}), see ${this.#node.logFile}`,
      );
      this.#crashes++;
      setTimeout(
        () => {
          if (this.#wanted && this.#child === undefined) this.#run();
        },
        this.#crashes === 1 ? 0 : firstBackoffMs * 2 ** Math.min(this.#crashes, 6),
      ).unref();
    });
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + readyWithinMs;
    for (;;) {
      const state = await this.#health();
      if (state === 'Ok' && this.#node.cniConfiguration !== undefined) return;
      if (!this.#wanted) throw new Error(`${this.#node.name}: the agent was stopped while it started`);
      const ending = `its log, ${this.#node.logFile}, ends:\n${this.#node.logTail()}`;
      if (this.#crashes > 3) throw new Error(`${this.#node.name}: the agent ends again and again; ${ending}`);
      if (Date.now() > deadline) {
        throw new Error(
          `${this.#node.name}: the agent is not ready after ${readyWithinMs / 1000} s (${state}); ${ending}`,
        );
      }
      await wait(100);
    }
  }

  /** What the kubelet's readiness probe goes by: the agent's own health, in brief. */
  #health(): Promise<string> {
    return new Promise(resolve => {
      const request = http.get(
        {
          // Through the agent's own root: the path of a unix socket has 107 characters at most.
          socketPath: `/proc/${this.#child?.pid}/root/run/cilium/cilium.sock`,
          path: '/v1/healthz',
          headers: { host: 'localhost', brief: 'true' },
          timeout: 5_000,
          agent: false,
        },
        response => {
          let body = '';
          response.on('data', chunk => {
            body += chunk;
          });
          response.on('end', () => resolve(stateIn(body)));
          response.on('error', () => resolve('no answer'));
        },
      );
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve('no answer'));
    });
  }
}

function stateIn(body: string): string {
  try {
    const { cilium } = JSON.parse(body) as { cilium?: { state?: string; msg?: string } };
    return cilium?.state === 'Ok' ? 'Ok' : `${cilium?.state ?? 'no state'} ${cilium?.msg ?? ''}`.trim();
  } catch {
    return `no answer: ${body.slice(0, 100)}`;
  }
}
