import { test as base } from '@playwright/test';
import { startTestApi, type TestApi } from './testing.ts';

/** Tests with an API server each. */
export const test = base.extend<{ api: TestApi }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's dependencies off this pattern
  api: async ({}, use) => {
    const api = await startTestApi();
    await use(api);
    await api.close();
  },
});
