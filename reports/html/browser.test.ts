import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, expect, test } from '@playwright/test';
import { runInline } from '../inline-run.ts';

const browser = '/usr/bin/chromium';

test.describe('in a browser', () => {
  test.skip(!existsSync(browser), "needs Debian's package chromium");

  test('opens from disk without network or script, on a phone and in the dark, by keyboard', async () => {
    test.setTimeout(90_000);
    const run = await runInline(test.info(), {
      'a.spec.ts': `
        test('p', claim('BGP-01'), async ({}, info) => {
          await recordLab(info, lab);
          await evidence(info, 'requests by node', { kind: 'tally', counts: { 'k8s-ctr': 31, 'k8s-w1': 36, 'k8s-w0': 33 }, pValue: 0.83 });
          expect(1).toBe(1);
        });
        test('f', claim('LB-06'), async () => { expect(['k8s-ctr', 'k8s-w0']).toEqual(['k8s-ctr']); });`,
    });

    const running = await chromium.launch({ executablePath: browser, args: ['--no-sandbox'] });
    try {
      const context = await running.newContext({
        viewport: { width: 380, height: 800 },
        colorScheme: 'dark',
        javaScriptEnabled: false,
        offline: true,
      });
      const page = await context.newPage();
      const requests: string[] = [];
      page.on('request', request => requests.push(request.url()));
      const address = pathToFileURL(join(run.out, 'latest', 'conformance.html')).href;
      await page.goto(address);

      await expect(page.getByText('System under test: reference (our stand-in)')).toBeVisible();
      await expect(
        page.getByRole('img', { name: 'BGP sessions between router and k8s-ctr, k8s-w1, k8s-w0' }),
      ).toBeVisible();
      await expect(page.locator('#LB-06')).toContainText('k8s-w0');
      await expect(page.locator('#LB-06')).toHaveAttribute('open');

      const passed = page.locator('#BGP-01 > summary');
      await passed.focus();
      await page.keyboard.press('Enter');
      await page.getByText('requests by node').first().click();
      await expect(
        page.getByRole('img', { name: 'requests by node: k8s-ctr 31, k8s-w1 36, k8s-w0 33' }),
      ).toBeVisible();
      await expect(page.getByText('p = 0.83')).toBeVisible();

      const sideways = page.locator('html');
      expect(await sideways.evaluate(root => root.scrollWidth)).toBeLessThanOrEqual(380);
      await expect(page.locator('body')).toHaveCSS('background-color', 'rgb(13, 17, 23)');
      expect(requests).toEqual([address]);
      await page.screenshot({ path: test.info().outputPath('phone-dark.png') });
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 1200, height: 1000 });
      await page.screenshot({ path: test.info().outputPath('desk-light.png') });
    } finally {
      await running.close();
    }
  });
});
