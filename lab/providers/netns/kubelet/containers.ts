import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import type { Program } from './images.ts';
import type { ExecOptions, Execution } from './pod-runtime.ts';
import { quote, type Sandbox } from './sandbox.ts';

const logLimit = 1024 * 1024;

/** A container: one program in a pod's sandbox, and what it has printed. */
export class ContainerProcess {
  readonly #sandbox: Sandbox;
  readonly #program: () => Program;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #onExit: (code: number | undefined) => void;
  #child: ChildProcess | undefined;
  #log = '';

  constructor(
    sandbox: Sandbox,
    program: () => Program,
    environment: NodeJS.ProcessEnv,
    onExit: (code: number | undefined) => void,
  ) {
    this.#sandbox = sandbox;
    this.#program = program;
    this.#environment = environment;
    this.#onExit = onExit;
  }

  get logs(): string {
    return this.#log;
  }

  get environment(): NodeJS.ProcessEnv {
    return this.#environment;
  }

  /** Resolves when the program serves, or has already ended. */
  async start(): Promise<void> {
    const { argv, readyFile } = this.#program();
    const child = this.#sandbox.spawn(argv, { stdio: ['ignore', 'pipe', 'pipe'], env: this.#environment });
    this.#child = child;
    const keep = (chunk: Buffer): void => {
      this.#log = (this.#log + chunk.toString()).slice(-logLimit);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', error => keep(Buffer.from(`${error.message}\n`)));
    const ended = once(child, 'exit').then(([code]: (number | null)[]) => {
      this.#child = undefined;
      this.#onExit(code ?? undefined);
    });
    if (readyFile !== undefined) await Promise.race([untilExists(readyFile), ended]);
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#child !== undefined) signalGroup(this.#child, name);
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
): Execution {
  const terminal = ['script', '--quiet', '--flush', '--return', '--echo', 'always'];
  const command =
    options.tty === true
      ? [...terminal, '--command', `exec ${argv.map(quote).join(' ')}`, '/dev/null']
      : argv;
  const child = sandbox.spawn(command, {
    stdio: [options.stdin === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    env: environment,
  });
  child.stdin?.on('error', () => {}); // a command that does not read its input tells so by its exit code, if at all
  const exited = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  return {
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? new PassThrough().end(),
    stderr: child.stderr ?? new PassThrough().end(),
    exited,
    kill: () => signalGroup(child, 'SIGKILL'),
  };
}
