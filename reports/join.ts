import { writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { redact } from '../helpers/redact.ts';
import type { Conformance } from './conformance.ts';
import { html } from './html/page.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { readReport } from './read-report.ts';

/**
 * One report of several runs in folders below it, each claim from the run that ran it: of an upgrade, or of the shards
 * of one run. Writes the pages and returns the report; evidence stays where it is.
 */
export async function joinReports(folder: string, runs: readonly string[]): Promise<Conformance> {
  const parts = runs.map(run => ({ run, report: readReport(run) }));
  const [first] = parts;
  if (first === undefined) throw new Error('there are no reports to join');
  const claims = parts.flatMap(({ report, run }) =>
    report.claims.map(claim => ({
      ...claim,
      evidence: claim.evidence.map(file => ({ ...file, file: join(relative(folder, run), file.file) })),
    })),
  );
  const ran = new Set(claims.map(claim => claim.id));
  const twice = claims.filter((claim, index) => claims.findIndex(other => other.id === claim.id) !== index);
  if (twice.length > 0)
    throw new Error(`more than one of the runs has ${twice.map(claim => claim.id).join(', ')}`);
  const notRun = first.report.notRun.filter(claim => !ran.has(claim.id));
  const count = (verdict: string): number => claims.filter(claim => claim.verdict === verdict).length;
  const reports = parts.map(({ report }) => report);
  const report: Conformance = {
    ...first.report,
    run: {
      ...first.report.run,
      id: basename(folder),
      startedAt: reports.map(one => one.run.startedAt).sort((a, b) => (a < b ? -1 : 1))[0] ?? '',
      durationMs: reports.reduce((sum, one) => sum + one.run.durationMs, 0),
      ended: reports.find(one => one.run.ended !== 'normally')?.run.ended ?? 'normally',
    },
    completeness: reports.some(one => one.completeness === 'partial') ? 'partial' : 'complete',
    counts: {
      passed: count('passed'),
      failed: count('failed'),
      inconclusive: count('inconclusive'),
      'not applicable': count('not applicable'),
      'not run': notRun.length,
    },
    claims,
    notRun,
    problems: reports.flatMap(one => one.problems),
  };
  const files: readonly (readonly [string, string])[] = [
    ['conformance.json', `${JSON.stringify(report, undefined, 2)}\n`],
    ['conformance.md', markdown(report)],
    ['conformance.html', await html(report, folder)],
    ['junit.xml', junit(report)],
  ];
  for (const [name, text] of files) writeFileSync(join(folder, name), redact(text));
  return report;
}
