import { undoPrefix } from '../../fixtures/evidence/record.ts';
import type { ClaimResult, Step } from '../conformance.ts';
import { worstRepetition } from '../conformance.ts';
import { duration } from '../words.ts';
import { scrolling } from './draw/table.ts';
import { type Markup, markup } from './markup.ts';

/** Rows of one list: a claim that repeats itself a thousand times is read in conformance.json. */
const rowLimit = 150;
const titleLimit = 240;

/** What a claim's test did and observed, when, and how long each took; its clean-up folded away. */
export function stepsView(claim: ClaimResult): Markup | undefined {
  const steps = worstRepetition(claim)?.steps ?? [];
  const first = steps.findIndex(isUndo);
  const [acted, undone] = first === -1 ? [steps, []] : [steps.slice(0, first), steps.slice(first)];
  if (steps.length === 0) return undefined;
  return markup`<h3>Steps</h3>${list(`Steps of ${claim.id}`, acted)}
${undone.length === 0 ? undefined : markup`<details class="rest"><summary>Clean-up: ${undone.length} ${undone.length === 1 ? 'step' : 'steps'}</summary>${list(`Clean-up of ${claim.id}`, undone)}</details>`}`;
}

const isUndo = ({ title }: Step): boolean => title.startsWith(undoPrefix);

function list(name: string, steps: readonly Step[]): Markup {
  const more =
    steps.length > rowLimit ? markup`<p>The first ${rowLimit} of ${steps.length} steps.</p>` : undefined;
  return markup`${scrolling(
    name,
    markup`<thead><tr><th scope="col">at</th><th scope="col">step</th><th scope="col">took</th></tr></thead>
<tbody>${steps.slice(0, rowLimit).map(row)}</tbody>`,
  )}${more}`;
}

function row({ atMs, depth, durationMs, error, title }: Step): Markup {
  const shown = title.length > titleLimit ? `${title.slice(0, titleLimit)} …` : title;
  const words =
    error === undefined
      ? markup`${shown}`
      : markup`<span class="failed"><span aria-hidden="true">✗ </span>${shown}</span><div class="dim">${error.slice(0, titleLimit)}</div>`;
  return markup`<tr class="step"><td class="num">${duration(atMs)}</td><td class="depth-${Math.min(depth, 3)}">${words}</td><td class="num">${duration(durationMs)}</td></tr>`;
}
