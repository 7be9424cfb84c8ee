import { parseJson, Shape } from '../shape.ts';

/** How a request can fail: see probe.py, which tells them apart. */
export type FailureKind = 'refused' | 'unreachable' | 'timeout' | 'reset' | 'closed' | 'unexpected';

/** What one request came to. Times are milliseconds since 1970 by the client's clock. */
export interface ProbeAnswer {
  /** Requests of one connection have one number. */
  readonly connection: number;
  /** The address it was sent from: what was asked for, or what the kernel chose. */
  readonly source: string;
  readonly sourcePort: number;
  readonly startedMs: number;
  readonly endedMs: number;
  /** The replica that answered; undefined when none did. */
  readonly hostname: string | undefined;
  /** The address under which the replica saw the client. */
  readonly seenAs: string | undefined;
  readonly failure: FailureKind | undefined;
  /** The failure in the client's own words. */
  readonly detail: string | undefined;
}

/** What the probe was at: its own times, and every request's end in order. */
export interface ProbeLog {
  readonly beganMs: number;
  readonly stoppedMs: number;
  readonly answers: readonly ProbeAnswer[];
}

/** A line of probe.py's output: an answer, or undefined for the first and the last. @throws Error when it is neither */
export function parseAnswer(line: string): ProbeAnswer | undefined {
  const answer = new Shape('probe.py', parseJson('probe.py', line));
  if (answer.optionalNumber('connection') === undefined) return undefined;
  const failure = answer.optionalString('failure');
  const detail = answer.optionalString('detail');
  if (failure === 'local') throw new Error(`the probe could not send a request: ${detail}`);
  const remote = answer.optionalString('remote');
  return {
    connection: answer.number('connection'),
    source: answer.optionalString('source') ?? '',
    sourcePort: answer.number('sourcePort'),
    startedMs: answer.number('startedMs'),
    endedMs: answer.number('endedMs'),
    hostname: answer.optionalString('hostname'),
    seenAs: remote?.slice(0, remote.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1'),
    failure: failure as FailureKind | undefined,
    detail,
  };
}

/** All of probe.py's output. @throws Error when it is cut short: then nothing may be concluded from it */
export function parseLog(lines: readonly string[]): ProbeLog {
  const [first = 'nothing', ...others] = lines;
  const last = others.at(-1) ?? 'nothing';
  const time = (line: string, name: string): number | undefined =>
    line.startsWith('{')
      ? new Shape('probe.py', parseJson('probe.py', line)).optionalNumber(name)
      : undefined;
  const beganMs = time(first, 'beganMs');
  const stoppedMs = time(last, 'stoppedMs');
  if (beganMs === undefined || stoppedMs === undefined) {
    throw new Error(`the probe's output is cut short: it begins with ${first} and ends with ${last}`);
  }
  const answers = others.slice(0, -1).map(line => {
    const answer = parseAnswer(line);
    if (answer === undefined) throw new Error(`the probe printed a line that is no answer: ${line}`);
    return answer;
  });
  return { beganMs, stoppedMs, answers };
}
