import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import ssh2, { type ClientChannel, type ConnectConfig } from 'ssh2';
import { ExecError, type ExecResult, type Executor, type RunningCommand } from './exec.ts';

export interface SshTarget {
  readonly name: string;
  readonly username: string;
  /** In OpenSSH's or PEM form. */
  readonly privateKey: string;
  /** The host's public key as a line of known_hosts without the name (`ssh-ed25519 AAAA…`); another key is refused. */
  readonly hostKey: string;
  readonly host?: string;
  readonly port?: number;
  /** A stream to the server in place of host and port. */
  readonly sock?: () => Duplex;
}

export interface SshExecutor extends Executor {
  close(): void;
}

/** OpenSSH allows ten sessions a connection unless told otherwise; leave it some. */
const mostChannels = 8;

/**
 * One connection to a host, with many commands on it at a time. A connection that is lost ends its commands with
 * an error, and is made anew for the next one. @throws Error when the host cannot be reached or has another key
 */
export async function connectSsh(target: SshTarget): Promise<SshExecutor> {
  const connection = new SshConnection(target);
  await connection.client();
  return connection;
}

class SshConnection implements SshExecutor {
  readonly name: string;
  readonly #target: SshTarget;
  readonly #slots = new Slots(mostChannels);
  #client: Promise<ssh2.Client> | undefined;

  constructor(target: SshTarget) {
    this.name = target.name;
    this.#target = target;
  }

  client(): Promise<ssh2.Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async exec(
    argv: readonly string[],
    options: { readonly input?: string; readonly timeoutMs?: number } = {},
  ): Promise<ExecResult> {
    const release = await this.#slots.take();
    try {
      const { channel, ended } = await this.#open(argv, `exec ${shellQuote(argv)}`);
      return await this.#finish(argv, channel, ended, options);
    } finally {
      release();
    }
  }

  async start(argv: readonly string[]): Promise<RunningCommand> {
    const release = await this.#slots.take();
    // sshd does not pass on signals to root's commands: learn the process id, and kill it by that.
    const { channel, ended } = await this.#open(argv, `echo $$ >&2; exec ${shellQuote(argv)}`);
    const pid = firstLine(channel.stderr);
    void ended.then(release);
    await pid;
    return {
      stdout: channel,
      stderr: channel.stderr,
      endInput: () => channel.end(),
      signal: name => {
        void pid.then(id => this.exec(['kill', `-${name}`, id])).catch(() => channel.close());
      },
      exited: ended,
    };
  }

  close(): void {
    void this.#client?.then(client => client.end()).catch(() => {});
  }

  async #open(
    argv: readonly string[],
    command: string,
  ): Promise<{ channel: ClientChannel; ended: Promise<Ending> }> {
    const client = await this.client();
    return new Promise((resolve, reject) => {
      client.exec(command, (error, channel) => {
        if (error !== undefined) {
          reject(new ExecError(this.name, argv, `ssh could not start it: ${error.message}`));
          return;
        }
        // Listened for at once: a short command's exit comes in the same packet as its start.
        const ended = new Promise<Ending>(end => {
          channel.on('exit', (code: number | null, signal?: string) =>
            end({ code: code ?? undefined, signal }),
          );
          channel.on('close', () => end({ code: undefined, signal: undefined }));
        });
        resolve({ channel, ended });
      });
    });
  }

  async #finish(
    argv: readonly string[],
    channel: ClientChannel,
    ended: Promise<Ending>,
    { input, timeoutMs }: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<ExecResult> {
    const closed = once(channel, 'close');
    const printed = Promise.all([collect(channel), collect(channel.stderr)]);
    channel.on('error', () => {}); // a command that does not read its input tells so by its exit code, if at all
    channel.end(input);
    let late = false;
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            channel.close();
          }, timeoutMs);
    const { code, signal } = await ended;
    const [[stdout, stderr]] = await Promise.all([printed, closed]);
    clearTimeout(timer);
    if (code !== undefined && !late) return { code, stdout, stderr };
    const why = late
      ? `it did not end within ${timeoutMs} ms`
      : signal === undefined
        ? 'the connection was lost before it ended'
        : `it was ended by ${signal}`;
    throw new ExecError(this.name, argv, why, { code: -1, stdout, stderr });
  }

  #connect(): Promise<ssh2.Client> {
    const { name, hostKey, sock, ...where } = this.#target;
    const client = new ssh2.Client();
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        this.#client = undefined;
        reject(new Error(`ssh to ${name} failed: ${error.message}`));
      };
      client.on('ready', () => {
        // Without it every command waits for the peer's delayed acknowledgement.
        client.setNoDelay(true);
        resolve(client);
      });
      client.on('error', fail);
      client.on('close', () => fail(new Error('the connection was closed')));
      const config: ConnectConfig = {
        ...where,
        ...(sock === undefined ? {} : { sock: sock() }),
        keepaliveInterval: 5_000,
        hostVerifier: (key: Buffer) => fingerprint(key) === fingerprint(keyOf(hostKey)),
      };
      client.connect(config);
    });
  }
}

/** How a command ended; a connection that was lost says neither. */
interface Ending {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A lost connection closes the stream without an end.
  await Promise.race([once(stream, 'end'), once(stream, 'close')]);
  return Buffer.concat(chunks).toString();
}

function keyOf(line: string): Buffer {
  const [, base64 = ''] = line.trim().split(/\s+/);
  return Buffer.from(base64, 'base64');
}

const fingerprint = (key: Buffer): string => createHash('sha256').update(key).digest('base64');

/** ssh hands one string to the remote shell; each argument is quoted so that the shell takes it as it is. */
export function shellQuote(argv: readonly string[]): string {
  return argv.map(argument => `'${argument.replaceAll("'", "'\\''")}'`).join(' ');
}

/** Reads the first line off a stream, and leaves the rest to others. */
function firstLine(stream: NodeJS.ReadableStream & { unshift(chunk: Buffer): void }): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = Buffer.alloc(0);
    const done = (): void => {
      stream.off('data', take);
      stream.off('end', ended);
    };
    const ended = (): void => {
      done();
      reject(new Error('the command ended before it began'));
    };
    const take = (chunk: Buffer): void => {
      text = Buffer.concat([text, chunk]);
      const end = text.indexOf('\n');
      if (end < 0) return;
      done();
      stream.pause();
      if (end + 1 < text.length) stream.unshift(text.subarray(end + 1));
      resolve(text.subarray(0, end).toString());
    };
    stream.on('data', take);
    stream.on('end', ended);
  });
}

/** A counting semaphore, first come first served. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>(resolve => this.#waiting.push(resolve));
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }
}
