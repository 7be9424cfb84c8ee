import { median } from '../../helpers/statistics.ts';
import type { Conformance } from '../conformance.ts';
import { duration, ranges } from '../words.ts';
import type { Change } from './claims.ts';
import type { Comparison } from './compare.ts';
import { falseAlarm, type Moved } from './times.ts';

/** `gate.md`: the decision first, then what it rests on. */
export function gateMarkdown(before: Conformance, after: Conformance, result: Comparison): string {
  const { notJudged, notes, shownByNeither } = result;
  return `${[
    '# Gate',
    '',
    `- Baseline: ${label(before)}`,
    `- Candidate: ${label(after)}`,
    '',
    decision(result),
    ...list('Not comparable', result.incomparable),
    ...list('Regressed', result.regressed.map(changeText)),
    ...list('Now skipped', result.nowSkipped.map(changeText)),
    ...list('Removed', result.removed.map(changeText)),
    ...list('Fixed', result.fixed.map(changeText)),
    ...list('New', result.new.map(changeText)),
    ...list('Slower than repetitions vary', result.slower.map(movedText)),
    ...list('Faster than repetitions vary', result.faster.map(movedText)),
    ...list('Notes', [
      ...notes,
      ...(notJudged.length === 0
        ? []
        : [
            `${notJudged.length} measured times have too few repetitions to judge; run with --repeat-each=5: ${notJudged.join('; ')}`,
          ]),
      ...(shownByNeither.length === 0
        ? []
        : [`neither run shows ${shownByNeither.length} claims: ${ranges(shownByNeither)}`]),
    ]),
  ].join('\n')}\n`;
}

export function decision({ exitCode, worse }: Pick<Comparison, 'exitCode' | 'worse'>): string {
  if (exitCode === 2) return '**The runs cannot be compared.**';
  return exitCode === 1
    ? `**Regression: ${worse} ${worse === 1 ? 'claim' : 'claims'} that passed ${worse === 1 ? 'does' : 'do'} no longer.**`
    : '**Nothing worse.**';
}

function label(report: Conformance): string {
  const extent = report.completeness === 'partial' ? ', partial' : '';
  return `${report.lab?.system.label ?? 'unknown'}, run ${report.run.id}${extent}`;
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0
    ? []
    : ['', `## ${title} (${items.length})`, '', ...items.map(item => `- ${item}`)];
}

function changeText({ after, before, id, reason, title }: Change): string {
  const why = reason === undefined ? '' : `: ${reason.split('\n')[0]}`;
  return `${id} ${title}: ${before} → ${after}${why}`;
}

function movedText({ afterMs, beforeMs, id, name, pValue }: Moved): string {
  const span = (ms: readonly number[]): string =>
    `${duration(median(ms))} (${ms.length} times, ${duration(ms[0] ?? 0)} to ${duration(ms.at(-1) ?? 0)})`;
  return `${id} ${name}: ${span(beforeMs)} → ${span(afterMs)}; p = ${pValue.toPrecision(1)}, the limit is ${falseAlarm}`;
}
