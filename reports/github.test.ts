import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { runInline } from './inline-run.ts';

const specs = {
  'a.spec.ts': `
    test('f', claim('LB-06'), async () => { expect(['k8s-ctr', 'k8s-w0'], '100 %, one: two').toEqual(['k8s-ctr']); });
    test('i', claim('LB-07'), async ({}, info) => { throw inconclusive(info, 'the capture saw nothing'); });
    test('p', claim('LB-08'), async () => { expect(1).toBe(1); });`,
};

test('in GitHub Actions: an annotation at each test that is not green, and the report as the summary', async () => {
  const summary = test.info().outputPath('summary.md');
  writeFileSync(summary, '');
  const run = await runInline(test.info(), specs, [], {
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: summary,
  });

  const lines = run.stdout.split('\n').filter(line => line.startsWith('::'));
  expect(lines).toEqual([
    expect.stringMatching(
      /^::error file=specs\/a\.spec\.ts,line=\d+,title=LB-06 failed::.*100 %25, one: two.*%0A/,
    ),
    expect.stringMatching(
      /^::warning file=specs\/a\.spec\.ts,line=\d+,title=LB-07 inconclusive::.*the capture saw nothing$/,
    ),
  ]);
  expect(readFileSync(summary, 'utf8')).toContain('| ✗ | **LB-06**');
});

test('elsewhere there is none of it', async () => {
  const run = await runInline(test.info(), specs);
  expect(run.stdout).not.toMatch(/^::/m);
});
