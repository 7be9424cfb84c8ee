import { median, welch } from '../../helpers/statistics.ts';
import type { ClaimResult, Conformance } from '../conformance.ts';

/** A measured time of a claim in both runs, with its repetitions, shortest first. */
export interface Moved {
  readonly id: string;
  readonly name: string;
  readonly beforeMs: readonly number[];
  readonly afterMs: readonly number[];
  /** Chance that runs which do not differ seem to differ so much, corrected for the number of times compared. */
  readonly pValue: number;
}

export interface TimesCompared {
  readonly slower: readonly Moved[];
  readonly faster: readonly Moved[];
  /** Names of times with too few repetitions to tell a change from chance, by claim: `LB-06 converged`. */
  readonly notJudged: readonly string[];
}

interface Samples {
  readonly ms: readonly number[];
  readonly resolutionMs: number;
}

/** Fewer repetitions than this say nothing about how much a time varies. */
export const enough = 3;

/** Of a hundred comparisons of runs that do not differ, one may name a time that moved. */
export const falseAlarm = 0.01;

/**
 * The measured times that moved beyond what the stored repetitions vary: Welch's t test on logarithms, because times
 * vary in proportion to their length, with what the measurement itself cannot resolve added to the variance, and
 * Holm's correction, because many times are compared at once.
 */
export function compareTimes(before: Conformance, after: Conformance): TimesCompared {
  const pairs = pairsOf(before, after);
  const judged = pairs
    .filter(({ fresh, old }) => old.ms.length >= enough && fresh.ms.length >= enough)
    .map(({ fresh, id, name, old }) => {
      const { difference, pValue } = welch(logarithms(old), logarithms(fresh));
      const moved = { id, name, beforeMs: old.ms, afterMs: fresh.ms };
      return { moved, slower: difference > 0, pValue };
    });
  const corrected = holm(judged.map(({ pValue }) => pValue));
  const moved = judged.flatMap((one, index) => {
    const pValue = corrected[index] ?? 1;
    return pValue < falseAlarm ? [{ slower: one.slower, time: { ...one.moved, pValue } }] : [];
  });
  return {
    slower: moved.filter(one => one.slower).map(one => one.time),
    faster: moved.filter(one => !one.slower).map(one => one.time),
    notJudged: pairs
      .filter(({ fresh, old }) => old.ms.length < enough || fresh.ms.length < enough)
      .map(({ id, name }) => `${id} ${name}`),
  };
}

/** Every measured time that both runs have. */
function pairsOf(
  before: Conformance,
  after: Conformance,
): { id: string; name: string; old: Samples; fresh: Samples }[] {
  return after.claims.flatMap(claim => {
    const earlier = before.claims.find(candidate => candidate.id === claim.id);
    if (earlier === undefined) return [];
    const names = new Set(
      claim.repetitions.flatMap(repetition => repetition.measured.map(time => time.name)),
    );
    return [...names].flatMap(name => {
      const [old, fresh] = [samples(earlier, name), samples(claim, name)];
      return old.ms.length === 0 || fresh.ms.length === 0 ? [] : [{ id: claim.id, name, old, fresh }];
    });
  });
}

/** Of the repetitions that passed: what a red one measured is another thing. */
function samples(claim: ClaimResult, name: string): Samples {
  const times = claim.repetitions
    .filter(repetition => repetition.verdict === 'passed')
    .flatMap(repetition => repetition.measured.filter(time => time.name === name));
  return {
    ms: times.map(time => time.ms).sort((a, b) => a - b),
    resolutionMs: Math.max(0, ...times.map(time => time.resolutionMs)),
  };
}

/** A value known to ± r is spread evenly over 2 r: a variance of r²/3, relative to the value on a scale of logarithms. */
function logarithms({ ms, resolutionMs }: Samples): { values: readonly number[]; ownVariance: number } {
  const floor = Math.max(1, resolutionMs);
  const values = ms.map(value => Math.log(Math.max(value, floor)));
  const typical = Math.max(median(ms), floor);
  return { values, ownVariance: (resolutionMs / typical) ** 2 / 3 };
}

/** Holm 1979: step-down, never smaller than what was before it. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((pValue, index) => ({ pValue, index })).sort((a, b) => a.pValue - b.pValue);
  const corrected = Array.from({ length: pValues.length }, () => 1);
  let least = 0;
  for (const [rank, { pValue, index }] of order.entries()) {
    least = Math.max(least, Math.min(1, pValue * (pValues.length - rank)));
    corrected[index] = least;
  }
  return corrected;
}
