import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readReport } from '../../reports/read-report.ts';
import { claims } from '../../tests/catalogue/index.ts';
import { regressions } from '../../tests/catalogue/regressions.ts';
import { bodies } from '../../tests/catalogue/specs.ts';
import { claimsPage } from './claims.ts';
import { verifiedPage } from './verified.ts';

export const docs = path.join(import.meta.dirname, '../../docs');
export const stored = path.join(docs, 'verified');

/** The generated pages, by their file in `docs/`. */
export function pages(): Readonly<Record<string, string>> {
  const runs = readdirSync(stored)
    .filter(file => file.endsWith('.json'))
    .map(file => readReport(path.join(stored, file)));
  return {
    'claims.md': claimsPage(claims, bodies(), regressions),
    'verified.md': verifiedPage(runs, readFileSync(path.join(stored, 'not-stored.md'), 'utf8')),
  };
}
