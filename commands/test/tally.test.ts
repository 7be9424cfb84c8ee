import { expect, test } from '@playwright/test';
import { add, nothing, parseTally, render, settle, tallyOfClaims, tallyOfTests } from './tally.ts';

test('counts flaky tests and errors outside tests as failed', () => {
  const report = {
    stats: { expected: 5, unexpected: 1, flaky: 2, skipped: 3 },
    errors: [{ message: 'no such module' }],
  };

  expect(tallyOfTests(report)).toEqual({ passed: 5, failed: 4, skipped: 3 });
});

test('counts every verdict that is neither passed nor not applicable as failed', () => {
  const verdicts = [
    'passed',
    'passed',
    'failed',
    'inconclusive',
    'not applicable',
    'something new',
    undefined,
  ];

  expect(tallyOfClaims({ claims: verdicts.map(verdict => ({ verdict })) })).toEqual({
    passed: 2,
    failed: 4,
    skipped: 1,
  });
});

test('refuses what is not a report', () => {
  expect(() => tallyOfTests({})).toThrow('no stats');
  expect(() => tallyOfTests({ stats: { expected: '5' } })).toThrow('stats.expected');
  expect(() => tallyOfClaims([])).toThrow('no claims list');
});

test('a step that exits with an error is never without a failure', () => {
  expect(settle({ passed: 3, failed: 0, skipped: 0 }, 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
  expect(settle({ passed: 3, failed: 2, skipped: 0 }, 1)).toEqual({ passed: 3, failed: 2, skipped: 0 });
});

test('a step that tested nothing is a failure, also when everything was skipped', () => {
  expect(settle(nothing, 0).failed).toBe(1);
  expect(settle({ passed: 0, failed: 0, skipped: 4 }, 0)).toEqual({ passed: 0, failed: 1, skipped: 4 });
});

test('the last line', () => {
  expect(render(add({ passed: 1, failed: 0, skipped: 2 }, { passed: 3, failed: 1, skipped: 0 }))).toBe(
    '4 passed, 1 failed, 2 skipped',
  );
});

test('a tally is read back as it was written', () => {
  const tally = { passed: 12, failed: 3, skipped: 0 };

  expect(parseTally(`${render(tally)}\n`)).toEqual(tally);
  expect(() => parseTally('all fine')).toThrow('not a tally: all fine');
});
