import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { nowMs } from './clock.ts';

/** How long tasks of this machine had waited for a CPU by some moment. Milliseconds since 1970, by our own clock. */
export interface PressureSample {
  readonly atMs: number;
  /** `some total` of /proc/pressure/cpu: time in which at least one task waited; undefined where the kernel has none. */
  readonly stalledMs: number | undefined;
  /** By how much this sample itself was late: how long we, who ask for next to nothing, were kept waiting. */
  readonly lateMs: number;
}

export interface PressureWatch {
  readonly samples: readonly PressureSample[];
  stop(): Promise<readonly PressureSample[]>;
}

const periodMs = 100;

/** Samples the CPU pressure of the machine this runs on (Linux PSI) until stopped. */
export function watchPressure(): PressureWatch {
  const samples: PressureSample[] = [];
  let running = true;
  const sampling = (async () => {
    for (let due = nowMs(); running; due += periodMs) {
      await setTimeout(Math.max(0, due - nowMs()));
      const atMs = nowMs();
      const stalledMs = await readStalled();
      samples.push({ atMs, stalledMs, lateMs: Math.max(0, atMs - due) });
      due = Math.max(due, atMs); // what was missed is not made up for
    }
  })();
  return {
    samples,
    stop: async () => {
      running = false;
      await sampling;
      return samples;
    },
  };
}

async function readStalled(): Promise<number | undefined> {
  try {
    return parsePressure(await readFile('/proc/pressure/cpu', 'utf8'));
  } catch {
    return undefined;
  }
}

/** `some avg10=0.12 avg60=… total=<microseconds>` */
export function parsePressure(text: string): number | undefined {
  const total = /^some .*\btotal=(\d+)$/m.exec(text)?.[1];
  return total === undefined ? undefined : Number(total) / 1000;
}

export interface Starvation {
  /** Share of the time in which some task waited for a CPU; undefined where the kernel does not say. */
  readonly stalledShare: number | undefined;
  /** The longest that we were kept waiting ourselves. */
  readonly lateMs: number;
  /** The machine, not what was measured on it, can be the reason for a silence of that length. */
  readonly starved: boolean;
}

/** A busy machine always has somebody who waits: only one that is busy all the time, and keeps us waiting as well, is starved. */
const starvedShare = 0.9;

/** Whether the machine itself can have made for a silence between two moments. */
export function starvationIn(samples: readonly PressureSample[], fromMs: number, toMs: number): Starvation {
  const within = samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs + periodMs);
  const before = samples.filter(({ atMs }) => atMs < fromMs).at(-1);
  const all = before === undefined ? within : [before, ...within];
  const [first, last] = [all.at(0), all.at(-1)];
  const lateMs = Math.max(0, ...within.map(sample => sample.lateMs));
  const lengthMs = toMs - fromMs;
  const stalledShare =
    first?.stalledMs === undefined || last?.stalledMs === undefined || last.atMs <= first.atMs
      ? undefined
      : Math.min(1, (last.stalledMs - first.stalledMs) / (last.atMs - first.atMs));
  const keptWaiting = lateMs >= lengthMs / 4;
  return { stalledShare, lateMs, starved: keptWaiting && (stalledShare ?? 1) >= starvedShare };
}
