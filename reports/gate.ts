import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Change, Comparison, Moved } from './compare.ts';
import { compare, median } from './compare.ts';
import type { Conformance } from './conformance.ts';
import { readReport, reportFile } from './read-report.ts';
import { duration } from './words.ts';

// `npm run gate -- BASELINE CANDIDATE`: are the claims that held before still held? Prints the answer, writes
// gate.json and gate.md beside the candidate's report. Exit code 0 nothing worse, 1 regression, 2 not comparable.

function gateMarkdown(before: Conformance, after: Conformance, result: Comparison): string {
  const label = (report: Conformance): string =>
    `${report.lab?.system.label ?? 'unknown'}, run ${report.run.id}`;
  const decision = ['Nothing worse.', '**Regression.**', '**The runs cannot be compared.**'][result.exitCode];
  return `${[
    `# Gate`,
    '',
    `- Baseline: ${label(before)}`,
    `- Candidate: ${label(after)}`,
    '',
    decision,
    ...list('Not comparable', result.incomparable),
    ...list('Regressed', result.regressed.map(changeText)),
    ...list('Now skipped', result.nowSkipped.map(changeText)),
    ...list('Removed', result.removed.map(changeText)),
    ...list('Fixed', result.fixed.map(changeText)),
    ...list('New', result.new.map(changeText)),
    ...list('Slower than repetitions vary', result.slower.map(movedText)),
    ...list('Faster than repetitions vary', result.faster.map(movedText)),
    ...(result.notJudged === 0
      ? []
      : [
          '',
          `${result.notJudged} measured times have too few repetitions to judge: run with --repeat-each=3 or more.`,
        ]),
  ].join('\n')}\n`;
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0
    ? []
    : ['', `## ${title} (${items.length})`, '', ...items.map(item => `- ${item}`)];
}

function changeText({ after, before, id, reason, title }: Change): string {
  const why = reason === undefined ? '' : `: ${reason.split('\n')[0]}`;
  return `${id} ${title}: ${before} → ${after}${why}`;
}

function movedText({ afterMs, beforeMs, id, name }: Moved): string {
  return `${id} ${name}: ${duration(median(beforeMs))} → ${duration(median(afterMs))} (medians of ${beforeMs.length} and ${afterMs.length})`;
}

try {
  const [baseline, candidate, ...rest] = process.argv.slice(2);
  if (baseline === undefined || candidate === undefined || rest.length > 0) {
    throw new Error('usage: npm run gate -- BASELINE CANDIDATE (run folders, or their conformance.json)');
  }
  const [before, after] = [readReport(baseline), readReport(candidate)];
  const result = compare(before, after);
  const text = gateMarkdown(before, after, result);
  const folder = dirname(reportFile(candidate));
  const runs = { baseline: before.run.id, candidate: after.run.id };
  writeFileSync(
    join(folder, 'gate.json'),
    `${JSON.stringify({ schemaVersion: '1.0', ...runs, ...result }, undefined, 2)}\n`,
  );
  writeFileSync(join(folder, 'gate.md'), text);
  process.stdout.write(text);
  process.exitCode = result.exitCode;
} catch (error) {
  process.stderr.write(`gate: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
