import { tally } from '../statistics.ts';
import type { ProbeAnswer, ProbeLog } from './answer.ts';

/** A time without an answer, by the client's clock. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly lengthMs: number;
}

/** What a steady stream of requests came to. */
export interface ProbeResult extends ProbeLog {
  readonly successes: number;
  readonly failures: readonly ProbeAnswer[];
  /** How many answers came from each replica. */
  readonly byHostname: Readonly<Record<string, number>>;
  /** Under how many addresses the replicas saw the client. */
  readonly bySeenAs: Readonly<Record<string, number>>;
  /** The longest time between two ends of answered requests, the beginning and the stop included. */
  readonly longestGap: Gap;
}

export function summarise(log: ProbeLog): ProbeResult {
  const answered = log.answers.filter(answer => answer.failure === undefined);
  return {
    ...log,
    successes: answered.length,
    failures: log.answers.filter(answer => answer.failure !== undefined),
    byHostname: tally(answered.flatMap(answer => answer.hostname ?? [])),
    bySeenAs: tally(answered.flatMap(answer => answer.seenAs ?? [])),
    longestGap: longestGap(log, answered),
  };
}

/** An answer that came after the stop, to a request from before, does not make the time before it shorter. */
function longestGap({ beganMs, stoppedMs }: ProbeLog, answered: readonly ProbeAnswer[]): Gap {
  const ends = answered.map(answer => Math.min(answer.endedMs, stoppedMs)).sort((a, b) => a - b);
  const moments = [beganMs, ...ends, Math.max(stoppedMs, beganMs)];
  let longest: Gap = { fromMs: beganMs, toMs: beganMs, lengthMs: 0 };
  for (const [index, toMs] of moments.entries()) {
    const fromMs = moments[index - 1] ?? toMs;
    if (toMs - fromMs > longest.lengthMs) longest = { fromMs, toMs, lengthMs: toMs - fromMs };
  }
  return longest;
}

/** What became of one connection that was to stay open. */
export interface HeldConnection {
  readonly connection: number;
  readonly source: string;
  readonly sourcePort: number;
  readonly hostname: string | undefined;
  readonly answers: number;
  /** How it failed, and when; undefined when it was open to the end. */
  readonly failure: ProbeAnswer | undefined;
  /** The longest a request on it waited for its answer, failed ones included. */
  readonly slowestMs: number;
}

export function connectionsOf(log: ProbeLog): HeldConnection[] {
  const numbers = [...new Set(log.answers.map(answer => answer.connection))].sort((a, b) => a - b);
  return numbers.map(connection => {
    const own = log.answers.filter(answer => answer.connection === connection);
    const failure = own.find(answer => answer.failure !== undefined);
    return {
      connection,
      source: own[0]?.source ?? '',
      sourcePort: own[0]?.sourcePort ?? 0,
      hostname: own.find(answer => answer.hostname !== undefined)?.hostname,
      answers: own.filter(answer => answer.failure === undefined).length,
      failure,
      slowestMs: Math.max(...own.map(answer => answer.endedMs - answer.startedMs)),
    };
  });
}
