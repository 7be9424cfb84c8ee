import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

// One upgrade is made, by the first of these that runs, and each looks at what was seen meanwhile. `npm run upgrade`
// runs all claims before and after it; in an ordinary run these do not apply.

test(...claim('UPG-01', 'Every claim that held before the upgrade holds after it'), async ({ upgrade }) => {
  await expect(upgrade.gate()).toFindNothingWorse();
});

test(
  ...claim(
    'UPG-02',
    'Long-lived connections through a service address survive the upgrade when graceful restart is on',
  ),
  async ({ upgrade }) => {
    await expect(await upgrade.make()).toKeepConnections();
  },
);

test(...claim('UPG-03', 'The router keeps every route while the agents restart'), async ({ upgrade }) => {
  await expect(await upgrade.make()).toKeepRoutes();
});

test(
  ...claim(
    'UPG-04',
    'Custom resources of the older API version still work, or are refused with a clear message',
  ),
  async ({ upgrade }) => {
    await expect(await upgrade.make()).toKeepObjects();
  },
);
