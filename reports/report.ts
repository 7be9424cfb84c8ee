import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { redact } from '../helpers/redact.ts';
import { html } from './html/page.ts';
import { markdown } from './markdown.ts';
import { readProofs } from './proofs.ts';
import { readReport, reportFile } from './read-report.ts';

// `npm run report -- [RUN]`: writes the pages of a run again from its conformance.json, and says where they are.

const run = process.argv[2] ?? 'reports/out/latest';
try {
  const stored = readReport(run);
  // What `npm run falsify` has shown since the run counts as well.
  const proofs = readProofs(join(import.meta.dirname, 'out'));
  const claims = stored.claims.map(claim => ({
    ...claim,
    proofs: proofs.get(claim.id) ?? claim.proofs ?? [],
  }));
  const report = { ...stored, claims };
  const folder = dirname(reportFile(run));
  writeFileSync(join(folder, 'conformance.md'), redact(markdown(report)));
  writeFileSync(join(folder, 'conformance.html'), redact(await html(report, folder)));
  process.stdout.write(`${join(folder, 'conformance.html')}\n`);
} catch (error) {
  process.stderr.write(`report: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
