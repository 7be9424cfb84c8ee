import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Conformance } from './conformance.ts';
import { schemaVersion } from './conformance.ts';

/** The file of a run: given itself, or by its folder. */
export function reportFile(path: string): string {
  return existsSync(path) && statSync(path).isDirectory() ? join(path, 'conformance.json') : path;
}

/**
 * Reads the report of a run, of this schema version or an older one.
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
  return value;
}

export function major(version: string): number {
  return Number(version.split('.')[0]);
}

function isReport(value: unknown): value is Conformance {
  return (
    typeof value === 'object' &&
    value !== null &&
    'schemaVersion' in value &&
    typeof value.schemaVersion === 'string' &&
    'run' in value &&
    'claims' in value &&
    Array.isArray(value.claims) &&
    'notRun' in value &&
    Array.isArray(value.notRun)
  );
}
