import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ExecError } from '../../../../helpers/exec.ts';

const run = promisify(execFile);

/** How long one command may take; gobgpd answers in milliseconds or not at all. */
const commandTimeoutMs = 5_000;

/** The commands of `gobgp` the agent uses, on the API socket of one gobgpd. */
export class Gobgp {
  readonly #name: string;
  readonly #target: string;

  /** `name`: for messages. `socket`: a path; API sockets are reached from every network namespace. */
  constructor(name: string, socket: string) {
    this.#name = name;
    this.#target = `unix://${socket}`;
  }

  async addPath(prefix: string): Promise<void> {
    await this.#exec(['global', 'rib', 'add', ...family(prefix), prefix, 'origin', 'igp']);
  }

  async deletePath(prefix: string): Promise<void> {
    await this.#exec(['global', 'rib', 'del', ...family(prefix), prefix]);
  }

  /** Sends every peer what the policies of now let through, and withdraws what they do not. */
  async softResetOut(): Promise<void> {
    await this.#exec(['neighbor', 'all', 'softresetout']);
  }

  /** Ends a session by NOTIFICATION (Cease, administrative reset) and starts over. */
  async reset(peer: string): Promise<void> {
    await this.#exec(['neighbor', peer, 'reset']);
  }

  /** Ends a session, and starts no other. */
  async disable(peer: string): Promise<void> {
    await this.#exec(['neighbor', peer, 'disable']);
  }

  /** The peer's state with its counts of received and advertised routes. */
  async neighbor(peer: string): Promise<GobgpNeighbor | undefined> {
    const neighbor = await this.#json<Partial<GobgpNeighbor>>(['neighbor', peer]);
    return neighbor.conf === undefined ? undefined : { ...neighbor, conf: neighbor.conf };
  }

  /** What a peer has sent, before any filter, or what it was sent; by prefix. */
  async adjacentRib(peer: string, direction: 'in' | 'out'): Promise<GobgpRib> {
    return this.#json(['neighbor', peer, `adj-${direction}`]);
  }

  async globalRib(): Promise<GobgpRib> {
    return this.#json(['global', 'rib']);
  }

  async #json<T>(args: readonly string[]): Promise<T> {
    const said = await this.#exec(['--json', ...args]);
    return (said.trim() === '' ? {} : JSON.parse(said)) as T;
  }

  /** @throws ExecError; gobgp prints its errors on standard output, some with exit code 0 */
  async #exec(args: readonly string[]): Promise<string> {
    const argv = ['gobgp', '--target', this.#target, ...args];
    try {
      const { stdout } = await run('gobgp', argv.slice(1), {
        timeout: commandTimeoutMs,
        maxBuffer: 16 * 1024 * 1024,
        env: { ...process.env, GOMAXPROCS: '1' },
      });
      if (/^\{"error":/.test(stdout)) throw new ExecError(this.#name, argv, stdout.trim());
      return stdout;
    } catch (error) {
      if (error instanceof ExecError) throw error;
      const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
      throw new ExecError(this.#name, argv, `${stdout}${stderr}`.trim() || message);
    }
  }
}

const family = (prefix: string): string[] => ['-a', prefix.includes(':') ? 'ipv6' : 'ipv4'];

/** `gobgp --json neighbor`, as far as it is used. Fields with the value zero are left out. */
export interface GobgpNeighbor {
  conf: { neighbor_address: string; peer_asn?: number; local_asn?: number; auth_password?: string };
  state?: {
    session_state?: number;
    peer_asn?: number;
    local_cap?: GobgpCapability[];
    remote_cap?: GobgpCapability[];
  };
  timers?: {
    config?: { connect_retry?: number; hold_time?: number; keepalive_interval?: number };
    state?: {
      negotiated_hold_time?: number;
      keepalive_interval?: number;
      /** When the session came up. */
      uptime?: { seconds?: number };
    };
  };
  ebgp_multihop?: { enabled?: boolean; multihop_ttl?: number };
  graceful_restart?: { enabled?: boolean; restart_time?: number };
  afi_safis?: {
    state?: {
      family?: { afi?: number; safi?: number };
      received?: number;
      accepted?: number;
      advertised?: number;
    };
  }[];
}

export interface GobgpCapability {
  type_url: string;
  /** The capability as a protobuf message, in base64. */
  value?: string;
}

/** `gobgp --json global rib`: paths by prefix. */
export type GobgpRib = Readonly<Record<string, readonly GobgpPath[]>>;

export interface GobgpPath {
  nlri: { prefix: string };
  /** Seconds since the epoch. */
  age: number;
  best?: boolean;
  attrs: readonly ({ readonly type: number } & Readonly<Record<string, unknown>>)[];
}
