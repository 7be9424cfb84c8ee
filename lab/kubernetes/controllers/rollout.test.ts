import { expect, test } from '@playwright/test';
import type { Deployment } from '../../../helpers/kube/resources.ts';
import { type Limits, limitsOf, nextStep, type Revision } from './rollout.ts';

function deployment(replicas: number, strategy: Deployment['spec']['strategy'] = {}): Deployment {
  const template = { spec: { containers: [] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'webpod' },
    spec: { replicas, selector: {}, template, strategy },
  };
}

test('the limits are a quarter each by default, surge rounded up and unavailable down', () => {
  expect(limitsOf(deployment(3))).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  expect(limitsOf(deployment(10))).toEqual({ maxSurge: 3, maxUnavailable: 2 });
  const both = { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } };
  expect(limitsOf(deployment(3, both)), 'some pod must go first').toEqual({ maxSurge: 0, maxUnavailable: 1 });
});

/** Follows a rollout to its end, every pod becoming available as soon as it is asked for. */
function rollOut(wanted: number, limits: Limits): { totals: number[]; available: number[]; end: Revision[] } {
  let current: Revision = { name: 'new', replicas: 0, available: 0, pods: 0 };
  let old: Revision = { name: 'old', replicas: wanted, available: wanted, pods: wanted };
  const totals: number[] = [];
  const available: number[] = [];
  for (let round = 0; round < 50 && (old.replicas > 0 || current.replicas < wanted); round++) {
    const step = nextStep(wanted, 'RollingUpdate', limits, current, [old]);
    const asked = step.get('new') ?? 0;
    const kept = step.get('old') ?? 0;
    totals.push(asked + kept);
    available.push(current.available + kept);
    old = { ...old, replicas: kept, available: kept, pods: kept };
    current = { name: 'new', replicas: asked, available: asked, pods: asked };
  }
  return { totals, available, end: [current, old] };
}

for (const [wanted, limits] of [
  [3, { maxSurge: 1, maxUnavailable: 0 }],
  [10, { maxSurge: 3, maxUnavailable: 2 }],
  [4, { maxSurge: 0, maxUnavailable: 1 }],
] as const) {
  test(`a rollout of ${wanted} stays within ${JSON.stringify(limits)} and comes to its end`, () => {
    const { totals, available, end } = rollOut(wanted, limits);
    expect(end.map(({ replicas }) => replicas)).toEqual([wanted, 0]);
    expect(Math.max(...totals)).toBeLessThanOrEqual(wanted + limits.maxSurge);
    expect(Math.min(...available)).toBeGreaterThanOrEqual(wanted - limits.maxUnavailable);
  });
}

test('an old revision keeps its pods while the new ones are not available', () => {
  const current = { name: 'new', replicas: 1, available: 0, pods: 1 };
  const old = { name: 'old', replicas: 3, available: 3, pods: 3 };
  const step = nextStep(3, 'RollingUpdate', { maxSurge: 1, maxUnavailable: 0 }, current, [old]);
  expect(step).toEqual(
    new Map([
      ['new', 1],
      ['old', 3],
    ]),
  );
});

test('broken pods of an old revision go without waiting', () => {
  const current = { name: 'new', replicas: 1, available: 0, pods: 1 };
  const old = { name: 'old', replicas: 3, available: 1, pods: 3 };
  const step = nextStep(3, 'RollingUpdate', { maxSurge: 1, maxUnavailable: 2 }, current, [old]);
  expect(step.get('old')).toBe(1);
});

test('Recreate waits for the last old pod to be gone', () => {
  const limits = { maxSurge: 0, maxUnavailable: 2 };
  const current = { name: 'new', replicas: 0, available: 0, pods: 0 };
  const ending = { name: 'old', replicas: 0, available: 0, pods: 1 };
  expect(nextStep(2, 'Recreate', limits, current, [ending]).get('new')).toBe(0);
  expect(nextStep(2, 'Recreate', limits, current, [{ ...ending, pods: 0 }]).get('new')).toBe(2);
});
