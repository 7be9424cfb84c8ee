import { text } from 'node:stream/consumers';
import { expect, test } from '@playwright/test';
import type { LogOptions } from '../api/hooks.ts';
import { ContainerLog } from './container-log.ts';

const all: LogOptions = {
  follow: false,
  tailLines: undefined,
  previous: false,
  timestamps: false,
  sinceSeconds: undefined,
};

test('lines are put together from what comes in pieces', async () => {
  const log = new ContainerLog();
  log.write('one\ntw');
  log.write('o\nthr');
  expect(await text(log.read(all))).toBe('one\ntwo\n');
  log.end();
  expect(await text(log.read(all)), 'the last line may lack its end').toBe('one\ntwo\nthr\n');
  expect(await text(log.read({ ...all, tailLines: 1 }))).toBe('thr\n');
  expect(await text(log.read({ ...all, tailLines: 0 }))).toBe('');
  expect(await text(log.read({ ...all, tailLines: 1, timestamps: true }))).toMatch(
    /^\d{4}-\d\d-\d\dT[\d:.]+Z thr\n$/,
  );
});

test('a follower gets what there is, what comes, and the end', async () => {
  const log = new ContainerLog();
  log.write('before\n');
  const followed = text(log.read({ ...all, follow: true }));
  log.write('after\n');
  log.end();
  expect(await followed).toBe('before\nafter\n');
  expect(await text(log.read({ ...all, follow: true })), 'an ended log ends at once').toBe('before\nafter\n');
});

test('the oldest lines make room', async () => {
  const log = new ContainerLog();
  for (let line = 0; line < 3000; line++) log.write(`${String(line).padStart(999, '0')}\n`);
  const kept = (await text(log.read(all))).trimEnd().split('\n');
  expect(kept.length).toBe(1048);
  expect(Number(kept.at(-1))).toBe(2999);
});
