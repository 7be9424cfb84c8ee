import type { AnswersEvidence, TimelineEvidence } from '../../../fixtures/evidence/kinds.ts';
import { duration } from '../../words.ts';
import type { Markup } from '../markup.ts';
import { markup } from '../markup.ts';
import { table } from './table.ts';

const width = 720;
const label = 190;
const right = 16;
const laneHeight = 30;
/** The lane of requests that nobody answered. */
const noAnswer = 'no answer';

interface Axis {
  readonly at: (ms: number) => number;
  readonly height: number;
  readonly axis: Markup;
}

/** The time axis below some lanes: round steps, in milliseconds or seconds. */
function axisOf(fromMs: number, toMs: number, lanes: number): Axis {
  const span = Math.max(1, toMs - fromMs);
  const at = (ms: number): number => label + ((ms - fromMs) / span) * (width - label - right);
  const step = roundStep(span / 5);
  const first = Math.ceil(fromMs / step) * step;
  const ticks = Array.from({ length: Math.floor((toMs - first) / step) + 1 }, (_, i) => first + i * step);
  const bottom = lanes * laneHeight + 8;
  return {
    at,
    height: bottom + 24,
    axis: markup`${ticks.map(
      ms =>
        markup`<line class="grid" x1="${px(at(ms))}" x2="${px(at(ms))}" y1="4" y2="${bottom}"/><text class="dim" x="${px(at(ms))}" y="${bottom + 17}" text-anchor="middle">${tick(ms)}</text>`,
    )}`,
  };
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map(factor => factor * power).find(step => step >= least) ?? 10 * power;
}

const tick = (ms: number): string =>
  Math.abs(ms) < 1000 ? `${ms} ms` : `${Number((ms / 1000).toFixed(2))} s`;
const px = (value: number): string => value.toFixed(1);

function laneLines(lanes: readonly string[]): Markup {
  return markup`${lanes.map(
    (lane, index) =>
      markup`<text x="0" y="${index * laneHeight + 24}">${short(lane)}<title>${lane}</title></text><line class="lane" x1="${label}" x2="${width - right}" y1="${index * laneHeight + 20}" y2="${index * laneHeight + 20}"/>`,
  )}`;
}

const short = (text: string): string => (text.length > 26 ? `${text.slice(0, 12)}…${text.slice(-13)}` : text);

/** What happened when, a lane for each of those it happened to; the table below says the same in words. */
export function timeline(name: string, { events }: TimelineEvidence): Markup {
  const lanes = [...new Set(events.map(event => event.lane ?? ''))];
  const ends = events.map(event => event.untilMs ?? event.atMs);
  const { at, axis, height } = axisOf(
    Math.min(0, ...events.map(event => event.atMs)),
    Math.max(1, ...ends),
    lanes.length,
  );
  const y = (lane: string | undefined): number => lanes.indexOf(lane ?? '') * laneHeight + 20;
  return markup`<div class="figure"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}: timeline of ${events.length} events, in the table below">
${axis}${laneLines(lanes)}
${events.map(({ atMs, untilMs, lane, what }) =>
  untilMs === undefined
    ? markup`<circle class="mark" cx="${px(at(atMs))}" cy="${y(lane)}" r="5"><title>${Math.round(atMs)} ms: ${what}</title></circle>`
    : markup`<rect class="span" x="${px(at(atMs))}" y="${y(lane) - 7}" width="${px(Math.max(2, at(untilMs) - at(atMs)))}" height="14" rx="3"><title>${Math.round(atMs)} to ${Math.round(untilMs)} ms: ${what}</title></rect>`,
)}
</svg></div>${table(
    name,
    ['at', 'until', 'where', 'event'],
    events.map(({ atMs, untilMs, lane, what }) => [
      `${Math.round(atMs)} ms`,
      untilMs === undefined ? '' : `${Math.round(untilMs)} ms`,
      lane ?? '',
      what,
    ]),
  )}`;
}

/** Requests over time, a lane for each backend and one for those that failed. */
export function answers(name: string, evidence: AnswersEvidence): Markup {
  const { events = [] } = evidence;
  const all = [...evidence.answers].sort((a, b) => a.atMs - b.atMs);
  const lanes = [...new Set(all.flatMap(answer => answer.by ?? []))].sort((a, b) => a.localeCompare(b));
  const failed = all.filter(answer => answer.by === undefined);
  const drawn = failed.length > 0 ? [...lanes, noAnswer] : lanes;
  const times = [...all, ...events].map(each => each.atMs);
  const { at, axis, height } = axisOf(Math.min(0, ...times), Math.max(1, ...times), drawn.length);
  const gap = longestGap(all.filter(answer => answer.by !== undefined).map(answer => answer.atMs));
  const says = `${all.length} requests, ${failed.length} without an answer; longest time between two answers ${duration(gap)}`;
  return markup`<div class="figure"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}: ${says}">
${axis}${laneLines(drawn)}
${drawn.map((lane, index) => ticks(lane, index, all, at))}
${events.map(
  ({ atMs, what }) =>
    markup`<line class="event" x1="${px(at(atMs))}" x2="${px(at(atMs))}" y1="4" y2="${height - 24}"><title>${Math.round(atMs)} ms: ${what}</title></line>`,
)}
</svg></div><p>${says}.</p>${table(
    `${name}, by backend`,
    ['backend', 'answers', 'first', 'last'],
    drawn.map(lane => {
      const own = all.filter(answer => (answer.by ?? noAnswer) === lane);
      return [lane, own.length, `${own[0]?.atMs ?? 0} ms`, `${own.at(-1)?.atMs ?? 0} ms`];
    }),
    'shown',
  )}${
    events.length === 0
      ? undefined
      : table(
          `${name}, what was done`,
          ['at', 'event'],
          events.map(event => [`${Math.round(event.atMs)} ms`, event.what]),
          'shown',
        )
  }`;
}

/** A tick for each request of a lane, in one path: there are thousands of them, and those in one place are one. */
function ticks(
  lane: string,
  index: number,
  all: AnswersEvidence['answers'],
  at: (ms: number) => number,
): Markup {
  const own = all.filter(answer => (answer.by ?? noAnswer) === lane);
  const places = new Set(own.map(answer => at(answer.atMs).toFixed(0)));
  const path = [...places].map(x => `M${x} ${index * laneHeight + 12}v16`).join('');
  return markup`<path class="${lane === noAnswer ? 'ticks fault' : 'ticks'}" d="${path}"/>`;
}

function longestGap(sorted: readonly number[]): number {
  return Math.max(0, ...sorted.slice(1).map((ms, index) => ms - (sorted[index] ?? ms)));
}
