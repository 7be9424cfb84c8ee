import path from 'node:path';
import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';
import { labsAtOnce } from './lab/providers/index.ts';
import { reporters } from './reports/reporters.ts';
import { runFolder } from './reports/run-folder.ts';

// Plain `npx playwright test` runs the claims. The project's own unit tests need no lab and are asked for by
// `npm test`, or by UNIT=1.
const unit = process.env.UNIT === '1';
// What of the providers runs for real on this machine: `npm run test:providers`, or PROVIDERS=1.
const live = process.env.PROVIDERS === '1';
const root = import.meta.dirname;

export default defineConfig({
  // Playwright empties this folder: a run of its own each, so that two at a time do not disturb each other.
  outputDir: runFolder(path.join(root, 'test-results')),
  forbidOnly: process.env.CI !== undefined,
  fullyParallel: !live,
  // Each worker of the claims has labs of its own; two of them keep the two cores of a small machine busy. Of other
  // providers' labs there is one.
  workers: workers(),
  ...configured(),
});

function workers(): number {
  if (live) return 1; // what a machine has one of: package database, Docker engine
  return unit ? 2 : labsAtOnce();
}

function configured(): PlaywrightTestConfig {
  if (unit) {
    return {
      projects: [
        {
          name: 'unit',
          testDir: '.',
          testMatch: /(commands|fixtures|helpers|lab|reports|tests)\/.*\.test\.ts$/,
        },
      ],
    };
  }
  if (live) {
    return {
      projects: [{ name: 'providers', testDir: 'lab/providers', testMatch: /\.live\.ts$/ }],
      timeout: 1_200_000,
    };
  }
  return {
    globalSetup: './fixtures/global-setup.ts',
    projects: [{ name: 'claims', testDir: 'tests', testMatch: /\.spec\.ts$/ }],
    timeout: 180_000,
    reporter: reporters(root),
  };
}
