import { readFileSync } from 'node:fs';
import { ExecError, type Executor, output } from '../exec.ts';
import { linesOf, textOf } from '../lines.ts';
import { seededRandom } from '../statistics.ts';
import { type ProbeAnswer, parseAnswer, parseLog } from './answer.ts';
import { connectionsOf, type HeldConnection, type ProbeResult, summarise } from './summary.ts';

export type { FailureKind, ProbeAnswer } from './answer.ts';
export type { Gap, HeldConnection, ProbeResult } from './summary.ts';

interface Target {
  readonly address: string;
  readonly port: number;
  /** For a request, from connecting to the end of the answer; 3 s unless given. */
  readonly timeoutMs?: number;
}

export interface ProbePlan extends Target {
  /** Where connections come from: an address of the client host, and a port that is free there; null and 0 for the kernel's choice. */
  readonly requests: readonly { readonly source: string | null; readonly sourcePort: number }[];
  /** Bytes that each request brings along. */
  readonly upload?: number;
  /** Ends connections with a reset, so that their ports can be used again at once: those with ports of the kernel's choice always do. */
  readonly reset?: boolean;
  /** How many at a time; 16 unless given. */
  readonly concurrency?: number;
  /** Begins requests at this rate instead. */
  readonly ratePerSecond?: number;
}

export interface SteadyPlan extends Target {
  /** New connections; what is measured of an outage is off by the time between two. 50 unless given. */
  readonly ratePerSecond?: number;
  /** An address of the client host; the kernel chooses when there is none. */
  readonly source?: string;
}

export interface HoldPlan extends Target {
  readonly connections?: number;
  /** Between the answer to a request and the next request on the same connection; 100 ms unless given. */
  readonly intervalMs?: number;
  readonly source?: string;
}

/** What runs where the client is. */
export const probeScript = readFileSync(new URL('./probe.py', import.meta.url), 'utf8');
const python = ['python3', '-c', probeScript] as const;

/** Sends the plan's requests from a host. @throws ExecError when the probe itself fails */
export async function probe(host: Executor, plan: ProbePlan): Promise<ProbeAnswer[]> {
  const { timeoutMs = 3_000, ...rest } = plan;
  const input = JSON.stringify({ mode: 'once', ...rest, timeoutSeconds: timeoutMs / 1000 });
  const printed = await output(host, python, { input }).catch(shortened(host));
  return [...parseLog(printed.trimEnd().split('\n')).answers];
}

/** Below the range that kernels take ephemeral ports from. */
const ports = { first: 10_000, last: 32_000 } as const;

/**
 * `count` requests a source, from different ports that the seed repeats.
 * @param taken ports to keep off, to which those given out are added
 */
export function requestsFrom(
  sources: readonly string[],
  count: number,
  seed: number,
  taken = new Set<number>(),
): ProbePlan['requests'] {
  const random = seededRandom(seed);
  const span = ports.last - ports.first;
  if (taken.size + sources.length * count > span * 0.8) taken.clear();
  const freePort = (): number => {
    const port = ports.first + Math.floor(random() * span);
    return taken.has(port) ? freePort() : port;
  };
  return sources.flatMap(source =>
    Array.from({ length: count }, () => {
      const sourcePort = freePort();
      taken.add(sourcePort);
      return { source, sourcePort };
    }),
  );
}

export interface SteadyProbe {
  /** Everything so far, in the order of the requests' ends. */
  readonly answers: readonly ProbeAnswer[];
  /** Waits for what is under way. @throws ExecError when the probe ended by itself: then nothing may be concluded */
  stop(): Promise<ProbeResult>;
}

/**
 * Opens connections to a server at a steady rate, whatever becomes of them, until told to stop. Resolves when the
 * first request has ended. @throws ExecError when the probe itself fails
 */
export async function steadyProbe(host: Executor, plan: SteadyPlan): Promise<SteadyProbe> {
  const { ratePerSecond = 50, timeoutMs = 3_000, ...rest } = plan;
  const running = await run(host, {
    mode: 'steady',
    ratePerSecond,
    timeoutSeconds: timeoutMs / 1000,
    ...rest,
  });
  return { answers: running.answers, stop: async () => summarise(parseLog(await running.stop())) };
}

export interface HeldConnections {
  readonly answers: readonly ProbeAnswer[];
  stop(): Promise<HeldConnection[]>;
}

/**
 * Opens connections and keeps them, with a request on each at an interval: what becomes of a flow that is open.
 * A connection is over with its first failure. Resolves when each has had its first request answered.
 * @throws ExecError when the probe itself fails, Error when a connection could not be opened
 */
export async function holdConnections(host: Executor, plan: HoldPlan): Promise<HeldConnections> {
  const { connections = 1, intervalMs = 100, timeoutMs = 3_000, ...rest } = plan;
  const running = await run(
    host,
    {
      mode: 'hold',
      connections,
      intervalSeconds: intervalMs / 1000,
      timeoutSeconds: timeoutMs / 1000,
      ...rest,
    },
    connections,
  );
  const answered = new Set(
    running.answers.filter(each => each.hostname !== undefined).map(each => each.connection),
  );
  const failed = running.answers.find(answer => !answered.has(answer.connection));
  if (failed !== undefined) {
    await running.stop();
    throw new Error(`${host.name}: no connection to ${plan.address}:${plan.port}: ${failed.detail}`);
  }
  return { answers: running.answers, stop: async () => connectionsOf(parseLog(await running.stop())) };
}

/** Starts probe.py and collects what it prints. Resolves when `first` connections have been heard of. */
async function run(
  host: Executor,
  plan: object,
  first = 1,
): Promise<{ answers: readonly ProbeAnswer[]; stop(): Promise<string[]> }> {
  const command = await host.start([...python, JSON.stringify(plan)]);
  const errors = textOf(command.stderr);
  const lines: string[] = [];
  const answers: ProbeAnswer[] = [];
  let stopping = false;
  let armed = (): void => {};
  const isArmed = new Promise<void>(resolve => {
    armed = resolve;
  });
  const ended = (async () => {
    for await (const line of linesOf(command.stdout)) {
      lines.push(line);
      const answer = parseAnswer(line);
      if (answer !== undefined) answers.push(answer);
      if (new Set(answers.map(each => each.connection)).size >= first) armed();
    }
    const { code, signal } = await command.exited;
    if (code === 0 && stopping) return;
    const said = (await errors).trim() || lines.at(-1) || 'nothing';
    throw new ExecError(
      host.name,
      ['python3', 'probe.py'],
      `it ended (${code ?? signal ?? 'lost'}) saying: ${said}`,
    );
  })();
  ended.catch(() => command.signal('KILL')); // told by stop(), and here while it is waited for
  await Promise.race([isArmed, ended]);
  return {
    answers,
    stop: async () => {
      if (!stopping) {
        stopping = true;
        command.endInput();
        command.signal('INT');
      }
      await ended;
      return lines;
    },
  };
}

/** An error that shows the whole script says nothing. */
function shortened(host: Executor): (error: unknown) => never {
  return error => {
    if (!(error instanceof ExecError)) throw error;
    const said =
      error.result?.stderr.trim().split('\n').at(-1) ?? error.message.replace(probeScript, '<probe.py>');
    throw new ExecError(host.name, ['python3', 'probe.py'], said);
  };
}
