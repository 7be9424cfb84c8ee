import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { redact } from '../../helpers/redact.ts';
import { readReport } from '../../reports/read-report.ts';
import { docs, pages, stored } from './pages.ts';
import { reduced } from './verified.ts';

const usage = `usage: npm run docs -- [--add RUN [--origin TEXT]]

Writes docs/claims.md from the catalogue and docs/verified.md from the runs in docs/verified/.
  --add RUN      keeps a run first: its folder or its conformance.json
  --origin TEXT  where the files of Cilium came from, e.g. "built from a fork's source"`;

try {
  const { values } = parseArgs({
    options: { add: { type: 'string' }, origin: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    console.log(usage);
  } else {
    if (values.add !== undefined) add(values.add, values.origin);
    for (const [file, text] of Object.entries(pages())) writeFileSync(path.join(docs, file), text);
  }
} catch (error) {
  console.error(`docs: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}

function add(run: string, origin: string | undefined): void {
  const report = reduced(readReport(run), origin);
  const { name, version } = report.lab?.system ?? {};
  const file = path.join(stored, `${name}-${version}-${report.run.id}.json`);
  writeFileSync(file, `${redact(JSON.stringify(report, undefined, 1))}\n`);
  console.log(path.relative(process.cwd(), file));
}
