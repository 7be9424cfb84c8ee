import { setTimeout } from 'node:timers/promises';

/** What a look came to while it is not yet as wanted; a failure prints the last one. */
export class NotYet {
  readonly seen: string;

  constructor(seen: string) {
    this.seen = seen;
  }
}

/** Returns what was waited for; `undefined` or {@link NotYet} while it is not there. Errors count as not there. */
export type Look<T> = () => Promise<T | NotYet | undefined>;

export interface Timed<T> {
  readonly value: T;
  /** From the call to the end of the look that saw it: an upper bound, off by a look and a pause at most. */
  readonly elapsedMs: number;
  readonly polls: number;
}

/** It came, but too late. */
export class LateError extends Error {
  readonly elapsedMs: number;

  constructor(what: string, elapsedMs: number, deadlineMs: number) {
    super(`${what}: late, only after ${seconds(elapsedMs)}; allowed are ${seconds(deadlineMs)}`);
    this.name = 'LateError';
    this.elapsedMs = elapsedMs;
  }
}

/** It did not come, neither in time nor in the time watched past the deadline. */
export class NeverError extends Error {
  constructor(what: string, deadlineMs: number, watchPastMs: number, last: string) {
    const later = watchPastMs > 0 ? `, nor ${seconds(watchPastMs)} later` : '';
    super(`${what}: not within ${seconds(deadlineMs)}${later}${last}`);
    this.name = 'NeverError';
  }
}

/** It was so, and no longer is. */
export class ChangedError extends Error {
  constructor(what: string, afterMs: number, windowMs: number, seen: string) {
    const said = seen === '' ? '' : `: ${seen}`;
    super(`${what}: no longer after ${seconds(afterMs)} of the ${seconds(windowMs)} watched${said}`);
    this.name = 'ChangedError';
  }
}

export interface Patience {
  readonly deadlineMs: number;
  /** How long to go on looking past the deadline, so that "late" and "never" read differently. */
  readonly watchPastMs?: number;
  /** Between the end of one look and the start of the next. */
  readonly pauseMs?: number;
}

/**
 * Looks until something is there and says how long that took. A look that began before the deadline counts.
 * @throws LateError, NeverError with the last thing seen
 */
export async function timeUntil<T>(
  what: string,
  look: Look<T>,
  { deadlineMs, watchPastMs = deadlineMs / 2, pauseMs = 50 }: Patience,
): Promise<Timed<T>> {
  const start = performance.now();
  for (let polls = 1; ; polls++) {
    const inTime = polls === 1 || performance.now() - start <= deadlineMs;
    let last = '';
    try {
      const seen = await look();
      const elapsedMs = performance.now() - start;
      if (seen instanceof NotYet) last = `; last seen: ${seen.seen}`;
      else if (seen !== undefined) {
        if (!inTime) throw new LateError(what, elapsedMs, deadlineMs);
        return { value: seen, elapsedMs, polls };
      }
    } catch (error) {
      if (error instanceof LateError) throw error;
      last = `; the last look failed: ${error instanceof Error ? error.message : String(error)}`;
    }
    const left = deadlineMs + watchPastMs - (performance.now() - start);
    if (left <= 0) throw new NeverError(what, deadlineMs, watchPastMs, last);
    await setTimeout(Math.min(pauseMs, left));
  }
}

/** As {@link timeUntil}, for what is only waited for: answers what was there, and gives up at the deadline. */
export async function until<T>(what: string, deadlineMs: number, look: Look<T>): Promise<T> {
  const { value } = await timeUntil(what, look, { deadlineMs, watchPastMs: 0 });
  return value;
}

/**
 * Shows that something holds all through a window. `look` returns true, or false or what is wrong instead.
 * It is the caller's part to have seen before, on the same path, that `look` can fail.
 * @throws ChangedError at the first look that differs; and the error of a look that fails: who cannot look, knows nothing
 */
export async function staysTrue(
  what: string,
  look: () => Promise<boolean | NotYet>,
  { windowMs, pauseMs = 50 }: { readonly windowMs: number; readonly pauseMs?: number },
): Promise<{ readonly polls: number }> {
  const start = performance.now();
  for (let polls = 1; ; polls++) {
    const began = performance.now() - start;
    const seen = await look();
    if (seen !== true) {
      throw new ChangedError(what, performance.now() - start, windowMs, seen === false ? '' : seen.seen);
    }
    // The last look begins at the window's end or after it, so that the end is seen as well.
    if (began >= windowMs) return { polls };
    await setTimeout(Math.max(0, Math.min(pauseMs, windowMs - (performance.now() - start))));
  }
}

const seconds = (ms: number): string => `${Number((ms / 1000).toPrecision(3))} s`;
