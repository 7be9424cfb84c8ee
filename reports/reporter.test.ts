import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Ajv } from 'ajv';
import schema from './conformance.schema.json' with { type: 'json' };
import { runInline } from './inline-run.ts';

test('prints the system first, then a line per claim, and writes a report that the schema accepts', async () => {
  const run = await runInline(test.info(), {
    'a.spec.ts': `
      test('one', claim('BGP-05'), async ({}, info) => {
        await recordLab(info, lab);
        await evidence(info, 'router BGP table', { kind: 'table', columns: ['prefix'], rows: [['172.20.0.0/24']] });
        measured(info, { name: 'route on the router', ms: 71, resolutionMs: 20 });
        await test.step('expose webpod with token=abcdefgh', async () => {
          await test.step('create the service', () => {});
          await test.step('→ 172.16.1.1', () => {});
        });
        await test.step('cut a link', () => Promise.reject(new Error('no such link'))).catch(() => {});
        expect(1).toBe(1);
      });`,
  });

  expect(run.code).toBe(0);
  expect(run.stdout.split('\n')[0]).toBe('System under test: reference (our stand-in)');
  expect(run.stdout).toMatch(/^✓ BGP-05 {3}Each node advertises its own PodCIDR.* [\d.]+ m?s$/m);
  expect(run.stdout).toMatch(/1 passed, 0 failed, 0 inconclusive, 0 not applicable, \d+ not run/);
  expect(run.stdout).toContain('Report: reports/out/');

  const report = run.report();
  const validate = new Ajv({ strict: true, strictRequired: false, allErrors: true }).compile(schema);
  expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  expect(report).toMatchObject({
    completeness: 'partial',
    lab: { provider: 'netns', versions: { frr: '8.4.4' }, topologies: [{ name: 'bgp' }] },
    run: { ended: 'normally' },
    claims: [
      {
        id: 'BGP-05',
        verdict: 'passed',
        repetitions: [
          {
            measured: [{ name: 'route on the router', ms: 71 }],
            steps: [
              { title: 'expose webpod with token=[redacted]: 172.16.1.1', depth: 0 },
              { title: 'create the service', depth: 1 },
              { title: 'cut a link', depth: 0, error: expect.stringContaining('no such link') },
              { title: 'Expect "toBe"', depth: 0 },
            ],
          },
        ],
      },
    ],
  });
  expect(report.notRun.map(claim => claim.id)).toContain('BGP-01');
  expect(run.read('conformance.md')).toContain('| ✓ | **BGP-05**');
  expect(run.read('junit.xml')).toContain('<testcase classname="BGP" name="BGP-05 Each node');
  expect(readdirSync(join(run.out, 'latest/allure-results')).length).toBeGreaterThan(0);

  const [kept] = report.claims[0]?.evidence ?? [];
  const bytes = readFileSync(join(run.out, 'latest', kept?.file ?? 'none'));
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(kept?.sha256);
});

test('tells failed, inconclusive, not applicable and asserted-nothing apart; none of the first two is green', async () => {
  const run = await runInline(test.info(), {
    'a.spec.ts': `
      test('f', claim('LB-01'), async () => { expect(['10.0.0.0/8'], 'leaked <prefix>').toEqual([]); });
      test('i', claim('LB-02'), async ({}, info) => { expect(1).toBe(1); throw inconclusive(info, 'the capture saw nothing'); });
      test('j', claim('LB-03'), async () => { throw new Inconclusive('ssh to router died'); });
      test('n', claim('LB-04'), async ({}, info) => { notApplicable(info, 'this lab cannot cut links'); });
      test('s', claim('LB-05'), async () => {});
      test('t', claim('LB-06'), async () => { test.setTimeout(300); await new Promise(() => {}); });`,
  });

  expect(run.code).toBe(1);
  const verdicts = Object.fromEntries(
    run.report().claims.map(claim => [claim.id, [claim.verdict, claim.reason]]),
  );
  expect(verdicts).toEqual({
    'LB-01': ['failed', expect.stringContaining('leaked <prefix>')],
    'LB-02': ['inconclusive', 'the capture saw nothing'],
    'LB-03': ['inconclusive', 'ssh to router died'],
    'LB-04': ['not applicable', 'this lab cannot cut links'],
    'LB-05': ['failed', expect.stringContaining('asserted nothing')],
    'LB-06': ['failed', expect.stringContaining('Test timeout of 300ms exceeded')],
  });
  expect(run.stdout).toMatch(/^\? LB-02 .*\n {4}inconclusive: the capture saw nothing$/m);
  expect(run.stdout).toMatch(/^– LB-04/m);
  expect(run.read('junit.xml')).toContain('<error message="the capture saw nothing">');
  expect(run.read('junit.xml')).toContain('leaked &lt;prefix&gt;');
});

test.describe('green to Playwright and not to us', () => {
  for (const [what, body] of [
    ['a test without an expect of its own', `test('s', claim('LB-05'), async () => {});`],
    [
      'a test that says inconclusive and ends well',
      `test('i', claim('LB-05'), async ({}, info) => { inconclusive(info, 'host starved'); expect(1).toBe(1); });`,
    ],
    ['a claim the catalogue does not have', `test('u', claim('LB-99'), async () => { expect(1).toBe(1); });`],
    [
      'a test that only a retry made pass',
      `test.describe.configure({ retries: 1 }); test('r', claim('LB-05'), async ({}, info) => { expect(info.retry).toBe(1); });`,
    ],
  ] as const) {
    test(what, async () => {
      const run = await runInline(test.info(), { 'a.spec.ts': body });
      expect(run.code).toBe(1);
      const { counts, problems } = run.report();
      expect(counts.failed + counts.inconclusive + problems.length).toBe(1);
    });
  }
});

test('an assertion of a fixture is not one of the test', async () => {
  const run = await runInline(test.info(), {
    'a.spec.ts': `
      const own = test.extend<{ ready: number }>({ ready: async ({}, use) => { expect(1).toBe(1); await use(1); } });
      own('s', claim('LB-05'), async ({ ready }) => {});`,
  });
  expect(run.report().claims[0]?.reason).toContain('asserted nothing');
});

test('repetitions are one claim, the worst verdict counts and every time is kept', async () => {
  const run = await runInline(
    test.info(),
    {
      'a.spec.ts': `
        test('r', claim('LB-06'), async ({}, info) => {
          measured(info, { name: 'converged', ms: 70 + info.repeatEachIndex, resolutionMs: 5 });
          expect(info.repeatEachIndex).not.toBe(1);
        });`,
    },
    ['--repeat-each=3'],
  );
  const { claims } = run.report();
  expect(run.code).toBe(1);
  expect(claims).toHaveLength(1);
  expect(claims[0]?.verdict).toBe('failed');
  expect(claims[0]?.repetitions.map(repetition => repetition.verdict).toSorted()).toEqual([
    'failed',
    'passed',
    'passed',
  ]);
  expect(
    claims[0]?.repetitions.flatMap(repetition => repetition.measured.map(time => time.ms)).toSorted(),
  ).toEqual([70, 71, 72]);
});

test('a run without claims is an error that says so', async () => {
  const spec = { 'a.spec.ts': `test('one', claim('LB-06'), async () => { expect(1).toBe(1); });` };
  const grep = await runInline(test.info(), spec, ['--grep', 'nothing-like-this']);
  expect(grep.code).toBe(1);
  expect(grep.stdout).toContain('no claim was run: nothing matched');

  const shard = await runInline(test.info(), spec, ['--shard=2/2']);
  expect(shard.code).toBe(1);
  expect(shard.stdout).toContain('nothing matched in shard 2 of 2');
  expect(shard.report()).toMatchObject({ completeness: 'partial', run: { shard: { current: 2, total: 2 } } });
});

test('--list prints what Playwright lists and writes nothing', async () => {
  const run = await runInline(
    test.info(),
    { 'a.spec.ts': `test('one', claim('LB-06'), async () => { expect(1).toBe(1); });` },
    ['--list'],
  );
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(/^Listing tests:\n.*one\nTotal: 1 test in 1 file\n$/);
  expect(existsSync(run.out)).toBe(false);
});

test('a set-up that fails and a file that does not load are problems, not silence', async () => {
  const run = await runInline(test.info(), {
    'a.spec.ts': `test.beforeAll(() => { throw new Error('no lab: modprobe failed'); });
      test('one', claim('LB-06'), async () => { expect(1).toBe(1); });
      test('two', claim('LB-07'), async () => { expect(1).toBe(1); });`,
  });
  expect(run.code).toBe(1);
  expect(run.report().claims).toMatchObject([{ id: 'LB-06', verdict: 'failed' }]);
  expect(run.report().claims[0]?.reason).toContain('no lab: modprobe failed');
  expect(run.report().notRun.find(claim => claim.id === 'LB-07')?.reason).toContain('did not run');

  const broken = await runInline(test.info(), { 'a.spec.ts': `import './no-such-file.ts';` });
  expect(broken.code).toBe(1);
  expect(broken.stdout).toContain('no-such-file');
});

test('two runs at once keep to their own folders', async () => {
  const spec = { 'a.spec.ts': `test('one', claim('LB-06'), async () => { expect(1).toBe(1); });` };
  const [first, second] = await Promise.all([runInline(test.info(), spec), runInline(test.info(), spec)]);
  expect([first.code, second.code]).toEqual([0, 0]);
  const runs = readdirSync(first.out).filter(name => name !== 'latest');
  expect(runs).toHaveLength(2);
  expect(runs).toContain(readlinkSync(join(first.out, 'latest')));
  for (const run of runs) expect(readdirSync(join(first.out, run))).toContain('conformance.json');
});
