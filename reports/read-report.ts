import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isFields } from '../fixtures/evidence/kinds.ts';
import type { ClaimResult, Conformance } from './conformance.ts';
import { schemaVersion } from './conformance.ts';

/** The file of a run: given itself, or by its folder. */
export function reportFile(path: string): string {
  return existsSync(path) && statSync(path).isDirectory() ? join(path, 'conformance.json') : path;
}

/**
 * Reads the report of a run, of this schema version or an older one: what that did not have is empty.
 * @throws Error saying which file and what is wrong with it
 */
export function readReport(path: string): Conformance {
  const file = reportFile(path);
  if (!existsSync(file))
    throw new Error(`${file}: no such file; give a run's folder or its conformance.json`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: not JSON: ${(error as Error).message}`);
  }
  if (!isReport(value))
    throw new Error(`${file}: not a conformance report: it has no schemaVersion, run and claims`);
  if (major(value.schemaVersion) > major(schemaVersion)) {
    throw new Error(
      `${file}: schema version ${value.schemaVersion} is newer than this suite's ${schemaVersion}`,
    );
  }
  return completed(value);
}

export function major(version: string): number {
  return Number(version.split('.')[0]);
}

type Parts = Pick<Conformance, 'schemaVersion' | 'run' | 'claims' | 'notRun'> & Partial<Conformance>;

/** Parts that a hand or another tool may have left out are empty, so that whoever reads on needs not ask. */
function completed(report: Parts): Conformance {
  const count = (verdict: string): number => report.claims.filter(claim => claim.verdict === verdict).length;
  return {
    catalogueVersion: '1.0',
    host: { os: 'unknown', kernel: '', cpus: 0, memoryMb: 0, node: '', playwright: '' },
    completeness: 'partial',
    counts: {
      passed: count('passed'),
      failed: count('failed'),
      inconclusive: count('inconclusive'),
      'not applicable': count('not applicable'),
      'not run': report.notRun.length,
    },
    problems: [],
    ...report,
    claims: report.claims.map(completedClaim),
  };
}

function completedClaim(claim: Partial<ClaimResult> & Pick<ClaimResult, 'id' | 'verdict'>): ClaimResult {
  return {
    title: '',
    area: 'BGP',
    topology: 'bgp',
    level: 'extended',
    status: 'stands',
    shownBy: '',
    faults: [],
    sources: [],
    durationMs: 0,
    test: '',
    repetitions: [],
    evidence: [],
    ...claim,
  };
}

function isReport(value: unknown): value is Parts {
  return (
    isFields(value) &&
    typeof value.schemaVersion === 'string' &&
    isFields(value.run) &&
    Array.isArray(value.claims) &&
    value.claims.every(
      claim => isFields(claim) && typeof claim.id === 'string' && typeof claim.verdict === 'string',
    ) &&
    Array.isArray(value.notRun)
  );
}
