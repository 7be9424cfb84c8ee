import { median } from '../../helpers/statistics.ts';
import type { ClaimResult } from '../conformance.ts';
import { duration } from '../words.ts';
import { table } from './draw/table.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';

/** A claim's measured times: each named time once, with its repetitions. */
export function timesView(claim: ClaimResult): Markup | undefined {
  const all = claim.repetitions.flatMap(repetition => repetition.measured);
  const names = [...new Set(all.map(time => time.name))];
  if (names.length === 0) return undefined;
  const rows = names.map(name => {
    const own = all.filter(time => time.name === name);
    const ms = own.map(time => time.ms).sort((a, b) => a - b);
    const resolution = Math.max(...own.map(time => time.resolutionMs));
    const spread =
      ms.length === 1 ? 'once' : `${duration(ms[0] ?? 0)} to ${duration(ms.at(-1) ?? 0)}, ${ms.length} times`;
    return [name, duration(median(ms)), spread, `± ${duration(resolution)}`];
  });
  return markup`<h3>Measured times</h3>${table(`Measured times of ${claim.id}`, ['what', 'median', 'measured', 'resolution'], rows)}`;
}
