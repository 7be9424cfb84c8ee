import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ExecError, type Executor } from './exec.ts';

/** Runs commands on this machine, each behind the words of `enter` (e.g. `nsenter --net=…`). */
export function localExecutor(name: string, enter: readonly string[] = []): Executor {
  const launch = (argv: readonly string[]) => {
    const [program = '', ...args] = [...enter, ...argv];
    return spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  };
  return {
    name,
    exec: async (argv, { input, timeoutMs } = {}) => {
      const child = launch(argv);
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs ?? 2 ** 31 - 1);
      const outputs = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream].on('data', (chunk: Buffer) => {
          outputs[stream] += chunk.toString();
        });
      }
      child.stdin.on('error', () => {});
      child.stdin.end(input);
      try {
        const [code] = (await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
          throw new ExecError(
            name,
            argv,
            error.code === 'ENOENT' ? `${argv[0]} is not installed` : error.message,
          );
        })) as [number | null];
        if (code === null)
          throw new ExecError(name, argv, 'it was ended by a signal', { code: -1, ...outputs });
        return { code, ...outputs };
      } finally {
        clearTimeout(timer);
      }
    },
    start: async argv => {
      const child = launch(argv);
      const exited = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => ({
        code: typeof code === 'number' ? code : undefined,
        signal: typeof signal === 'string' ? signal : undefined,
      }));
      await once(child, 'spawn');
      return {
        stdout: child.stdout,
        stderr: child.stderr,
        endInput: () => child.stdin.end(),
        signal: word => child.kill(`SIG${word}`),
        exited,
      };
    },
  };
}
