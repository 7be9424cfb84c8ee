import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@playwright/test';
import { ChangedError, LateError, NeverError, NotYet, staysTrue, timeUntil, until } from './waiting.ts';

/** Something that becomes so, and may stop being so. */
function becoming(afterMs: number, untilMs = Number.POSITIVE_INFINITY): () => boolean {
  const start = performance.now();
  return () => {
    const now = performance.now() - start;
    return now >= afterMs && now < untilMs;
  };
}

test('what comes in time is answered with how long it took', async () => {
  const ready = becoming(60);
  const timed = await timeUntil('it', async () => (ready() ? 'there' : undefined), {
    deadlineMs: 5_000,
    pauseMs: 5,
  });
  expect(timed.value).toBe('there');
  expect(timed.elapsedMs).toBeGreaterThanOrEqual(60);
  expect(timed.elapsedMs).toBeLessThan(1_000);
  expect(timed.polls).toBeGreaterThan(2);
});

test('what is there already takes one look', async () => {
  expect((await timeUntil('it', async () => 1, { deadlineMs: 0 })).polls).toBe(1);
});

test('late is told from never', async () => {
  const ready = becoming(80);
  const late = timeUntil('the route', async () => (ready() ? 1 : undefined), {
    deadlineMs: 20,
    watchPastMs: 5_000,
    pauseMs: 5,
  });
  await expect(late).rejects.toThrow(LateError);
  await expect(late).rejects.toThrow(/^the route: late, only after 0\.\d+ s; allowed are 0\.02 s$/);

  const never = timeUntil('the route', async () => new NotYet('3 next hops'), {
    deadlineMs: 20,
    watchPastMs: 20,
    pauseMs: 5,
  });
  await expect(never).rejects.toThrow(NeverError);
  await expect(never).rejects.toThrow(
    'the route: not within 0.02 s, nor 0.02 s later; last seen: 3 next hops',
  );
});

test('looks that fail are looked at again, and the last failure is told', async () => {
  let looks = 0;
  const value = await until('it', 5_000, async () => {
    looks++;
    if (looks < 3) throw new Error('refused');
    return looks;
  });
  expect(value).toBe(3);
  const failing = until('it', 20, async () => {
    throw new Error('refused');
  });
  await expect(failing).rejects.toThrow('it: not within 0.02 s; the last look failed: refused');
});

test('a look that began in time counts, however long it takes', async () => {
  const slow = async (): Promise<number> => {
    await setTimeout(50);
    return 1;
  };
  expect((await timeUntil('it', slow, { deadlineMs: 10 })).elapsedMs).toBeGreaterThanOrEqual(49);
});

test('what stays so is looked at until the end of the window', async () => {
  let last = 0;
  const start = performance.now();
  const look = async (): Promise<boolean> => {
    last = performance.now() - start;
    return true;
  };
  const { polls } = await staysTrue('it', look, { windowMs: 60, pauseMs: 20 });
  expect(last).toBeGreaterThanOrEqual(60);
  expect(polls).toBeGreaterThanOrEqual(3);
});

test('what stops being so is told with when and what was seen', async () => {
  const holds = becoming(0, 40);
  const look = async (): Promise<true | NotYet> => holds() || new NotYet('a next hop too many');
  const stays = staysTrue('the table', look, { windowMs: 5_000, pauseMs: 5 });
  await expect(stays).rejects.toThrow(ChangedError);
  await expect(stays).rejects.toThrow(
    /^the table: no longer after 0\.\d+ s of the 5 s watched: a next hop too many$/,
  );
});

test('a look that fails shows nothing', async () => {
  const blind = async (): Promise<boolean> => {
    throw new Error('no connection');
  };
  await expect(staysTrue('it', blind, { windowMs: 10 })).rejects.toThrow('no connection');
});
