import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { compare } from './compare/compare.ts';
import { schemaVersion } from './conformance.ts';
import { html } from './html/page.ts';
import { markdown } from './markdown.ts';
import { readReport } from './read-report.ts';
import { sourceLink } from './words.ts';

/** As version 1.0 of the suite wrote it. */
const old = join(import.meta.dirname, 'testdata/conformance-1.0.json');

test('a report of an older schema version is read, shown, and compared with one of today', async () => {
  const before = readReport(old);
  expect(before.schemaVersion).toBe('1.0');
  const after = { ...before, schemaVersion };

  expect(compare(before, after)).toMatchObject({ exitCode: 0, regressed: [] });
  const failed = before.claims.map(claim => ({ ...claim, verdict: 'failed' as const, reason: 'leaked' }));
  expect(compare(before, { ...after, claims: failed })).toMatchObject({ exitCode: 1, worse: 3 });
  expect(await html(before, test.info().outputPath())).toContain('id="BGP-01"');
  expect(markdown(before)).toContain('**BGP-01**');
  expect(before.claims.flatMap(({ repetitions }) => repetitions.flatMap(({ steps }) => steps ?? []))).toEqual(
    [],
  );
});

test('a source with an address is a link, and an older one is text', () => {
  const today = {
    cilium: 'LB IPAM, “Pools [1]”',
    url: 'https://docs.cilium.io/en/v1.19/network/lb-ipam/#pools',
  };
  expect(sourceLink(today)).toBe(`[Cilium: LB IPAM, “Pools \\[1\\]”](${today.url})`);
  expect(sourceLink({ cilium: 'lb-ipam' })).toBe('Cilium: lb-ipam');
});

test('what a report lacks is empty', async () => {
  const file = test.info().outputPath('conformance.json');
  const { run } = JSON.parse(readFileSync(old, 'utf8')) as { run: object };
  const claims = [{ id: 'LB-06', verdict: 'passed' }];
  writeFileSync(file, JSON.stringify({ schemaVersion: '1.0', run, claims, notRun: [] }));
  const report = readReport(file);
  expect(report).toMatchObject({
    problems: [],
    counts: { passed: 1 },
    claims: [{ evidence: [], repetitions: [] }],
  });
  expect(await html(report, test.info().outputPath())).toContain('id="LB-06"');
});
