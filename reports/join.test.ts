import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Conformance } from './conformance.ts';
import { sampleRun } from './html/sample.ts';
import { joinReports } from './join.ts';
import { upgradeMarkdown } from './upgrade.ts';

function partOf(folder: string, name: string, ids: readonly string[]): string {
  const run = join(folder, name);
  mkdirSync(run, { recursive: true });
  const all = sampleRun(run, 5);
  const claims = all.claims.filter(claim => ids.includes(claim.id));
  const part: Conformance = { ...all, claims, run: { ...all.run, id: name } };
  writeFileSync(join(run, 'conformance.json'), JSON.stringify(part));
  return run;
}

test('joins runs into one report whose evidence is still found', async () => {
  const folder = test.info().outputPath('upgrade-1');
  const runs = [partOf(folder, 'verdict', ['BGP-01']), partOf(folder, 'during', ['BGP-02', 'BGP-04'])];
  const report = await joinReports(folder, runs);

  expect(report.claims.map(claim => claim.id)).toEqual(['BGP-01', 'BGP-02', 'BGP-04']);
  expect(report.counts).toMatchObject({ passed: 2, failed: 1 });
  expect(report.run.id).toBe('upgrade-1');
  for (const { file } of report.claims.flatMap(claim => claim.evidence)) {
    expect(existsSync(join(folder, file)), file).toBe(true);
  }
  for (const name of ['conformance.html', 'conformance.json', 'conformance.md', 'junit.xml']) {
    expect(existsSync(join(folder, name)), name).toBe(true);
  }
  const text = upgradeMarkdown(report, { from: '1.17.6', to: '1.18.0' }, '# Gate\n\n**Nothing worse.**\n');
  expect(text).toContain('# Upgrade from 1.17.6 to 1.18.0');
  expect(text).toContain('| ✗ | **BGP-04**');
  expect(text).toContain('## Gate');
});

test('a claim in two runs is refused: one of its verdicts would be lost', async () => {
  const folder = test.info().outputPath('twice');
  const runs = [partOf(folder, 'a', ['BGP-01']), partOf(folder, 'b', ['BGP-01'])];
  await expect(joinReports(folder, runs)).rejects.toThrow('BGP-01');
});
