import type { Evidence } from '../../../fixtures/evidence/kinds.ts';
import type { Markup } from '../markup.ts';
import { looks } from './exact.ts';
import { packets } from './packets.ts';
import { change, table } from './table.ts';
import { tally } from './tally.ts';
import { answers, timeline } from './time.ts';

export function draw(name: string, value: Evidence): Markup {
  switch (value.kind) {
    case 'table':
      return table(name, value.columns, value.rows);
    case 'exact':
      return looks(name, [value]);
    case 'change':
      return change(name, value);
    case 'tally':
      return tally(name, value);
    case 'timeline':
      return timeline(name, value);
    case 'packets':
      return packets(name, value);
    case 'answers':
      return answers(name, value);
  }
}
