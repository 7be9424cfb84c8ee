import type { TestResult, TestStep } from '@playwright/test/reporter';
import { redact } from '../helpers/redact.ts';
import type { Verdict } from './conformance.ts';

/** Characters: a diff of two large tables is evidence, not a reason. */
const reasonLimit = 20_000;

/** What one run of a claim's test says, and why. `undefined`: it did not run. */
export function verdictOf(
  result: Pick<TestResult, 'status' | 'annotations' | 'errors' | 'steps'>,
): { verdict: Verdict; reason?: string } | undefined {
  const said = (type: string): string | undefined => {
    const annotation = result.annotations.find(candidate => candidate.type === type);
    return annotation === undefined ? undefined : (annotation.description ?? 'no reason given');
  };
  const messages = result.errors.map(error => plain(error.message ?? error.value ?? ''));
  const unseen =
    said('inconclusive') ?? messages.map(inconclusiveReason).find(reason => reason !== undefined);

  if (unseen !== undefined) return { verdict: 'inconclusive', reason: redact(unseen) };
  if (result.status === 'interrupted') return { verdict: 'inconclusive', reason: 'the run was interrupted' };
  if (result.status === 'skipped') {
    const why = said('not-applicable') ?? said('skip') ?? said('fixme');
    return why === undefined ? undefined : { verdict: 'not applicable', reason: redact(why) };
  }
  if (result.status !== 'passed') {
    const reason =
      messages.filter(message => message !== '').join('\n\n') || `the test ended as ${result.status}`;
    return { verdict: 'failed', reason: redact(reason).slice(0, reasonLimit) };
  }
  if (!asserted(result.steps)) {
    return {
      verdict: 'failed',
      reason: 'asserted nothing: the test ended without a single expect of its own',
    };
  }
  return { verdict: 'passed' };
}

/** Whether the body asserted something; what fixtures assert while setting up does not count. */
function asserted(steps: readonly TestStep[]): boolean {
  return steps.some(
    step =>
      step.category === 'expect' ||
      (step.category !== 'hook' && step.category !== 'fixture' && asserted(step.steps)),
  );
}

/** Playwright prints an error as `Name: message`; thrown far from any `testInfo`, the name is all there is. */
function inconclusiveReason(message: string): string | undefined {
  return /^(?:Error: )?Inconclusive: (?:inconclusive: )?([\s\S]*)/i.exec(message)?.[1];
}

/** Without the colours meant for a terminal. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  return text.replace(/\u001b\[[0-9;]*m/g, '').trim();
}
