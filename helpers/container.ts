import type { Readable } from 'node:stream';
import { ExecError, type ExecResult, type Executor } from './exec.ts';
import { firstLineOf, textOf } from './lines.ts';

/**
 * Runs commands in a container by `docker exec`. Killing the docker client leaves the command running, and its exit
 * code does not tell a failed command from one that never ran: so the command first says under which process it runs
 * (runc makes it the leader of a session), and is killed by that.
 * @param tools where `docker` is
 */
export function containerExecutor(name: string, container: string, tools: Executor): Executor {
  const wrapped = (argv: readonly string[]): string[] => [
    ...['docker', 'exec', '--interactive', container],
    ...['sh', '-c', 'echo $$ >&2; exec "$@"', 'sh', ...argv],
  ];
  const kill = async (session: string, signal: string): Promise<void> => {
    await tools.exec(['docker', 'exec', container, 'kill', '-s', signal, '--', `-${session}`]);
  };
  const notStarted = (argv: readonly string[], said: string): ExecError =>
    new ExecError(name, argv, `docker could not start it: ${said.trim()}`);
  return {
    name,
    exec: async (argv, options) => {
      const ended = await tools.exec(wrapped(argv), options).catch(async (error: unknown) => {
        if (!(error instanceof ExecError) || error.result === undefined) throw error;
        const { session, result } = unwrap(error.result);
        if (session !== undefined) await kill(session, 'KILL');
        throw new ExecError(name, argv, error.what, result);
      });
      const { session, result } = unwrap(ended);
      if (session === undefined) throw notStarted(argv, ended.stderr);
      return result;
    },
    start: async argv => {
      const running = await tools.start(wrapped(argv));
      // Streams of a child process, which is what tools start.
      const stderr = running.stderr as typeof running.stderr & Readable;
      const said = await firstLineOf(stderr).catch(() => '');
      if (!isSession(said)) throw notStarted(argv, `${said}\n${await textOf(stderr)}`);
      return { ...running, stderr, signal: word => void kill(said, word).catch(() => {}) };
    },
  };
}

const isSession = (line: string): boolean => /^\d+$/.test(line);

function unwrap(result: ExecResult): { readonly session: string | undefined; readonly result: ExecResult } {
  const end = result.stderr.indexOf('\n');
  const first = end < 0 ? '' : result.stderr.slice(0, end);
  return isSession(first)
    ? { session: first, result: { ...result, stderr: result.stderr.slice(end + 1) } }
    : { session: undefined, result };
}
