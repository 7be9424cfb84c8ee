import { expect, test } from '@playwright/test';
import {
  binomialQuantile,
  chiSquareTail,
  equalSpread,
  median,
  quantile,
  seededRandom,
  spread,
  studentTails,
  type Tally,
  tally,
  upperGamma,
  welch,
} from './statistics.ts';

const members = ['k8s-ctr', 'k8s-w1', 'k8s-w0'];

/** What `count` choices come to when each is drawn from these shares. */
function choices(random: () => number, count: number, shares: readonly number[]): Tally {
  const draw = (): string => {
    const place = random();
    let upTo = 0;
    const index = shares.findIndex(share => {
      upTo += share;
      return place < upTo;
    });
    return members[index < 0 ? shares.length - 1 : index] as string;
  };
  return tally(Array.from({ length: count }, draw));
}

test('p-values are those of the tables', () => {
  // Two degrees of freedom: exp(-x/2); four: exp(-x/2)(1 + x/2).
  for (const x of [0.01, 1, 5, 18.42, 60]) {
    expect(chiSquareTail(x, 2) / Math.exp(-x / 2)).toBeCloseTo(1, 12);
    expect(chiSquareTail(x, 4) / (Math.exp(-x / 2) * (1 + x / 2))).toBeCloseTo(1, 11);
  }
  // NIST/SEMATECH e-Handbook, 1.3.6.7.4: critical values of the chi-square distribution.
  for (const [x, degrees, p] of [
    [3.841, 1, 0.05],
    [10.828, 1, 0.001],
    [5.991, 2, 0.05],
    [16.266, 3, 0.001],
    [18.307, 10, 0.05],
    [124.342, 100, 0.05],
  ] as const) {
    expect(chiSquareTail(x, degrees) / p).toBeCloseTo(1, 2);
  }
  expect(chiSquareTail(0, 3)).toBe(1);
  expect(chiSquareTail(Number.POSITIVE_INFINITY, 3)).toBe(0);
  // Q(1/2, x) is the complementary error function of √x: erfc(1) and erfc(3).
  expect(upperGamma(0.5, 1)).toBeCloseTo(0.15729920705028513, 14);
  expect(upperGamma(0.5, 9) / 2.209049699858544e-5).toBeCloseTo(1, 11);
  expect(() => upperGamma(0, 1)).toThrow(RangeError);
});

test('the false-alarm rate is kept on fair spreads', () => {
  const random = seededRandom(1);
  const runs = 60_000;
  const alarms = (falseAlarm: number, size: number): number => {
    let count = 0;
    for (let i = 0; i < runs; i++) {
      const fair = choices(random, size, [1 / 3, 1 / 3, 1 / 3]);
      if (spread(fair, { expected: members, falseAlarm }).verdict === 'skewed') count++;
    }
    return count;
  };
  // At 1 in 100, within five standard deviations of 600; at 1 in 10,000 of 6 expected no more than 20.
  expect(Math.abs(alarms(0.01, 120) - 600)).toBeLessThan(5 * Math.sqrt(600));
  expect(alarms(1e-4, 120)).toBeLessThan(20);
});

test('a skewed spread is caught', () => {
  const random = seededRandom(2);
  let missed = 0;
  for (let i = 0; i < 2_000; i++) {
    const skewed = choices(random, 300, [0.5, 0.3, 0.2]);
    if (spread(skewed, { expected: members }).verdict === 'as expected') missed++;
  }
  expect(missed).toBeLessThan(100); // of 2,000
  expect(spread({ 'k8s-ctr': 150, 'k8s-w1': 90, 'k8s-w0': 60 }, { expected: members })).toMatchObject({
    statistic: 42,
    degreesOfFreedom: 2,
    verdict: 'skewed',
    summary: 'k8s-ctr 150 (expected 100), k8s-w1 90 (expected 100), k8s-w0 60 (expected 100)',
  });
});

test('one that never answers, and one that should not, are skewed', () => {
  expect(spread({ 'k8s-ctr': 50, 'k8s-w1': 50 }, { expected: members }).verdict).toBe('skewed');
  const stranger = spread({ 'k8s-ctr': 33, 'k8s-w1': 33, 'k8s-w0': 33, other: 1 }, { expected: members });
  expect(stranger).toMatchObject({ pValue: 0, verdict: 'skewed' });
  expect(stranger.summary).toContain('other 1 (expected none)');
});

test('weights are shares', () => {
  const weights = { a: 2, b: 1 };
  expect(spread({ a: 200, b: 100 }, { expected: weights })).toMatchObject({ statistic: 0, pValue: 1 });
  expect(spread({ a: 150, b: 150 }, { expected: weights }).verdict).toBe('skewed');
});

test('equal shares need no names', () => {
  expect(equalSpread([150, 90, 60])).toMatchObject({ statistic: 42, degreesOfFreedom: 2 });
  expect(equalSpread([100, 100, 100]).pValue).toBe(1);
  expect(equalSpread([120, 0, 0]).pValue).toBeLessThan(1e-20);
});

test('what cannot be judged is refused', () => {
  expect(() => equalSpread([2, 3, 4])).toThrow('9 observations are too few for 3 outcomes');
  expect(() => equalSpread([50])).toThrow('two outcomes');
  expect(() => spread({ 'k8s-ctr': 5, 'k8s-w1': 5 }, { expected: members })).toThrow(
    '10 observations are too few',
  );
  expect(() => spread({}, { expected: members })).toThrow('0 observations are too few');
  expect(() => spread({ a: 100 }, { expected: ['a'] })).toThrow('two outcomes');
  expect(() => spread({ a: 10.5, b: 10 }, { expected: ['a', 'b'] })).toThrow('10.5 is not a count');
  expect(() => spread({ a: 300, b: 3 }, { expected: { a: 300, b: 3 } })).toThrow('too few');
});

test('quantiles', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([10, 20, 30, 40, 50], 0.9)).toBeCloseTo(46);
  expect(() => median([])).toThrow(RangeError);
});

test("Student's t as in the tables", () => {
  expect(studentTails(2.776445, 4)).toBeCloseTo(0.05, 6);
  expect(studentTails(-4.604095, 4)).toBeCloseTo(0.01, 6);
  expect(studentTails(1.959964, 1e7)).toBeCloseTo(0.05, 5);
  expect(studentTails(0, 3)).toBe(1);
});

test("Welch's test: a p-value had by numerical integration, and equal samples", () => {
  const a = [27.5, 21, 19, 23.6, 17, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19, 21.7, 21.4];
  const b = [27.1, 22, 20.8, 23.4, 23.4, 23.5, 25.8, 22, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 31.3];
  const { difference, pValue } = welch({ values: a }, { values: b });
  expect(difference).toBeGreaterThan(0);
  expect(pValue).toBeCloseTo(0.00646041, 7);
  expect(welch({ values: [5, 5] }, { values: [5, 5] }).pValue).toBe(1);
  expect(
    welch({ values: [5, 5], ownVariance: 4 }, { values: [6, 6], ownVariance: 4 }).pValue,
  ).toBeGreaterThan(0.3);
  expect(() => welch({ values: [1] }, { values: [1, 2] })).toThrow(RangeError);
});

test('calls equal samples different as rarely as it says', () => {
  const random = seededRandom(7);
  const draw = (): number[] => Array.from({ length: 5 }, () => random() + random() + random());
  const alarms = Array.from(
    { length: 4000 },
    () => welch({ values: draw() }, { values: draw() }).pValue,
  ).filter(p => p < 0.01).length;
  expect(alarms).toBeLessThan(4000 * 0.02);
});

test('the count that a binomial variable rarely exceeds', () => {
  expect(binomialQuantile(200, 0, 1e-4)).toBe(0);
  // P(X > 1) of two fair coins is 1/4, P(X > 0) is 3/4.
  expect(binomialQuantile(2, 0.5, 0.3)).toBe(1);
  // P(X > 8) = 1.4e-4 and P(X > 9) = 2.8e-5 (scipy.stats.binom.sf).
  expect(binomialQuantile(200, 0.01, 1e-4)).toBe(9);
  expect(() => binomialQuantile(-1, 0.5, 0.1)).toThrow('no quantile of -1 trials');
});
