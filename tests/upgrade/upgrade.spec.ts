import { claim, expect, test } from '../../fixtures/index.ts';

// One upgrade is made, by the first of these that runs, and each looks at what was seen meanwhile. `npm run upgrade`
// runs all claims before and after it; in an ordinary run these do not apply.

test(...claim('UPG-01'), async ({ upgrade }) => {
  await expect(upgrade.gate()).toFindNothingWorse();
});

test(...claim('UPG-02'), async ({ upgrade }) => {
  await expect(await upgrade.make()).toKeepConnections();
});

test(...claim('UPG-03'), async ({ upgrade }) => {
  await expect(await upgrade.make()).toKeepRoutes();
});

test(...claim('UPG-04'), async ({ upgrade }) => {
  await expect(await upgrade.make()).toKeepObjects();
});
