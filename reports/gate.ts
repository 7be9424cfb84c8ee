import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { redact } from '../helpers/redact.ts';
import { compare } from './compare/compare.ts';
import { gateMarkdown } from './compare/words.ts';
import { annotations } from './github.ts';
import { readReport, reportFile } from './read-report.ts';

// `npm run gate -- BASELINE CANDIDATE`: are the claims that held before still held? Prints the answer, writes
// gate.json and gate.md beside the candidate's report. Exit code 0 nothing worse, 1 regression, 2 not comparable.

try {
  const [baseline, candidate, ...rest] = process.argv.slice(2);
  if (baseline === undefined || candidate === undefined || rest.length > 0) {
    throw new Error('usage: npm run gate -- BASELINE CANDIDATE (run folders, or their conformance.json)');
  }
  const [before, after] = [readReport(baseline), readReport(candidate)];
  const result = compare(before, after);
  const text = redact(gateMarkdown(before, after, result));
  const folder = dirname(reportFile(candidate));
  const runs = { baseline: before.run.id, candidate: after.run.id };
  const json = JSON.stringify({ schemaVersion: '1.0', ...runs, ...result }, undefined, 2);
  writeFileSync(join(folder, 'gate.json'), redact(`${json}\n`));
  writeFileSync(join(folder, 'gate.md'), text);
  process.stdout.write(text);
  annotations.gate(result, text);
  process.exitCode = result.exitCode;
} catch (error) {
  process.stderr.write(`gate: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
