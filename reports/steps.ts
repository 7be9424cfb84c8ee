import type { TestResult, TestStep } from '@playwright/test/reporter';
import { outcomePrefix } from '../fixtures/evidence/record.ts';
import { redact } from '../helpers/redact.ts';
import type { Step } from './conformance.ts';
import { plain } from './verdict.ts';

/** What a test did and observed, in order: its steps, without what Playwright adds around them. */
export function stepsOf({ steps }: Pick<TestResult, 'steps'>): Step[] {
  const found = steps.flatMap(step => flat(step, 0));
  // Before the first a lab may have been started: a minute that says nothing of the claim.
  const zeroMs = found[0]?.atMs ?? 0;
  return found.map(step => ({ ...step, atMs: Math.max(0, step.atMs - zeroMs) }));
}

/** With times since 1970. */
function flat(step: TestStep, depth: number): Step[] {
  const inner = step.steps.filter(each => !isOutcome(each));
  // An assertion whose matcher describes itself in steps of its own needs no line beside them.
  const isShown = step.category === 'test.step' || (step.category === 'expect' && !inner.some(isOwn));
  if (!isShown) return inner.flatMap(each => flat(each, depth));
  const outcomes = step.steps.filter(isOutcome).map(({ title }) => title.slice(outcomePrefix.length));
  const error = step.error?.message;
  const shown: Step = {
    title: [step.title, ...outcomes].map(redact).join(': '),
    atMs: step.startTime.getTime(),
    durationMs: Math.max(0, Math.round(step.duration)), // -1 for one that never ended
    depth,
    ...(error === undefined ? {} : { error: redact(plain(error).split('\n')[0] ?? '') }),
  };
  return [shown, ...inner.flatMap(each => flat(each, depth + 1))];
}

const isOwn = ({ category }: TestStep): boolean => category === 'test.step';
const isOutcome = (step: TestStep): boolean => isOwn(step) && step.title.startsWith(outcomePrefix);
