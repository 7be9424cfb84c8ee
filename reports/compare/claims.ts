import type { Conformance, Verdict } from '../conformance.ts';

/** How a claim stands in a run; `unknown` to the run's catalogue is not the same as `not run`. */
export type Standing = Verdict | 'not run' | 'unknown';

export interface Change {
  readonly id: string;
  readonly title: string;
  readonly before: Standing;
  readonly after: Standing;
  readonly reason?: string;
}

export interface ClaimsCompared {
  readonly regressed: readonly Change[];
  readonly nowSkipped: readonly Change[];
  readonly removed: readonly Change[];
  readonly fixed: readonly Change[];
  readonly new: readonly Change[];
  /** Neither run shows them, though both know them: the gate says nothing about these. */
  readonly shownByNeither: readonly string[];
  /** Claims that passed and do not any more, whatever they are now. */
  readonly worse: number;
}

/** Compares two runs claim by claim. What passed before and does not pass now is worse, whatever it is now. */
export function compareClaims(before: Conformance, after: Conformance): ClaimsCompared {
  const ids = [...new Set([...all(before), ...all(after)].map(claim => claim.id))].sort((a, b) =>
    a.localeCompare(b),
  );
  const changes = ids.map(id => change(id, before, after));
  const worse = changes.filter(one => one.before === 'passed' && one.after !== 'passed');
  return {
    regressed: worse.filter(one => one.after === 'failed' || one.after === 'inconclusive'),
    nowSkipped: worse.filter(one => one.after === 'not applicable' || one.after === 'not run'),
    removed: changes.filter(one => ran(one.before) && one.after === 'unknown'),
    fixed: changes.filter(one => ran(one.before) && one.before !== 'passed' && one.after === 'passed'),
    new: changes.filter(one => !ran(one.before) && ran(one.after)),
    shownByNeither: changes.filter(one => !shows(one.before) && !shows(one.after)).map(one => one.id),
    worse: worse.length,
  };
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

function shows(standing: Standing): boolean {
  return standing === 'passed' || standing === 'failed';
}
