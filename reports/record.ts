import type { TestInfo } from '@playwright/test';
import type { Topology } from '../lab/topology.ts';
import type { Evidence } from './evidence.ts';

export type { Evidence } from './evidence.ts';

/**
 * How a test hands over what it saw. Everything travels as annotations and attachments of Playwright's own, so
 * that its other reporters show it too:
 *
 * | annotation       | description                                                        |
 * | ---------------- | ------------------------------------------------------------------ |
 * | `claim`          | the claim's id                                                     |
 * | `measured`       | a `Measured` as JSON                                               |
 * | `inconclusive`   | the reason: the lab or the host, not the system, was at fault      |
 * | `not-applicable` | the reason                                                         |
 * | `lab`            | a `LabInfo` as JSON; an attachment named `lab` does as well        |
 *
 * An attachment whose name starts with `evidence: ` is evidence; a JSON body with a `kind` is drawn, see `Evidence`.
 */
export const evidencePrefix = 'evidence: ';

/** What these functions need of Playwright's `testInfo`. */
export type Recorder = Pick<TestInfo, 'annotations' | 'attach'>;

/** A time that was measured, and how finely it could be. */
export interface Measured {
  /** What took this long, e.g. `route withdrawn on the router`. */
  readonly name: string;
  readonly ms: number;
  /** Half-open uncertainty: the interval of the poll, or of the clock. */
  readonly resolutionMs: number;
}

/** Where a test ran. The topology's picture and the report's head are made from it. */
export interface LabInfo {
  readonly provider: string;
  readonly system: { readonly name: string; readonly version: string; readonly label: string };
  /** Versions of what took part, e.g. `{ kernel, frr, gobgp, node }`. */
  readonly versions: Readonly<Record<string, string>>;
  readonly topology: Topology;
}

export function measured(test: Recorder, time: Measured): void {
  test.annotations.push({ type: 'measured', description: JSON.stringify(time) });
}

/** Attaches evidence: a text, a value the report draws, or any other value, shown as JSON. */
export async function evidence(
  test: Recorder,
  name: string,
  seen: Evidence | string | object,
): Promise<void> {
  const text = typeof seen === 'string';
  await test.attach(`${evidencePrefix}${name}`, {
    body: text ? seen : JSON.stringify(seen, undefined, 2),
    contentType: text ? 'text/plain' : 'application/json',
  });
}

/** Attaches a file, e.g. a capture. */
export async function evidenceFile(
  test: Recorder,
  name: string,
  path: string,
  contentType = 'application/octet-stream',
): Promise<void> {
  await test.attach(`${evidencePrefix}${name}`, { path, contentType });
}

export async function recordLab(test: Recorder, lab: LabInfo): Promise<void> {
  await test.attach('lab', { body: JSON.stringify(lab), contentType: 'application/json' });
}

/**
 * Thrown when what should have been observed could not be. Playwright fails the test, so the run is not green;
 * the report says inconclusive. Code that has no `testInfo` at hand throws it as it is.
 */
export class Inconclusive extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'Inconclusive';
  }
}

/** Marks the test and answers the error to throw: `throw inconclusive(testInfo, 'the capture saw nothing')`. */
export function inconclusive(test: Pick<Recorder, 'annotations'>, reason: string): Inconclusive {
  test.annotations.push({ type: 'inconclusive', description: reason });
  return new Inconclusive(reason);
}

/** Ends the test as not applicable. */
export function notApplicable(test: Pick<TestInfo, 'annotations' | 'skip'>, reason: string): void {
  test.annotations.push({ type: 'not-applicable', description: reason });
  test.skip(true, reason);
}
