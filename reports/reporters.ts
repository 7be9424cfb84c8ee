import { join } from 'node:path';
import type { ReporterDescription } from '@playwright/test';
import { runFolder } from './run-folder.ts';

/**
 * The reporters of a run of claims, for `playwright.config.ts`: Allure's results go into the run's folder, and ours
 * comes last, because it redacts what Allure wrote. Listing runs nothing and leaves no folder behind.
 * @param root the configuration file's folder
 */
export function reporters(root: string): ReporterDescription[] {
  const ours: ReporterDescription = [join(import.meta.dirname, 'reporter.ts')];
  if (process.argv.includes('--list')) return [ours];
  const folder = runFolder(join(root, 'reports/out'));
  return [['allure-playwright', { resultsDir: join(folder, 'allure-results') }], ours];
}
