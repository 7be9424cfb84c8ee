/** How many tests, claims or steps came out which way. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** The last line of `npm test`, read by CI: its form is fixed. */
export const render = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** Reads what `render` wrote. @throws Error when it is something else */
export function parseTally(line: string): Tally {
  const [, passed, failed, skipped] = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(line.trim()) ?? [];
  if (skipped === undefined) throw new Error(`not a tally: ${line.slice(0, 100)}`);
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function count(stats: Readonly<Record<string, unknown>>, key: string): number {
  const value = stats[key];
  if (typeof value !== 'number')
    throw new Error(`stats.${key} of Playwright's JSON report is ${String(value)}`);
  return value;
}

/**
 * Counts a report of Playwright's JSON reporter. A flaky test is a failed one, and so is an error outside any test
 * (a file that does not load). @throws Error when it is not such a report
 */
export function tallyOfTests(report: unknown): Tally {
  const stats = isRecord(report) ? report.stats : undefined;
  if (!isRecord(report) || !isRecord(stats))
    throw new Error("not a report of Playwright's JSON reporter: no stats");
  const errors = Array.isArray(report.errors) ? report.errors.length : 0;
  return {
    passed: count(stats, 'expected'),
    failed: count(stats, 'unexpected') + count(stats, 'flaky') + errors,
    skipped: count(stats, 'skipped'),
  };
}

/**
 * Counts the verdicts of a `conformance.json`. Inconclusive counts as failed: what could not be observed was not shown
 * to hold. @throws Error when it has no claims list
 */
export function tallyOfClaims(report: unknown): Tally {
  const claims = isRecord(report) ? report.claims : undefined;
  if (!Array.isArray(claims)) throw new Error('not a conformance report: no claims list');
  const verdicts = claims.map(claim => (isRecord(claim) ? claim.verdict : undefined));
  const passed = verdicts.filter(verdict => verdict === 'passed').length;
  const skipped = verdicts.filter(verdict => verdict === 'not applicable').length;
  return { passed, skipped, failed: verdicts.length - passed - skipped };
}

/**
 * What a step adds: its tally, or one failure when the step failed and its tally does not show it, or when it tested
 * nothing at all. So the last line never says "0 failed" of a run that was not fine.
 */
export function settle(tally: Tally, exitCode: number): Tally {
  const ranNothing = tally.passed + tally.failed === 0;
  return tally.failed === 0 && (exitCode !== 0 || ranNothing) ? { ...tally, failed: 1 } : tally;
}
