import type { ClaimResult, NotRun } from '../conformance.ts';
import { duration, signs, sourceText } from '../words.ts';
import { table } from './draw/table.ts';
import type { EvidenceView } from './evidence.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';

/** A claim that was run; open where there is something to look into. */
export function claimView(claim: ClaimResult, evidence: EvidenceView): Markup {
  const { durationMs, id, reason, repetitions, test, title, verdict } = claim;
  const closed = verdict === 'passed' || verdict === 'not applicable';
  const opening = closed
    ? markup`<details class="claim" id="${id}">`
    : markup`<details class="claim" id="${id}" open>`;
  return markup`${opening}
<summary><span class="verdict ${slug(verdict)}"><span aria-hidden="true">${signs[verdict]} </span>${verdict}</span> <span class="id">${id}</span> <span class="title">${title}</span> <span class="dim">${duration(durationMs)}</span></summary>
<div class="body">
${reason === undefined ? undefined : markup`<h4>Reason</h4><pre tabindex="0">${reason}</pre>`}
${about(claim)}
${measuredView(claim)}
${repetitions.length > 1 ? markup`<p>${repetitions.length} repetitions: ${repetitions.map(one => `${one.verdict} in ${duration(one.durationMs)}`).join(', ')}</p>` : undefined}
${claim.evidence.length === 0 ? markup`<p class="dim">No evidence was kept.</p>` : markup`<h4>Evidence</h4>${claim.evidence.map(one => evidence.show(one))}`}
<p class="dim">Test: ${test}</p>
</div></details>`;
}

export function notRunView(claim: NotRun): Markup {
  return markup`<details class="claim" id="${claim.id}">
<summary><span class="verdict not-run"><span aria-hidden="true">${signs['not run']} </span>${claim.planned ? 'planned' : 'not run'}</span> <span class="id">${claim.id}</span> <span class="title">${claim.title}</span></summary>
<div class="body"><p>${claim.reason}</p>${about(claim)}</div></details>`;
}

function about(claim: ClaimResult | NotRun): Markup {
  const { correction, faults, level, shownBy, sources } = claim;
  return markup`<dl><dt>Stated in</dt><dd>${sources.map(sourceText).join('; ')}</dd>
<dt>Shown by</dt><dd>${shownBy}</dd>
<dt>Level</dt><dd>${level}</dd>
<dt>Faults</dt><dd>${faults.length === 0 ? 'none: unproven, no deliberate fault shows yet that this check can fail' : faults.join(', ')}</dd></dl>
${
  correction === undefined
    ? undefined
    : markup`<div class="note"><strong>Corrects ${sourceText(correction.source)}.</strong> Documented: “${correction.documented}” True: ${correction.true} Evidence: ${correction.evidence}.</div>`
}`;
}

function measuredView(claim: ClaimResult): Markup | undefined {
  const rows = claim.repetitions.flatMap((repetition, index) =>
    repetition.measured.map(time => [
      time.name,
      `${Math.round(time.ms)} ms`,
      `± ${Math.round(time.resolutionMs)} ms`,
      index + 1,
    ]),
  );
  return rows.length === 0
    ? undefined
    : table('Measured times', ['what', 'time', 'resolution', 'repetition'], rows);
}

export function slug(verdict: string): string {
  return verdict.replaceAll(' ', '-');
}
