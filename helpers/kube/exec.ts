import os from 'node:os';
import { PassThrough, type Readable } from 'node:stream';
import { Exec, type KubeConfig, type V1Status } from '@kubernetes/client-node';
import { ExecError, type Executor, type RunningCommand } from '../exec.ts';
import { firstLineOf } from '../lines.ts';

export interface ContainerName {
  readonly pod: string;
  readonly namespace: string;
  readonly container: string;
}

/**
 * A container as a place to run commands in, over the API server's exec. A command that is to take signals needs a
 * shell and `kill` in its image. One that takes too long is left to the kubelet, which ends it with its connection, or not.
 */
export function podExecutor(config: KubeConfig, where: ContainerName): Executor {
  const name = `pod ${where.namespace}/${where.pod}`;
  const executor: Executor = {
    name,
    exec: async (argv, { input, timeoutMs } = {}) => {
      const command = await connect(config, where, name, argv, input !== undefined);
      command.stdin?.end(input);
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(() => command.abandon(timeoutMs), timeoutMs);
      try {
        const printed = Promise.all([collect(command.stdout), collect(command.stderr)]);
        const code = await command.code;
        const [stdout, stderr] = await printed;
        return { code, stdout, stderr };
      } finally {
        clearTimeout(timer);
      }
    },
    start: argv => startInPod(config, where, name, executor, argv),
  };
  return executor;
}

async function startInPod(
  config: KubeConfig,
  where: ContainerName,
  name: string,
  executor: Executor,
  argv: readonly string[],
): Promise<RunningCommand> {
  const wrapped = ['sh', '-c', 'echo $$; exec "$@"', 'sh', ...argv];
  const command = await connect(config, where, name, wrapped, true);
  const pid = await firstLineOf(command.stdout).catch(async () => {
    const code = await command.code; // which tells why, if it can
    throw new ExecError(name, argv, `it could not be started: exit code ${code}`);
  });
  const kill = async (signal: string): Promise<void> => {
    const { code } = await executor.exec(['sh', '-c', `kill -s ${signal} ${pid}`]);
    if (code !== 0) command.abandon();
  };
  return {
    stdout: command.stdout,
    stderr: command.stderr,
    endInput: () => command.stdin?.end(),
    signal: signal => void kill(signal).catch(() => command.abandon()),
    exited: command.code.then(
      code => {
        const signal = signalOf(code);
        return { code: signal === undefined ? code : undefined, signal };
      },
      () => ({ code: undefined, signal: undefined }),
    ),
  };
}

interface Connected {
  readonly stdin: PassThrough | undefined;
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  /** @throws ExecError when it ends without one */
  readonly code: Promise<number>;
  abandon(timeoutMs?: number): void;
}

async function connect(
  config: KubeConfig,
  where: ContainerName,
  name: string,
  argv: readonly string[],
  withInput: boolean,
): Promise<Connected> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const stdin = withInput ? new PassThrough() : undefined;
  let settle = (_: V1Status): void => {};
  const status = new Promise<V1Status>(resolve => {
    settle = resolve;
  });
  const socket = await new Exec(config)
    .exec(
      where.namespace,
      where.pod,
      where.container,
      [...argv],
      stdout,
      stderr,
      stdin ?? null,
      false,
      settle,
    )
    .catch((error: unknown) => {
      const what =
        error instanceof Error ? error.message : (error as { message?: string } | undefined)?.message;
      throw new ExecError(name, argv, `could not be started: ${what ?? 'the API server refused'}`);
    });
  let timedOut: number | undefined;
  const lost = new Promise<never>((_, reject) => {
    socket.onclose = () => {
      stdout.end();
      stderr.end();
      const late = timedOut === undefined ? undefined : `it did not end within ${timedOut} ms`;
      reject(new ExecError(name, argv, late ?? 'the connection closed before it ended'));
    };
  });
  const code = Promise.race([status.then(ended => exitCodeOf(name, argv, ended)), lost]);
  code.catch(() => {}); // told to who waits for it
  return {
    stdin,
    stdout,
    stderr,
    code,
    abandon: timeoutMs => {
      timedOut = timeoutMs;
      socket.close();
    },
  };
}

/** 128 and a signal's number is how shells and container runtimes say what ended a command: exec has no other word. */
function signalOf(code: number): string | undefined {
  return Object.entries(os.constants.signals).find(([, number]) => number === code - 128)?.[0];
}

function exitCodeOf(name: string, argv: readonly string[], status: V1Status): number {
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find(cause => cause.reason === 'ExitCode')?.message;
  if (code === undefined) throw new ExecError(name, argv, status.message ?? 'it failed without a message');
  return Number(code);
}

async function collect(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
