import { expect, test } from '@playwright/test';
import { templateHash, withCondition } from './objects.ts';

test('the template hash has the shape of pod-template-hash and ignores how members are ordered', () => {
  const a = {
    metadata: { labels: { app: 'webpod', tier: 'x' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  const b = {
    spec: { containers: [{ image: 'i', name: 'c' }] },
    metadata: { labels: { tier: 'x', app: 'webpod' } },
  };
  expect(templateHash(a)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
  expect(templateHash(a)).toBe(templateHash(b));
  expect(templateHash({ spec: { containers: [{ name: 'c', image: 'j' }] } })).not.toBe(templateHash(a));
});

test("a condition's transition time moves only with its status", () => {
  const first = withCondition(
    [],
    { type: 'Ready', status: 'True', reason: 'A' },
    new Date('2025-01-01T00:00:00Z'),
  );
  const same = withCondition(
    first,
    { type: 'Ready', status: 'True', reason: 'B' },
    new Date('2025-01-02T00:00:00Z'),
  );
  const other = withCondition(same, { type: 'Ready', status: 'False' }, new Date('2025-01-03T00:00:00Z'));
  expect(same).toEqual([
    { type: 'Ready', status: 'True', reason: 'B', lastTransitionTime: '2025-01-01T00:00:00Z' },
  ]);
  expect(other).toEqual([{ type: 'Ready', status: 'False', lastTransitionTime: '2025-01-03T00:00:00Z' }]);
});
