import { expect, test } from '@playwright/test';
import { labFaults, type NamedFault } from '../../lab/providers/netns/faults.ts';
import { each } from '../../lab/systems/reference/fault.ts';
import { says, tooMany } from '../../lab/systems/reference/reason.ts';
import type { ClaimResult, Verdict } from '../../reports/conformance.ts';
import { controlProblems, isDefect, judge } from './judgement.ts';
import { grepFor, matrixOf, quickFaults, withNeighbours } from './matrix.ts';
import { type Falsification, isSound, line, markdown, summary } from './report.ts';
import { inParallel } from './run.ts';

const leak: NamedFault = {
  name: 'leaked-prefix',
  description: 'a prefix too many',
  kills: each(['BGP-05', 'LB-01'], tooMany`10\.96`),
};
const timers: NamedFault = { name: 'timers', description: 'default timers', kills: { 'BGP-04': says`90 s` } };
const claims = ['BGP-04', 'BGP-05', 'BGP-06', 'LB-01'].map(id => ({
  id,
  area: id.startsWith('LB') ? ('LB' as const) : ('BGP' as const),
}));
const written = new Set(['BGP-04', 'BGP-05', 'BGP-06']);

function results(rows: Readonly<Record<string, readonly [Verdict, reason?: string]>>) {
  return {
    claims: Object.entries(rows).map(([id, [verdict, reason]]) => ({ id, verdict, reason }) as ClaimResult),
  };
}

test.describe('the matrix', () => {
  test('has claims with a test, tells those without, and those no fault kills', () => {
    const { rows, unproven } = matrixOf([leak, timers], claims, written);
    expect(rows).toEqual([
      { fault: leak, claims: ['BGP-05'], unwritten: ['LB-01'] },
      { fault: timers, claims: ['BGP-04'], unwritten: [] },
    ]);
    expect(unproven).toEqual(['BGP-06']);
  });

  test('is cut down to faults, claims and areas', () => {
    const names = (wanted: string[]): string[] =>
      matrixOf([leak, timers], claims, written, wanted).rows.map(
        ({ fault, claims: chosen, unwritten }) => `${fault.name} ${[...chosen, ...unwritten].join(' ')}`,
      );
    expect(names(['timers'])).toEqual(['timers BGP-04']);
    expect(names(['BGP-05'])).toEqual(['leaked-prefix BGP-05']);
    expect(names(['LB'])).toEqual(['leaked-prefix LB-01']);
    expect(names(['BGP'])).toEqual(['leaked-prefix BGP-05', 'timers BGP-04']);
  });

  test('refuses a name that is nothing, rather than run nothing', () => {
    expect(() => matrixOf([leak], claims, written, ['leaked-prefx'])).toThrow(
      /neither a fault, a claim nor an area: leaked-prefx; near it: leaked-prefix/,
    );
    expect(() => matrixOf([leak], claims, written, ['BGP-0'])).toThrow(/BGP-0/);
  });

  test('chooses claims by the beginning of their titles', () => {
    const grep = new RegExp(grepFor(['BGP-05', 'BGP-06']));
    expect(grep.test('claims bgp/pod-cidr.spec.ts BGP-05 Each node @BGP')).toBe(true);
    expect(grep.test('claims bgp/pod-cidr.spec.ts BGP-051 Each node')).toBe(false);
  });

  test('a neighbour is the fastest of the area that the fault neither kills nor may', () => {
    const durations = new Map([
      ['BGP-04', 100],
      ['BGP-05', 10],
      ['BGP-06', 200],
      ['LB-01', 1],
    ]);
    const neighboursOf = (fault: NamedFault, row = { fault, claims: ['BGP-05'], unwritten: [] }) =>
      withNeighbours(row, claims, durations).neighbours;
    expect(neighboursOf(leak)).toEqual(['BGP-04']);
    expect(neighboursOf({ ...leak, may: ['BGP-04'] })).toEqual(['BGP-06']);
    expect(neighboursOf({ ...leak, may: ['BGP-04', 'BGP-06'] })).toEqual([]);
    expect(
      neighboursOf({ name: 'blind', description: 'no captures', blinds: { 'BGP-05': says`saw nothing` } }),
    ).toEqual([]);
  });

  test('the quick ones exist', () => {
    const known = labFaults.map(fault => fault.name);
    expect(quickFaults.filter(name => !known.includes(name))).toEqual([]);
  });
});

test.describe('the judgement', () => {
  const row = { fault: leak, claims: ['BGP-05'] };
  const outcomes = (given: Parameters<typeof results>[0], from = row) =>
    judge(from, results(given), '').map(({ outcome }) => outcome);

  test('killed, for the right reason or a wrong one', () => {
    expect(outcomes({ 'BGP-05': ['failed', 'BGP table\ntoo many:\n  10.96.0.0/16'] })).toEqual(['killed']);
    expect(outcomes({ 'BGP-05': ['failed', 'left behind: a route'] })).toEqual([
      'killed for the wrong reason',
    ]);
  });

  test('neighbours are spared, or collateral, which is told but no defect', () => {
    const plan = { ...row, neighbours: ['BGP-04', 'BGP-06'] };
    const judged = judge(
      plan,
      results({
        'BGP-05': ['failed', 'too many:\n  10.96'],
        'BGP-04': ['passed'],
        'BGP-06': ['failed', 'no session'],
      }),
      '',
    );
    expect(judged.map(({ claim, outcome }) => `${claim} ${outcome}`)).toEqual([
      'BGP-05 killed',
      'BGP-04 spared',
      'BGP-06 collateral',
    ]);
    expect(judged.map(({ outcome }) => isDefect(outcome))).toEqual([false, false, false]);
  });

  test('in a broken lab nothing may be judged', () => {
    const fault: NamedFault = { name: 'blind', description: '', blinds: { 'BGP-05': says`saw nothing` } };
    const under = (verdict: Verdict, reason: string) =>
      outcomes({ 'BGP-05': [verdict, reason] }, { fault, claims: ['BGP-05'] });
    expect(under('inconclusive', 'the capture saw nothing')).toEqual(['withheld']);
    expect(under('inconclusive', 'no pod')).toEqual(['judged in a broken lab']);
    expect(under('passed', '')).toEqual(['judged in a broken lab']);
    expect(under('failed', 'the capture saw nothing')).toEqual(['judged in a broken lab']);
  });

  test('survived, and what cannot be told', () => {
    expect(outcomes({ 'BGP-05': ['passed'] })).toEqual(['survived']);
    expect(outcomes({ 'BGP-05': ['inconclusive', 'the lab died'] })).toEqual(['inconclusive']);
    expect(outcomes({ 'BGP-05': ['not applicable', 'no router'] })).toEqual(['inconclusive']);
    expect(outcomes({})).toEqual(['inconclusive']);
    expect(judge(row, undefined, 'the run ended (SIGKILL)')).toEqual([
      { claim: 'BGP-05', outcome: 'inconclusive', reason: 'no verdict: the run ended (SIGKILL)' },
    ]);
  });

  test('without a fault everything passes, or the rest is worth nothing', () => {
    expect(controlProblems(['BGP-05'], results({ 'BGP-05': ['passed'] }), '')).toEqual([]);
    expect(
      controlProblems(['BGP-04', 'BGP-05'], results({ 'BGP-05': ['failed', 'no session'] }), 'it died'),
    ).toEqual(['BGP-04: no verdict: it died', 'BGP-05: failed: no session']);
  });
});

test.describe('the report', () => {
  const result = (outcome: Parameters<typeof isDefect>[0], problems: string[] = []): Falsification => ({
    schemaVersion: '1.0',
    startedAt: '2025-08-15T12:00:00Z',
    durationMs: 60_000,
    control: { claims: ['BGP-05'], problems },
    faults: [
      {
        fault: leak.name,
        description: 'one | too many',
        durationMs: 12_000,
        claims: [{ claim: 'BGP-05', outcome, reason: `a\n${'x'.repeat(500)}\nthe end` }],
      },
    ],
    waiting: [{ fault: leak.name, claims: ['LB-01'] }],
    unproven: ['BGP-06'],
  });

  test('is sound only when nothing survived and the control passed', () => {
    expect(isSound(result('killed'))).toBe(true);
    expect(isSound(result('survived'))).toBe(false);
    expect(isSound(result('killed for the wrong reason'))).toBe(false);
    expect(isSound(result('killed', ['BGP-05: failed']))).toBe(false);
  });

  test('names survivors, unproven claims and those without a test', () => {
    const text = markdown(result('survived', ['BGP-04: failed: x']));
    expect(text).toContain('1 survived');
    expect(text).toContain('NOT all passed');
    expect(text).toContain('| BGP-05 | **survived** |');
    expect(text).toContain('one \\| too many');
    expect(text).toContain('the end');
    expect(text).toMatch(/Unproven.*\n\n- BGP-06/);
    expect(text).toContain('leaked-prefix: LB-01');
    expect(summary({ ...result('killed'), faults: [] })).toBe('nothing was run');
    const [first] = result('survived').faults;
    expect(first === undefined ? '' : line(first)).toMatch(/12 s {2}leaked-prefix +✗ SURVIVED BGP-05/);
  });
});

test('work is shared out, and answers stay in order', async () => {
  let running = 0;
  let most = 0;
  const answers = await inParallel([30, 1, 20, 5], 2, async ms => {
    most = Math.max(most, ++running);
    await new Promise(resolve => setTimeout(resolve, ms));
    running--;
    return ms * 2;
  });
  expect(answers).toEqual([60, 2, 40, 10]);
  expect(most).toBe(2);
});
