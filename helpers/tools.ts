import { once } from 'node:events';
import { $ } from 'zx';
import { ExecError, type ExecResult, type Executor, type RunningCommand } from './exec.ts';

export interface ToolOptions {
  /** Over this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the command that runs, and refuses further ones. */
  readonly signal?: AbortSignal;
}

/** Programs on this machine that a provider drives: docker, kind, helm, vagrant. */
export function machineTools(options: ToolOptions = {}): Executor {
  const name = 'this machine';
  const launch = (argv: readonly string[]) => {
    options.signal?.throwIfAborted();
    const ac = new AbortController();
    const run = $({
      nothrow: true,
      quiet: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.signal === undefined ? { ac } : { signal: options.signal }),
    });
    return run`${argv}`;
  };
  return {
    name,
    exec: async (argv, { input, timeoutMs } = {}) => {
      const running = launch(argv);
      let late = false;
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => {
              late = true;
              void running.kill('SIGKILL').catch(() => {}); // it has just ended
            }, timeoutMs);
      running.stdin.on('error', () => {}); // a program that does not read its input tells so by its exit code, if at all
      running.stdin.end(input);
      try {
        const { exitCode, signal, stdout, stderr } = await running;
        options.signal?.throwIfAborted();
        const result: ExecResult = { code: exitCode ?? -1, stdout, stderr };
        if (late) throw new ExecError(name, argv, `it did not end within ${timeoutMs} ms`, result);
        if (exitCode === null) throw new ExecError(name, argv, `it was ended by ${signal}`, result);
        return result;
      } finally {
        clearTimeout(timer);
      }
    },
    start: async argv => {
      const running = launch(argv);
      const exited = (async () => {
        const { exitCode, signal } = await running;
        return { code: exitCode ?? undefined, signal: signal ?? undefined };
      })();
      const { child } = running;
      if (child === undefined) throw new ExecError(name, argv, 'it could not be started');
      if (child.pid === undefined) await once(child, 'spawn');
      return {
        stdout: running.stdout,
        stderr: running.stderr,
        endInput: () => running.stdin.end(),
        signal: word => child.kill(`SIG${word}`),
        exited,
      } satisfies RunningCommand;
    },
  };
}
