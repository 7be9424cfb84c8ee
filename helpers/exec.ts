/** What a command left behind. `code` is its exit code; a command without one is an error, not a result. */
export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that goes on: its output as it comes, and a way to end it. */
export interface RunningCommand {
  readonly stdout: AsyncIterable<Buffer>;
  readonly stderr: AsyncIterable<Buffer>;
  /** Ends standard input. */
  endInput(): void;
  signal(name: 'INT' | 'TERM' | 'KILL' | 'USR1'): void;
  /** Resolves at its end. `code` is undefined when a signal or a lost connection ended it. */
  readonly exited: Promise<{ readonly code: number | undefined; readonly signal: string | undefined }>;
}

/** Runs commands somewhere: on a host over ssh, in a namespace, in a container. argv in, no shell between. */
export interface Executor {
  readonly name: string;
  /** @throws ExecError when the command could not be run or ended without an exit code */
  exec(
    argv: readonly string[],
    options?: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<ExecResult>;
  start(argv: readonly string[]): Promise<RunningCommand>;
}

/** A command that failed, or could not be run, with everything needed to understand it. */
export class ExecError extends Error {
  readonly host: string;
  readonly argv: readonly string[];
  /** What was wrong, without where and what was printed. */
  readonly what: string;
  readonly result: ExecResult | undefined;

  constructor(host: string, argv: readonly string[], what: string, result?: ExecResult) {
    const said = (result?.stderr || result?.stdout || '').trim();
    super(`on ${host}: ${argv.join(' ')}: ${what}${said === '' ? '' : `\n${said}`}`);
    this.name = 'ExecError';
    this.host = host;
    this.argv = argv;
    this.what = what;
    this.result = result;
  }
}

/** Runs a command that must succeed and returns its standard output. @throws ExecError */
export async function output(
  host: Executor,
  argv: readonly string[],
  options?: { readonly input?: string; readonly timeoutMs?: number },
): Promise<string> {
  const result = await host.exec(argv, options);
  if (result.code !== 0) throw new ExecError(host.name, argv, `exit code ${result.code}`, result);
  return result.stdout;
}
