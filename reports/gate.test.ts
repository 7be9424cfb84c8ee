import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { compare } from './compare/compare.ts';
import type { Conformance } from './conformance.ts';
import { runInline } from './inline-run.ts';

/** A run of the suite itself: three claims, of which `broken` fails, `skipped` is not applicable, `left` is not run. */
async function runOf(
  options: { broken?: string; skipped?: string; left?: string; ms?: number } = {},
): Promise<Conformance> {
  const run = await runInline(
    test.info(),
    {
      'a.spec.ts': `
        for (const id of ['LB-01', 'LB-02', 'LB-06'].filter(one => one !== process.env.LEFT)) {
          test(id, claim(id), async ({}, info) => {
            await recordLab(info, lab);
            if (id === process.env.SKIPPED) notApplicable(info, 'no router');
            measured(info, { name: 'converged', ms: Number(process.env.MS) + info.repeatEachIndex, resolutionMs: 1 });
            expect(id).not.toBe(process.env.BROKEN);
          });
        }`,
    },
    ['--repeat-each=3'],
    {
      LEFT: options.left ?? '',
      SKIPPED: options.skipped ?? '',
      BROKEN: options.broken ?? '',
      MS: String(options.ms ?? 70),
    },
  );
  return run.report();
}

test('compares runs of the suite: regressed, now skipped, not run, fixed, slower', async () => {
  test.setTimeout(120_000);
  const good = await runOf();
  const broken = await runOf({ broken: 'LB-06' });

  expect(compare(good, good)).toMatchObject({ exitCode: 0, regressed: [], slower: [], notJudged: [] });
  expect(compare(good, broken)).toMatchObject({
    exitCode: 1,
    regressed: [{ id: 'LB-06', before: 'passed', after: 'failed', reason: expect.stringContaining('LB-06') }],
  });
  expect(compare(broken, good)).toMatchObject({ exitCode: 0, fixed: [{ id: 'LB-06' }] });
  expect(compare(good, await runOf({ skipped: 'LB-01' }))).toMatchObject({
    exitCode: 1,
    nowSkipped: [{ id: 'LB-01', after: 'not applicable', reason: 'no router' }],
  });

  const left = await runOf({ left: 'LB-02' });
  expect(compare(good, left)).toMatchObject({ exitCode: 1, nowSkipped: [{ id: 'LB-02', after: 'not run' }] });
  expect(compare(left, good)).toMatchObject({ exitCode: 0, new: [{ id: 'LB-02', before: 'not run' }] });

  const slow = await runOf({ ms: 90 });
  expect(compare(good, slow).slower.map(time => time.id)).toEqual(['LB-01', 'LB-02', 'LB-06']);
  expect(compare(slow, good).faster).toHaveLength(3);
  expect(compare(good, await runOf({ ms: 71 })).slower).toEqual([]);
});

const described = {
  title: 't',
  area: 'LB',
  topology: 'bgp',
  level: 'core',
  status: 'stands',
  shownBy: '',
  faults: [],
  sources: [{ cilium: 'bgp' }],
} as const;

function report(over: Partial<Conformance> = {}, times: readonly number[] = [1]): Conformance {
  const repetitions = times.map(ms => ({
    verdict: 'passed' as const,
    startedAt: '',
    durationMs: 1,
    measured: [{ name: 'converged', ms, resolutionMs: 1 }],
  }));
  const claim = {
    ...described,
    id: 'LB-06',
    verdict: 'passed' as const,
    durationMs: 1,
    test: '',
    repetitions,
    evidence: [],
  };
  return {
    schemaVersion: '1.0',
    catalogueVersion: '1.0',
    run: { id: 'r', startedAt: '', durationMs: 1, ended: 'normally' },
    host: { os: '', kernel: '', cpus: 1, memoryMb: 1, node: '', playwright: '' },
    completeness: 'complete',
    counts: { passed: 1, failed: 0, inconclusive: 0, 'not applicable': 0, 'not run': 0 },
    claims: [claim],
    notRun: [],
    problems: [],
    ...over,
  };
}

test('a claim that passed and is gone from the catalogue is removed, and worse', () => {
  const other = report().claims.map(claim => ({ ...claim, id: 'LB-07' }));
  expect(compare(report(), report({ claims: other }))).toMatchObject({
    exitCode: 1,
    removed: [{ id: 'LB-06', after: 'unknown' }],
    new: [{ id: 'LB-07', before: 'unknown' }],
  });
});

test('refuses runs that cannot be compared', () => {
  const good = report();
  const interrupted = report({ run: { ...good.run, ended: 'interrupted' } });
  expect(compare(good, interrupted)).toMatchObject({
    exitCode: 2,
    incomparable: [expect.stringContaining('interrupted')],
  });
  expect(compare(good, report({ catalogueVersion: '2.0' })).incomparable).toHaveLength(1);
  expect(compare(good, report({ claims: [] })).exitCode).toBe(2);
});

test('judges times by how much repetitions vary, and not at all when there are few', () => {
  const moved = (before: number[], after: number[]): string => {
    const { faster, notJudged, slower } = compare(report({}, before), report({}, after));
    return slower.length > 0
      ? 'slower'
      : faster.length > 0
        ? 'faster'
        : notJudged.length > 0
          ? 'not judged'
          : 'no';
  };
  expect(moved([70, 71, 72], [90, 91, 92])).toBe('slower');
  expect(moved([90, 91, 92], [70, 71, 72])).toBe('faster');
  expect(moved([60, 90, 75], [100, 101, 102])).toBe('no');
  expect(moved([70, 71, 72], [71, 90, 95])).toBe('no');
  expect(moved([70], [700])).toBe('not judged');
});

test('the command prints, writes and exits with what it found', async () => {
  test.setTimeout(180_000); // it starts Node eight times, perhaps on a busy machine
  const folder = (name: string, content: string): string => {
    const path = test.info().outputPath(name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'conformance.json'), content);
    return path;
  };
  const gate = (...args: string[]): Promise<{ code: number; out: string }> =>
    new Promise(resolve =>
      execFile(
        process.execPath,
        ['--import', 'tsx', join(import.meta.dirname, 'gate.ts'), ...args],
        (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), out: stdout + stderr }),
      ),
    );
  const good = folder('good', JSON.stringify(report()));
  const failed = report().claims.map(claim => ({
    ...claim,
    verdict: 'failed',
    reason: 'extra next hop k8s-w0',
  }));
  const bad = folder('bad', JSON.stringify({ ...report(), claims: failed }));

  expect((await gate(good, join(good, 'conformance.json'))).code).toBe(0);
  const regression = await gate(good, bad);
  expect(regression.code).toBe(1);
  expect(regression.out).toContain('LB-06 t: passed → failed: extra next hop k8s-w0');
  expect(readFileSync(join(bad, 'gate.md'), 'utf8')).toBe(regression.out);
  expect(JSON.parse(readFileSync(join(bad, 'gate.json'), 'utf8'))).toMatchObject({ exitCode: 1 });

  const newer = folder('newer', JSON.stringify({ ...report(), schemaVersion: '9.0' }));
  for (const [args, message] of [
    [[good], 'usage'],
    [[good, folder('cut', '{"claims":')], 'not JSON'],
    [[good, folder('other', '{}')], 'not a conformance report'],
    [[good, newer], 'newer than'],
    [[good, test.info().outputPath('nowhere')], 'no such file'],
  ] as const) {
    const result = await gate(...args);
    expect(result.code).toBe(2);
    expect(result.out).toContain(message);
  }
});
