/** How counts compare with what was expected of them: Pearson's chi-square test of goodness of fit. */
export interface Spread {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** Probability that fair choices differ from what is expected at least as much. */
  readonly pValue: number;
}

/** A spread over named outcomes. */
export interface NamedSpread extends Spread {
  readonly verdict: 'as expected' | 'skewed';
  /** The counts beside what was expected of them, for people. */
  readonly summary: string;
}

export type Tally = Readonly<Record<string, number>>;

/** Below this a cell's count is too far from the normal distribution for the test (Cochran 1954). */
const leastExpected = 5;

/**
 * @param counts how often each possible outcome was seen, zeros included
 * @throws RangeError when there are fewer than two outcomes, or too few observations for the test (five a cell)
 */
export function equalSpread(counts: readonly number[]): Spread {
  const share = sum(counts) / counts.length;
  return chiSquare(counts.map(count => ({ count, share })));
}

/**
 * Judges whether a tally is spread as expected. `expected` names every outcome when all have an equal share, or
 * gives each its weight; one that was never seen counts as zero, and one that is not expected is skewed at once.
 * @param falseAlarm how often a fair spread may be called skewed
 * @throws RangeError as {@link equalSpread}
 */
export function spread(
  tally: Tally,
  { expected, falseAlarm = 1e-4 }: { expected: readonly string[] | Tally; falseAlarm?: number },
): NamedSpread {
  const weights: readonly (readonly [name: string, weight: number])[] = Array.isArray(expected)
    ? expected.map((name: string) => [name, 1] as const)
    : Object.entries(expected);
  const total = sum(Object.values(tally));
  const weightOfAll = sum(weights.map(([, weight]) => weight));
  const cells = weights.map(([name, weight]) => ({
    name,
    count: tally[name] ?? 0,
    share: (total * weight) / weightOfAll,
  }));
  const strangers = Object.entries(tally).filter(
    ([name, count]) => count > 0 && !cells.some(cell => cell.name === name),
  );
  const fit = chiSquare(cells);
  const judged = strangers.length > 0 ? { ...fit, statistic: Number.POSITIVE_INFINITY, pValue: 0 } : fit;
  return {
    ...judged,
    verdict: judged.pValue < falseAlarm ? 'skewed' : 'as expected',
    summary: [
      ...cells.map(({ name, count, share }) => `${name} ${count} (expected ${Number(share.toFixed(1))})`),
      ...strangers.map(([name, count]) => `${name} ${count} (expected none)`),
    ].join(', '),
  };
}

function chiSquare(cells: readonly { readonly count: number; readonly share: number }[]): Spread {
  if (cells.length < 2) throw new RangeError('a spread needs two outcomes or more');
  const wrong = cells.find(({ count }) => !Number.isInteger(count) || count < 0);
  if (wrong !== undefined) throw new RangeError(`${wrong.count} is not a count`);
  if (!cells.every(({ share }) => share >= leastExpected)) {
    const total = Math.round(sum(cells.map(({ share }) => share)) || 0);
    throw new RangeError(
      `${total} observations are too few for ${cells.length} outcomes: ${leastExpected} have to be expected of each at least`,
    );
  }
  const statistic = sum(cells.map(({ count, share }) => (count - share) ** 2 / share));
  const degreesOfFreedom = cells.length - 1;
  return { statistic, degreesOfFreedom, pValue: chiSquareTail(statistic, degreesOfFreedom) };
}

/** The chance that a chi-square variable is at least `statistic`. */
export function chiSquareTail(statistic: number, degreesOfFreedom: number): number {
  return upperGamma(degreesOfFreedom / 2, statistic / 2);
}

/**
 * The regularised upper incomplete gamma function Q(a, x), for a > 0 and x ≥ 0: by its series where that
 * converges fast, else by its continued fraction (Abramowitz and Stegun 6.5.29 and 6.5.31, the latter by
 * Lentz's method). Relative error below 1e-12.
 */
export function upperGamma(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) throw new RangeError(`Q(${a}, ${x}) is not defined`);
  if (x === 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let series = term;
    for (let n = 1; term > series * 1e-17; n++) {
      term *= x / (a + n);
      series += term;
    }
    return 1 - scale * series;
  }
  let b = x + 1 - a;
  let c = Number.MAX_VALUE;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; ; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    const step = c * d;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-15 || n > 10_000) return scale * fraction;
  }
}

/** ln Γ(x) for x > 0, by Lanczos' approximation with g = 7 and nine terms. */
function logGamma(x: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const series = coefficients.reduce((total, c, i) => total + c / (x + i), 0.9999999999998099);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

/**
 * The smallest count that a binomial variable of `trials` with this chance exceeds less often than `tail`.
 * @throws RangeError for what is no number of trials, chance or tail
 */
export function binomialQuantile(trials: number, chance: number, tail: number): number {
  if (!(Number.isInteger(trials) && trials >= 0 && chance >= 0 && chance < 1 && tail > 0 && tail < 1)) {
    throw new RangeError(`no quantile of ${trials} trials with chance ${chance} for a tail of ${tail}`);
  }
  let probability = (1 - chance) ** trials;
  let above = 1 - probability;
  let count = 0;
  while (above >= tail && count < trials) {
    probability *= ((trials - count) / (count + 1)) * (chance / (1 - chance));
    above -= probability;
    count += 1;
  }
  return count;
}

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Counts how often each name occurs. */
export function tally(names: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The value below which a share of all values lies, between neighbours in proportion. @throws RangeError when there is none */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0 || !(share >= 0 && share <= 1)) {
    throw new RangeError(`no quantile ${share} of ${values.length} values`);
  }
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Measurements of one kind, and the variance that each has of itself, beside that between them. */
export interface Sample {
  readonly values: readonly number[];
  readonly ownVariance?: number;
}

/**
 * Welch's t test for two samples whose variances may differ.
 * @returns how much the second mean is above the first, and the two-sided chance of so much under equal means
 * @throws RangeError for fewer than two values in a sample
 */
export function welch(first: Sample, second: Sample): { difference: number; pValue: number } {
  const [a, b] = [first, second].map(({ values, ownVariance = 0 }) => {
    if (values.length < 2) throw new RangeError('a sample of fewer than two values has no variance');
    const mean = sum(values) / values.length;
    const variance = sum(values.map(value => (value - mean) ** 2)) / (values.length - 1);
    return { mean, share: (variance + ownVariance) / values.length, freedom: values.length - 1 };
  }) as [{ mean: number; share: number; freedom: number }, { mean: number; share: number; freedom: number }];
  const difference = b.mean - a.mean;
  const squared = a.share + b.share;
  if (squared === 0) return { difference, pValue: difference === 0 ? 1 : 0 };
  const freedom = squared ** 2 / (a.share ** 2 / a.freedom + b.share ** 2 / b.freedom);
  return { difference, pValue: studentTails(difference / Math.sqrt(squared), freedom) };
}

/** The chance that a variable of Student's t distribution is at least this far from zero, on either side. */
export function studentTails(t: number, degreesOfFreedom: number): number {
  return incompleteBeta(degreesOfFreedom / 2, 0.5, degreesOfFreedom / (degreesOfFreedom + t * t));
}

/**
 * The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz and Stegun 26.5.8, by
 * Lentz's method), on the side where that converges fast.
 */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (!(a > 0) || !(b > 0) || !(x >= 0 && x <= 1)) throw new RangeError(`I_${x}(${a}, ${b}) is not defined`);
  if (x === 0 || x === 1) return x;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x);
  const scale = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x));
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || tiny);
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d || tiny);
    c = 1 + even / c || tiny;
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d || tiny);
    c = 1 + odd / c || tiny;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (scale * fraction) / a;
}
