import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inCgroup } from '../../namespaces/cgroups.ts';
import type { HostNamespace } from '../../namespaces/namespace.ts';

export interface OperatorOptions {
  readonly program: string;
  /** The node it runs on, in that node's network as the chart's Deployment does. */
  readonly host: HostNamespace;
  /** Holds `config` (an option a file) and `account` (the service account's files). */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

const restartMs = 2_000;

/** Cilium's operator, kept running as a Deployment would. */
export class Operator {
  readonly #options: OperatorOptions;
  #child: ChildProcess | undefined;
  #wanted = false;
  #failed = false;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  get logFile(): string {
    return path.join(this.#options.directory, 'operator.log');
  }

  /** False from its first unasked end on. */
  get isRunning(): boolean {
    return !this.#failed;
  }

  /** The last lines of its log. */
  logTail(): string {
    const lines = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-3);
    return lines.map(line => line.slice(0, 400)).join('\n');
  }

  start(): void {
    this.#wanted = true;
    if (this.#child === undefined) this.#run();
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  }

  #run(): void {
    const { program, host, directory, env, log } = this.#options;
    const account = '/run/secrets/kubernetes.io/serviceaccount';
    // A statically linked program: it needs nothing of its image but itself.
    const script = `mount -t tmpfs tmpfs /run; mkdir -p ${account}; mount --bind "$1/account" ${account}; shift; exec "$@"`;
    const [first, ...args] = inCgroup(host.cgroup, [
      ...['nsenter', `--net=${host.netns}`, 'unshare', '--mount', '--uts'],
      ...['sh', '-euc', `hostname ${host.name}; ${script}`, 'operator', directory],
      ...[program, `--config-dir=${path.join(directory, 'config')}`],
    ]) as [string, ...string[]];
    const output = openSync(this.logFile, 'a', 0o600);
    const child = spawn(first, args, { stdio: ['ignore', output, output], cwd: '/', env });
    this.#child = child;
    child.on('error', error => log(`the operator cannot be run: ${error.message}`));
    child.on('exit', (code, signal) => {
      this.#child = undefined;
      if (!this.#wanted) return;
      this.#failed = true;
      log(`the operator ended (${signal ?? `exit code ${code}`}), see ${this.logFile}`);
      setTimeout(() => {
        if (this.#wanted && this.#child === undefined) this.#run();
      }, restartMs).unref();
    });
  }
}
