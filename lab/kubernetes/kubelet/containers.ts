import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type { ContainerProcess } from '../api/hooks.ts';
import { ContainerLog } from './container-log.ts';
import type { Program } from './images.ts';
import type { ExecOptions } from './pod-runtime.ts';
import { quote, type Sandbox } from './sandbox.ts';

/** A container: one program in a pod's sandbox, and what it has printed. */
export class Container {
  readonly environment: NodeJS.ProcessEnv;
  readonly #sandbox: Sandbox;
  readonly #program: () => Program;
  readonly #onExit: (code: number | undefined) => void;
  #child: ChildProcess | undefined;
  #stopSignal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM';
  /** Of the last two runs. */
  #logs: readonly ContainerLog[] = [];

  constructor(
    sandbox: Sandbox,
    program: () => Program,
    environment: NodeJS.ProcessEnv,
    onExit: (code: number | undefined) => void,
  ) {
    this.#sandbox = sandbox;
    this.#program = program;
    this.environment = environment;
    this.#onExit = onExit;
  }

  get log(): ContainerLog | undefined {
    return this.#logs.at(-1);
  }

  /** That of the run before this one. */
  get previousLog(): ContainerLog | undefined {
    return this.#logs.at(-2);
  }

  /** Resolves when the program serves, or has already ended. */
  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    const { argv, readyFile, stopSignal = 'SIGTERM' } = this.#program();
    this.#stopSignal = stopSignal;
    const child = this.#sandbox.spawn(argv, { stdio: ['ignore', 'pipe', 'pipe'], env: this.environment });
    const log = new ContainerLog();
    this.#logs = [...this.#logs.slice(-1), log];
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => log.write(chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => log.write(chunk.toString()));
    const ended = new Promise<void>(resolve => {
      const finish = (code: number | undefined): void => {
        if (this.#child !== child) return;
        this.#child = undefined;
        resolve();
        this.#onExit(code);
      };
      child.on('error', error => {
        log.write(`${error.message}\n`);
        finish(127);
      });
      child.on('exit', code => finish(code ?? undefined));
      child.on('close', () => log.end());
    });
    if (readyFile !== undefined) await Promise.race([untilExists(readyFile), ended]);
  }

  /** Asks the program to end. */
  terminate(): void {
    if (this.#child !== undefined) signalGroup(this.#child, this.#stopSignal);
  }

  kill(): void {
    if (this.#child !== undefined) signalGroup(this.#child, 'SIGKILL');
  }

  get ended(): Promise<unknown> {
    return this.#child === undefined ? Promise.resolve() : once(this.#child, 'exit');
  }
}

function signalGroup(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // It has ended.
  }
}

function untilExists(file: string): Promise<void> {
  return new Promise(resolve => {
    const watcher = watch(path.dirname(file), () => check());
    const check = (): void => {
      if (!existsSync(file)) return;
      watcher.close();
      resolve();
    };
    watcher.on('error', () => resolve()); // the directory went with its pod
    check();
  });
}

/** Runs a command next to a container. With a terminal both outputs are one, as in a real container. */
export function execute(
  sandbox: Sandbox,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  options: ExecOptions,
): ContainerProcess {
  const terminal = ['script', '--quiet', '--flush', '--return', '--echo', 'always'];
  const command = options.tty
    ? [...terminal, '--command', `exec ${argv.map(quote).join(' ')}`, '/dev/null']
    : argv;
  const child = sandbox.spawn(command, {
    stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', options.tty ? 'ignore' : 'pipe'],
    env: environment,
  });
  child.stdin?.on('error', () => {}); // a command that does not read its input tells so by its exit code, if at all
  const exit = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    // As shells have it: 128 and the signal's number.
    child.on('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  return {
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    stderr: child.stderr ?? undefined,
    exit,
    kill: () => signalGroup(child, 'SIGKILL'),
  };
}
