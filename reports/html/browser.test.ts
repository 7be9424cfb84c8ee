import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  expect,
  type Page,
  test,
} from '@playwright/test';
import { html } from './page.ts';
import { sampleRun } from './sample.ts';

const executablePath = '/usr/bin/chromium';

test.describe('in a browser', () => {
  test.skip(!existsSync(executablePath), "needs Debian's package chromium");

  let browser: Browser;
  let address: string;

  test.beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    const folder = test.info().outputPath('run');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'conformance.html');
    writeFileSync(file, await html(sampleRun(folder, 30), folder));
    address = pathToFileURL(file).href;
  });

  test.afterAll(() => browser.close());

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ offline: true, ...options });
    const page = await context.newPage();
    await page.goto(address);
    return page;
  }

  /** A page with the functions of in-page.mjs, everything unfolded. */
  async function unfolded(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await open(options);
    await page.addScriptTag({ path: join(import.meta.dirname, 'in-page.mjs') });
    await page.evaluate('inPage.openAll()');
    return page;
  }

  test('opens from disk without network or script; failed claims are open, and named at the top', async () => {
    const context = await browser.newContext({ offline: true, javaScriptEnabled: false });
    const page = await context.newPage();
    const requests: string[] = [];
    page.on('request', request => requests.push(request.url()));
    await page.goto(address);

    await expect(page.getByRole('heading', { level: 1 })).toHaveText('reference (our stand-in, not Cilium)');
    await expect(page.getByText('1 of 30 claims failed; the run is partial')).toBeVisible();
    await expect(
      page.getByRole('img', { name: 'BGP sessions between router and k8s-ctr, k8s-w1, k8s-w0' }),
    ).toBeVisible();
    await expect(page.locator('details.claim[open]')).toHaveCount(2);
    await expect(page.getByRole('heading', { name: 'What needs attention' })).toBeVisible();
    expect(requests).toEqual([address]);
  });

  test('shows every kind of evidence, in words as well', async () => {
    const page = await unfolded();
    const claim = page.locator('#BGP-01');

    await expect(
      claim.getByRole('img', { name: 'requests by entry node: k8s-ctr 41, k8s-w1 36, k8s-w0 43, of 120' }),
    ).toBeVisible();
    await expect(claim.getByText('p = 0.73')).toBeVisible();
    await expect(claim.getByRole('row', { name: 'gone 172.16.1.1/32 192.168.10.101' })).toBeVisible();
    await expect(claim.getByRole('row', { name: '9150 ms router route withdrawn' })).toBeVisible();
    await expect(
      claim.getByText('200 requests, 4 without an answer; longest time between two answers 100 ms.'),
    ).toBeVisible();
    await expect(claim.getByRole('row', { name: 'SYN 10.10.1.9:40000' })).toContainText('not seen');
    await expect(claim.getByRole('row', { name: 'via 192.168.20.100' })).toContainText('✗ too many');
    await expect(
      claim.getByRole('table', { name: /^k8s-w1-eth1.pcap: packets, the first 40 of/ }),
    ).toBeVisible();
    await expect(claim.getByRole('table', { name: 'Measured times of BGP-01' })).toContainText('71 ms');
    await expect(claim.getByRole('table', { name: 'Steps of BGP-01' })).toContainText(
      'expose webpod as webpod-lb under policy Local: 172.16.1.1',
    );
    await expect(claim.getByText('Clean-up: 1 step')).toBeVisible();
    await expect(claim.getByRole('row', { name: 'proven: killed' })).toBeVisible();
    await expect(claim.getByRole('row', { name: 'not proven: survived' })).toBeVisible();
  });

  test('has landmarks, one heading of the first level, no level left out, and a name for all that takes focus', async () => {
    const page = await unfolded();
    for (const role of ['banner', 'main', 'contentinfo'] as const)
      await expect(page.getByRole(role)).toHaveCount(1);
    await expect(page.getByRole('navigation', { name: 'Areas' })).toBeVisible();
    await expect(page.getByRole('group', { name: 'Show' })).toBeVisible();
    expect(await page.evaluate('inPage.structure()')).toEqual({
      firstLevel: 1,
      levelsLeftOut: 0,
      idsTwice: [],
      unnamed: [],
      dangling: [],
      inputsWithoutLabel: 0,
      tablesWithoutHead: 0,
    });
    await expect(page.getByRole('navigation')).toMatchAriaSnapshot(`
      - navigation "Areas":
        - list:
          - listitem:
            - link "BGP control plane 25/27 passed"
    `);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every text has a contrast of 4.5 at least, ${colorScheme}`, async () => {
      const page = await unfolded({ colorScheme });
      expect(await page.evaluate('inPage.lowContrasts(4.5)')).toEqual([]);
      expect(await page.evaluate('inPage.lowContrasts(22)'), 'the measurement sees texts').not.toEqual([]);
    });
  }

  test('is worked by keyboard alone: skip link, filter, claims, tables that scroll', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    await expect(page.getByRole('link', { name: 'Skip to the claims' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('main')).toBeFocused();

    await page.addScriptTag({ path: join(import.meta.dirname, 'in-page.mjs') });
    await page.getByRole('radio', { name: 'all claims' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('radio', { name: 'those that did not pass' })).toBeChecked();
    await expect(page.locator('#BGP-01')).toBeHidden();
    await expect(page.locator('#BGP-04')).toBeVisible();
    await page.keyboard.press('Home');
    await page.getByRole('radio', { name: 'all claims' }).check();

    await page.locator('#BGP-01 > summary').focus();
    await page.keyboard.press('Enter');
    await expect(page.locator('#BGP-01')).toHaveAttribute('open');
    await page.keyboard.press('Tab');
    await expect(page.locator('#BGP-01 [role=region]').first()).toBeFocused();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('inPage.outlineOfFocus()'), 'what has the focus is seen').toBe('solid');
  });

  for (const width of [360, 390, 1280]) {
    test(`nothing sticks out at ${width} pixels, with everything open`, async () => {
      const page = await unfolded({ viewport: { width, height: 900 }, hasTouch: width < 500 });
      expect(await page.evaluate('inPage.width()')).toBeLessThanOrEqual(width);
    });
  }

  test('looks: pictures for people', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [390, 1280]) {
        const page = await open({ colorScheme, viewport: { width, height: 1100 } });
        const picture = await page.screenshot({
          path: test.info().outputPath(`${colorScheme}-${width}.png`),
        });
        expect(picture.length).toBeGreaterThan(10_000);
      }
    }
  });
});
