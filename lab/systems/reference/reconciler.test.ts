import { expect, test } from '@playwright/test';
import { createReconciler } from './reconciler.ts';

test('a burst of triggers is one run, and a trigger during a run is another', async () => {
  let runs = 0;
  const reconciler = createReconciler(
    () => {
      runs += 1;
      if (runs === 1) reconciler.trigger();
    },
    () => {},
  );
  reconciler.trigger();
  reconciler.trigger();
  await reconciler.idle();
  expect(runs).toBe(2);
});

test('a failing run is repeated, later each time, until it succeeds', async () => {
  const delays: number[] = [];
  let left = 2;
  await new Promise<void>(resolve => {
    const reconciler = createReconciler(
      () => {
        if (left-- > 0) throw new Error('not yet');
        resolve();
      },
      (_, next) => delays.push(next),
    );
    reconciler.trigger();
  });
  expect(delays).toEqual([50, 100]);
});

test('nothing runs after stop, and stop waits for what runs', async () => {
  let ended = false;
  const reconciler = createReconciler(
    async () => {
      await new Promise(resolve => setTimeout(resolve, 20));
      ended = true;
    },
    () => {},
  );
  reconciler.trigger();
  await new Promise(resolve => setTimeout(resolve, 5));
  await reconciler.stop();
  expect(ended).toBe(true);
  ended = false;
  reconciler.trigger();
  await reconciler.idle();
  expect(ended).toBe(false);
});
