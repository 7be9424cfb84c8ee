import { type Executor, output } from './exec.ts';

/** Milliseconds since 1970 by this machine's clock, finer than Date.now(). */
export const nowMs = (): number => performance.timeOrigin + performance.now();

export interface ClockOffset {
  /** What to add to a time of this machine to have that host's. */
  readonly offsetMs: number;
  /** The offset is off by no more than this. */
  readonly uncertaintyMs: number;
}

/**
 * How far a host's clock is ahead of ours, from the fastest of some questions for the time (as NTP does it: its
 * answer was given at some moment of the round trip, so half of that is all that can be wrong).
 * @throws ExecError when the host has no GNU or busybox `date`
 */
export async function clockOffset(host: Executor, questions = 7): Promise<ClockOffset> {
  let best: ClockOffset | undefined;
  for (let i = 0; i < questions; i++) {
    const sent = nowMs();
    const answer = await output(host, ['date', '+%s.%N']);
    const received = nowMs();
    const theirs = Number(answer) * 1000;
    if (Number.isNaN(theirs)) throw new Error(`${host.name}: date printed no time: ${answer.slice(0, 100)}`);
    const uncertaintyMs = (received - sent) / 2;
    if (best === undefined || uncertaintyMs < best.uncertaintyMs) {
      best = { offsetMs: theirs - (sent + uncertaintyMs), uncertaintyMs };
    }
  }
  if (best === undefined) throw new RangeError('a clock is compared by asking it once or more');
  return best;
}
