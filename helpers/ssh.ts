import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import ssh2, { type ClientChannel, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import { ExecError, type ExecResult, type Executor, type RunningCommand } from './exec.ts';
import { firstLineOf } from './lines.ts';
import { Slots } from './slots.ts';

export interface SshTarget {
  readonly name: string;
  readonly username: string;
  /** In OpenSSH's or PEM form. */
  readonly privateKey: string;
  /**
   * The host's public key as in its `.pub` file (`ssh-ed25519 AAAA…`), or its fingerprint (`SHA256:…`), or several that
   * it may have. Another key is refused. Left out, any key is taken: for machines made a moment ago on this machine only.
   */
  readonly hostKey?: string | readonly string[];
  /** Every command runs as root by sudo, which must not ask for a password. */
  readonly sudo?: boolean;
  readonly host?: string;
  readonly port?: number;
  /** The path of a unix socket that leads to the server, or a stream, in place of host and port. */
  readonly sock?: string | (() => Duplex);
}

export interface SshExecutor extends Executor {
  /** Ends the connection, and every command on it with an error. */
  close(): void;
}

type ExecOptions = { readonly input?: string; readonly timeoutMs?: number };

/** OpenSSH allows ten sessions a connection unless told otherwise; one more is ours to end commands with. */
const mostChannels = 8;
/** How long a killed command may take to let go of its channel. */
const killedMs = 5_000;
/** How long a server may refuse another session. */
const refusedMs = 5_000;

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
  readonly #kills = new Slots(1);
  #client: Promise<ssh2.Client> | undefined;

  constructor(target: SshTarget) {
    this.name = target.name;
    this.#target = target;
  }

  /** The connection there is, or a new one. */
  client(): Promise<ssh2.Client> {
    if (this.#client !== undefined) return this.#client;
    const attempt = connect(this.#target);
    this.#client = attempt;
    const forget = (): void => {
      if (this.#client === attempt) this.#client = undefined;
    };
    attempt.then(client => client.on('close', forget), forget);
    return attempt;
  }

  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const release = await this.#slots.take();
    try {
      return options.timeoutMs === undefined
        ? await this.#execToEnd(argv, options.input)
        : await this.#execWithin(argv, options.timeoutMs, options.input);
    } finally {
      release();
    }
  }

  async start(argv: readonly string[]): Promise<RunningCommand> {
    const release = await this.#slots.take();
    try {
      const { channel, ended, group } = await this.#openGroup(argv);
      void ended.then(release);
      const pid = await group;
      return {
        stdout: channel,
        stderr: channel.stderr,
        endInput: () => channel.end(),
        signal: name => void this.#signal(pid, name).catch(() => channel.close()),
        exited: ended,
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  close(): void {
    void this.#client?.then(client => client.end()).catch(() => {});
  }

  async #execToEnd(argv: readonly string[], input: string | undefined): Promise<ExecResult> {
    const { channel, ended } = await this.#open(
      argv,
      `exec ${this.#target.sudo === true ? 'sudo -n -- ' : ''}${shellQuote(argv)}`,
    );
    const printed = gather(channel);
    channel.end(input);
    return resultOf(this.name, argv, await ended, await printed);
  }

  async #execWithin(argv: readonly string[], timeoutMs: number, input?: string): Promise<ExecResult> {
    const { channel, ended, group } = await this.#openGroup(argv);
    const pid = await group;
    const printed = gather(channel);
    channel.end(input);
    const stop = new AbortController();
    const late = setTimeout(timeoutMs, true, { signal: stop.signal }).catch(() => false);
    const inTime = await Promise.race([printed.then(() => true), late.then(() => false)]);
    stop.abort();
    if (!inTime) {
      // Closing the channel would leave the command running, and sshd would count its session for ever.
      await this.#signal(pid, 'KILL').catch(() => {});
      await Promise.race([printed, setTimeout(killedMs, undefined, { ref: false })]);
      channel.close();
      const said = { code: -1, ...(await printed) };
      throw new ExecError(this.name, argv, `it did not end within ${timeoutMs} ms`, said);
    }
    return resultOf(this.name, argv, await ended, await printed);
  }

  /**
   * sshd does not pass on signals to root's commands (session.c: "session signalling requires privilege separation"),
   * so the command says under which process group it runs (sshd makes it the leader of one, and setsid where sudo is
   * in between), on stderr, first of all.
   */
  async #openGroup(argv: readonly string[]): Promise<OpenChannel & { readonly group: Promise<string> }> {
    const script = `echo $$ >&2; exec ${shellQuote(argv)}`;
    const asRoot = `exec sudo -n -- setsid --wait sh -c ${shellQuote([script])}`;
    const opened = await this.#open(argv, this.#target.sudo === true ? asRoot : script);
    const group = firstLineOf(opened.channel.stderr).catch(async () => {
      opened.channel.close();
      throw new ExecError(this.name, argv, 'the connection was lost before it started');
    });
    return { ...opened, group };
  }

  async #signal(group: string, name: 'INT' | 'TERM' | 'KILL' | 'USR1'): Promise<void> {
    const release = await this.#kills.take();
    try {
      await this.#execToEnd(['kill', '-s', name, '--', `-${group}`], undefined);
    } finally {
      release();
    }
  }

  /** Begins a command. What the server did not take is offered again: nothing of it has run. */
  async #open(argv: readonly string[], command: string): Promise<OpenChannel> {
    const giveUp = performance.now() + refusedMs;
    let reconnected = false;
    for (;;) {
      const client = await this.client().catch((error: Error) => {
        throw new ExecError(this.name, argv, error.message);
      });
      try {
        return await openChannel(client, command);
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        if (what === 'Not connected' && !reconnected) {
          this.#client = undefined;
          reconnected = true;
        } else if (what.includes('Channel open failure') && performance.now() < giveUp) {
          await setTimeout(50); // a killed command's session ends a moment after its channel
        } else {
          throw new ExecError(this.name, argv, `ssh could not start it: ${what}`);
        }
      }
    }
  }
}

/** How a command ended; a connection that was lost says neither. */
interface Ending {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

interface OpenChannel {
  readonly channel: ClientChannel;
  readonly ended: Promise<Ending>;
}

interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** The bare connection, for other things than commands. To be ended. */
export async function connect(target: SshTarget): Promise<ssh2.Client> {
  const { name, hostKey, sock, sudo: _, ...where } = target;
  const keys = typeof hostKey === 'string' ? [hostKey] : hostKey;
  let refused: string | undefined;
  const client = new ssh2.Client();
  client.setMaxListeners(0); // one a channel
  const stream = typeof sock === 'string' ? net.connect(sock) : sock?.();
  return await new Promise((resolve, reject) => {
    const lost = (error: Error): void => {
      stream?.destroy();
      reject(new Error(`ssh to ${name} failed: ${refused ?? reasonOf(error, target)}`));
    };
    client.on('ready', () => {
      // Without it every command waits for the peer's delayed acknowledgement.
      client.setNoDelay(true);
      resolve(client);
    });
    client.on('error', lost);
    client.on('close', () => lost(new Error('the connection was closed')));
    const verify = (key: Buffer): boolean => {
      if (keys?.some(known => wanted(known) === fingerprint(key))) return true;
      refused = `its host key ${fingerprint(key)} is not the known one (${keys?.map(wanted).join(', ')}); either the machine was installed anew, or it is another one`;
      return false;
    };
    const config: ConnectConfig = {
      ...where,
      ...(stream === undefined ? {} : { sock: stream }),
      keepaliveInterval: 5_000,
      ...(keys === undefined ? {} : { hostVerifier: verify, ...onlyTypesOf(keys) }),
    };
    try {
      client.connect(config);
    } catch (error) {
      lost(error as Error);
    }
  });
}

function openChannel(client: ssh2.Client, command: string): Promise<OpenChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      channel.on('error', () => {}); // a command that does not read its input tells so by its exit code, if at all
      // Listened for at once: a short command's exit comes in the same packet as its start.
      const ended = new Promise<Ending>(resolveEnd => {
        const end = (code?: number, signal?: string): void => {
          client.off('close', lost);
          resolveEnd({ code, signal });
        };
        // The channel itself says so only once everything it printed has been read.
        const lost = (): void => end();
        client.on('close', lost);
        channel.on('exit', (code: number | null, signal?: string) => end(code ?? undefined, signal));
        channel.on('close', () => end());
      });
      resolve({ channel, ended });
    });
  });
}

/** Everything a command prints, once it has let go of both its outputs or the connection is lost. */
async function gather(channel: ClientChannel): Promise<Printed> {
  const closed = once(channel, 'close');
  const [stdout, stderr] = await Promise.all([collect(channel), collect(channel.stderr), closed]);
  return { stdout, stderr };
}

async function collect(stream: Readable): Promise<string> {
  // Its end may have come in one packet with the first line, and been told before anybody listened here.
  if (stream.readableEnded || stream.destroyed) return '';
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.resume(); // it may have been paused after its first line
  // A lost connection closes the stream without an end.
  await Promise.race([once(stream, 'end'), once(stream, 'close')]);
  return Buffer.concat(chunks).toString();
}

function resultOf(
  name: string,
  argv: readonly string[],
  { code, signal }: Ending,
  printed: Printed,
): ExecResult {
  if (code !== undefined) return { code, ...printed };
  const why = signal === undefined ? 'the connection was lost before it ended' : `it was ended by ${signal}`;
  throw new ExecError(name, argv, why, { code: -1, ...printed });
}

/** A server has keys of several types, and shows one of a type it is asked for: ask for the known ones'. */
function onlyTypesOf(keys: readonly string[]): Pick<ConnectConfig, 'algorithms'> {
  const types = keys.map(key => key.trim().split(/\s+/)[0] ?? '');
  if (types.some(type => !/^(ssh|ecdsa)-/.test(type))) return {}; // a fingerprint does not tell
  const serverHostKey = types.flatMap(type =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type],
  ) as ServerHostKeyAlgorithm[];
  return { algorithms: { serverHostKey } };
}

/** What ssh2 says, with what to do where its words do not tell. */
function reasonOf(error: Error, { host, port, username }: SshTarget): string {
  const where = host === undefined ? '' : `${host}${port === undefined ? '' : ` port ${port}`}: `;
  return error.message === 'All configured authentication methods failed'
    ? `${where}user ${username} may not log in with this key; add its public half to the user's authorized_keys`
    : `${where}${error.message}`;
}

const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

function wanted(hostKey: string): string {
  const [first = '', base64 = ''] = hostKey.trim().split(/\s+/);
  return first.startsWith('SHA256:') ? first : fingerprint(Buffer.from(base64, 'base64'));
}

/** ssh hands one string to the remote shell; each argument is quoted so that the shell takes it as it is. */
export function shellQuote(argv: readonly string[]): string {
  return argv.map(argument => `'${argument.replaceAll("'", "'\\''")}'`).join(' ');
}
