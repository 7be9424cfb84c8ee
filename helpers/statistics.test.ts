import { expect, test } from '@playwright/test';
import { equalSpread, seededRandom, upperGamma } from './statistics.ts';

test('p-values are those of the tables', () => {
  // Quantiles of the chi-square distribution: Q(k/2, x/2).
  expect(upperGamma(1, 5.991 / 2)).toBeCloseTo(0.05, 4);
  expect(upperGamma(0.5, 3.841 / 2)).toBeCloseTo(0.05, 4);
  expect(upperGamma(1, 18.421 / 2)).toBeCloseTo(0.0001, 6);
  expect(upperGamma(4.5, 16.919 / 2)).toBeCloseTo(0.05, 4);
});

test('the stated false-alarm rate is kept', () => {
  const random = seededRandom(1);
  const rounds = 20_000;
  let alarms = 0;
  for (let round = 0; round < rounds; round++) {
    const counts = [0, 0, 0];
    for (let i = 0; i < 120; i++) {
      const cell = Math.floor(random() * 3);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    if (equalSpread(counts).pValue < 0.01) alarms++;
  }
  // One in a hundred; five standard deviations either way.
  expect(Math.abs(alarms / rounds - 0.01)).toBeLessThan(5 * Math.sqrt((0.01 * 0.99) / rounds));
});

test('skewed spreads are caught', () => {
  expect(equalSpread([150, 90, 60]).pValue).toBeLessThan(1e-4);
  expect(equalSpread([120, 0, 0]).pValue).toBeLessThan(1e-20);
  expect(equalSpread([100, 100, 100]).pValue).toBe(1);
});

test('too few observations are refused', () => {
  expect(() => equalSpread([2, 3, 4])).toThrow('9 observations are too few for 3 outcomes');
  expect(() => equalSpread([50])).toThrow('two outcomes');
});
