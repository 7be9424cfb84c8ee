import { defineConfig } from '@playwright/test';

// Plain `npx playwright test` runs the claims. The project's own unit tests need no lab and are asked for by
// `npm test`, or by UNIT=1.
const unit = process.env.UNIT === '1';

export default defineConfig({
  outputDir: 'test-results',
  forbidOnly: process.env.CI !== undefined,
  fullyParallel: true,
  projects: unit
    ? [{ name: 'unit', testDir: '.', testMatch: /(helpers|lab|fixtures|reports)\/.*\.test\.ts$/ }]
    : [{ name: 'claims', testDir: 'tests', testMatch: /\.spec\.ts$/ }],
});
