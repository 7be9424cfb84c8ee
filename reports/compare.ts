import type { ClaimResult, Conformance, Verdict } from './conformance.ts';
import { major } from './read-report.ts';

/** How a claim stands in a run; `unknown` to the run's catalogue is not the same as `not run`. */
export type Standing = Verdict | 'not run' | 'unknown';

export interface Change {
  readonly id: string;
  readonly title: string;
  readonly before: Standing;
  readonly after: Standing;
  readonly reason?: string;
}

/** A measured time whose repetitions do not overlap between the runs. */
export interface Moved {
  readonly id: string;
  readonly name: string;
  readonly beforeMs: readonly number[];
  readonly afterMs: readonly number[];
}

export interface Comparison {
  /** Why the runs cannot be compared; empty when they can. */
  readonly incomparable: readonly string[];
  readonly regressed: readonly Change[];
  readonly nowSkipped: readonly Change[];
  readonly removed: readonly Change[];
  readonly fixed: readonly Change[];
  readonly new: readonly Change[];
  readonly slower: readonly Moved[];
  readonly faster: readonly Moved[];
  /** Times with too few repetitions to tell a change from chance. */
  readonly notJudged: number;
  /** 0 nothing worse, 1 a claim that passed does not any more, 2 not comparable. */
  readonly exitCode: 0 | 1 | 2;
}

/** Compares two runs claim by claim. What passed before and does not pass now is worse, whatever it is now. */
export function compare(before: Conformance, after: Conformance): Comparison {
  const incomparable = obstacles(before, after);
  const ids = [...new Set([...all(before), ...all(after)].map(claim => claim.id))].sort((a, b) =>
    a.localeCompare(b),
  );
  const changes = ids.map(id => change(id, before, after));
  const worse = changes.filter(one => one.before === 'passed' && one.after !== 'passed');
  const times = timesOf(before, after);
  return {
    incomparable,
    regressed: worse.filter(one => one.after === 'failed' || one.after === 'inconclusive'),
    nowSkipped: worse.filter(one => one.after === 'not applicable' || one.after === 'not run'),
    removed: changes.filter(one => ran(one.before) && one.after === 'unknown'),
    fixed: changes.filter(one => ran(one.before) && one.before !== 'passed' && one.after === 'passed'),
    new: changes.filter(one => !ran(one.before) && ran(one.after)),
    slower: times.filter(one => one.moved === 'slower').map(one => one.time),
    faster: times.filter(one => one.moved === 'faster').map(one => one.time),
    notJudged: times.filter(one => one.moved === 'unknown').length,
    exitCode: incomparable.length > 0 ? 2 : worse.length > 0 ? 1 : 0,
  };
}

function obstacles(before: Conformance, after: Conformance): string[] {
  const found: string[] = [];
  if (major(before.catalogueVersion) !== major(after.catalogueVersion)) {
    found.push(
      `the catalogue's major versions differ: ${before.catalogueVersion} and ${after.catalogueVersion}`,
    );
  }
  const [one, other] = [before, after].map(topologies);
  if (one !== other) found.push(`the topologies differ: ${one} and ${other}`);
  for (const [name, report] of [
    ['baseline', before],
    ['candidate', after],
  ] as const) {
    if (report.run.ended !== 'normally')
      found.push(`the ${name} is incomplete: its run ended ${report.run.ended}`);
    if (report.claims.length === 0) found.push(`the ${name} is incomplete: no claim was run`);
  }
  const [shardBefore, shardAfter] = [before, after].map(report => JSON.stringify(report.run.shard ?? null));
  if (shardBefore !== shardAfter) found.push(`the shards differ: ${shardBefore} and ${shardAfter}`);
  return found;
}

function topologies(report: Conformance): string {
  const names = report.lab?.topologies.map(topology => topology.name).sort() ?? [];
  return names.join(' and ') || 'none';
}

function all(report: Conformance): { id: string; title: string }[] {
  return [...report.claims, ...report.notRun];
}

function change(id: string, before: Conformance, after: Conformance): Change {
  const now = after.claims.find(claim => claim.id === id) ?? after.notRun.find(claim => claim.id === id);
  const title = now?.title ?? all(before).find(claim => claim.id === id)?.title ?? '';
  const standings = { before: standing(before, id), after: standing(after, id) };
  return { id, title, ...standings, ...(now?.reason === undefined ? {} : { reason: now.reason }) };
}

function standing(report: Conformance, id: string): Standing {
  const result = report.claims.find(claim => claim.id === id);
  if (result !== undefined) return result.verdict;
  return report.notRun.some(claim => claim.id === id) ? 'not run' : 'unknown';
}

function ran(standing: Standing): boolean {
  return standing !== 'not run' && standing !== 'unknown';
}

interface Judged {
  readonly moved: 'slower' | 'faster' | 'no' | 'unknown';
  readonly time: Moved;
}

/** Every measured time that both runs have. */
function timesOf(before: Conformance, after: Conformance): Judged[] {
  return after.claims.flatMap(claim => {
    const earlier = before.claims.find(candidate => candidate.id === claim.id);
    if (earlier === undefined) return [];
    const names = new Set(
      claim.repetitions.flatMap(repetition => repetition.measured.map(time => time.name)),
    );
    return [...names].flatMap(name => {
      const [old, fresh] = [samples(earlier, name), samples(claim, name)];
      if (old.ms.length === 0) return [];
      const time = { id: claim.id, name, beforeMs: old.ms, afterMs: fresh.ms };
      return [{ moved: judge(old, fresh), time }];
    });
  });
}

interface Samples {
  readonly ms: readonly number[];
  readonly resolutionMs: number;
}

function samples(claim: ClaimResult, name: string): Samples {
  const times = claim.repetitions
    .filter(repetition => repetition.verdict === 'passed')
    .flatMap(repetition => repetition.measured.filter(time => time.name === name));
  return {
    ms: times.map(time => time.ms).sort((a, b) => a - b),
    resolutionMs: Math.max(0, ...times.map(time => time.resolutionMs)),
  };
}

/** Fewer repetitions than this say nothing about how much a time varies. */
const enough = 3;

/**
 * A time has moved when the repetitions of the two runs do not overlap at all, and their medians are further apart
 * than either run's own repetitions, and than the measurement resolves. Nothing else is assumed of the noise.
 */
function judge(before: Samples, after: Samples): Judged['moved'] {
  if (before.ms.length < enough || after.ms.length < enough) return 'unknown';
  const gap = median(after.ms) - median(before.ms);
  const noise = Math.max(range(before.ms), range(after.ms), before.resolutionMs, after.resolutionMs);
  if (Math.abs(gap) <= noise) return 'no';
  if (least(after.ms) > most(before.ms)) return 'slower';
  return most(after.ms) < least(before.ms) ? 'faster' : 'no';
}

export function median(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

function least(sorted: readonly number[]): number {
  return sorted[0] ?? Number.NaN;
}

function most(sorted: readonly number[]): number {
  return sorted.at(-1) ?? Number.NaN;
}

function range(sorted: readonly number[]): number {
  return most(sorted) - least(sorted);
}
