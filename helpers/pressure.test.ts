import { expect, test } from '@playwright/test';
import { parsePressure, starvationIn, watchPressure } from './pressure.ts';

test('reads what the kernel prints', () => {
  const text =
    'some avg10=87.09 avg60=84.92 avg300=63.83 total=14203517\nfull avg10=0.00 avg60=0.00 total=0\n';
  expect(parsePressure(text)).toBe(14203.517);
  expect(parsePressure('')).toBeUndefined();
});

const samples = (stalled: (atMs: number) => number, late: (atMs: number) => number) =>
  Array.from({ length: 60 }, (_, i) => ({
    atMs: i * 100,
    stalledMs: stalled(i * 100),
    lateMs: late(i * 100),
  }));

test('a machine is starved when it stalls all the time and keeps even us waiting', () => {
  const busy = (atMs: number): number => atMs * 0.97;
  expect(
    starvationIn(
      samples(busy, () => 400),
      1_000,
      2_000,
    ),
  ).toMatchObject({ starved: true, lateMs: 400 });
  // Busy, but whoever wants a CPU soon has one.
  expect(
    starvationIn(
      samples(busy, () => 20),
      1_000,
      2_000,
    ).starved,
  ).toBe(false);
  // A pause of ours on an idle machine is not the machine's.
  expect(
    starvationIn(
      samples(
        () => 0,
        () => 400,
      ),
      1_000,
      2_000,
    ).starved,
  ).toBe(false);
  // What happened at another time does not count.
  expect(
    starvationIn(
      samples(busy, atMs => (atMs > 4_000 ? 900 : 0)),
      1_000,
      2_000,
    ).starved,
  ).toBe(false);
});

test("without the kernel's word, our own waiting has to do", () => {
  const mute = samples(
    () => 0,
    () => 500,
  ).map(sample => ({ ...sample, stalledMs: undefined }));
  expect(starvationIn(mute, 1_000, 2_000)).toMatchObject({ starved: true, stalledShare: undefined });
});

test('samples go on until they are stopped', async () => {
  const watch = watchPressure();
  await expect.poll(() => watch.samples.length).toBeGreaterThan(3);
  const all = await watch.stop();
  expect([...all].sort((a, b) => a.atMs - b.atMs)).toEqual(all);
});
