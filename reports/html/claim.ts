import type { Source } from '../../tests/catalogue/index.ts';
import type { ClaimResult, NotRun, Proof } from '../conformance.ts';
import { duration, signs, sourceText } from '../words.ts';
import { scrolling } from './draw/table.ts';
import type { EvidenceView } from './evidence.ts';
import type { Markup } from './markup.ts';
import { markup, slug } from './markup.ts';
import { stepsView } from './steps.ts';
import { timesView } from './times.ts';

/** A claim that was run; open where there is something to look into. */
export function claimView(claim: ClaimResult, evidence: EvidenceView): Markup {
  const { durationMs, id, reason, repetitions, test, verdict } = claim;
  const fine = verdict === 'passed' || verdict === 'not applicable';
  return markup`${opening(claim, fine ? 'calm' : '', !fine)}
${summary(claim, verdict, slug(verdict), signs[verdict], duration(durationMs))}
<div class="body">
${reason === undefined ? undefined : markup`<h3>Reason</h3><pre class="reason ${slug(verdict)}" tabindex="0" role="region" aria-label="Reason of ${id}">${reason}</pre>`}
${about(claim)}
${timesView(claim)}
${stepsView(claim)}
${repetitions.length > 1 ? markup`<p class="dim">${repetitions.length} repetitions: ${repetitions.map(one => `${one.verdict} in ${duration(one.durationMs)}`).join(', ')}</p>` : undefined}
${claim.evidence.length === 0 ? markup`<p class="dim">No evidence was kept.</p>` : markup`<h3>Evidence</h3>${evidence.show(claim)}`}
<p class="dim">Test: <code>${test}</code></p>
</div></details>`;
}

export function notRunView(claim: NotRun): Markup {
  return markup`${opening(claim, 'calm not-run-claim', false)}
${summary(claim, claim.planned ? 'planned' : 'not run', 'not-run', signs['not run'], claim.planned ? 'planned' : 'not run')}
<div class="body"><p>${claim.reason}</p>${about(claim)}</div></details>`;
}

function opening(claim: ClaimResult | NotRun, kinds: string, open: boolean): Markup {
  const classes = ['claim', kinds, claim.correction === undefined ? 'plain' : '']
    .filter(name => name !== '')
    .join(' ');
  return open
    ? markup`<details class="${classes}" id="${claim.id}" open>`
    : markup`<details class="${classes}" id="${claim.id}">`;
}

function summary(
  claim: ClaimResult | NotRun,
  verdict: string,
  kind: string,
  sign: string,
  meta: string,
): Markup {
  const corrected =
    claim.correction === undefined ? undefined : markup`<span class="tag">corrects a document</span>`;
  return markup`<summary><span class="badge ${kind}"><span aria-hidden="true">${sign}</span><span class="sr">${verdict}</span></span> <span class="id">${claim.id}</span> <span class="title">${claim.title}${corrected}</span> <span class="meta">${meta}</span></summary>`;
}

function about(claim: ClaimResult | NotRun): Markup {
  const { correction, level, shownBy, sources } = claim;
  return markup`<dl class="about"><dt>Stated in</dt><dd>${sources.map(source => markup`<div>${sourceView(source)}</div>`)}</dd>
<dt>Shown by</dt><dd>${shownBy}</dd>
<dt>Level</dt><dd>${level === 'core' ? 'core: a run that did not observe it is partial' : 'extended'}</dd>
<dt>Faults</dt><dd>${faultsView(claim)}</dd></dl>
${
  correction === undefined
    ? undefined
    : markup`<div class="note"><p><strong>Corrects ${sourceView(correction.source)}</strong></p><p>It says: <q>${correction.documented}</q></p><p>True is: ${correction.true}</p><p class="dim">Shown by: ${correction.evidence}</p></div>`
}`;
}

/** A plain link: the page fetches nothing. */
function sourceView(source: Source): Markup {
  const text = sourceText(source);
  return source.url?.startsWith('https://') === true
    ? markup`<a href="${source.url}" rel="noreferrer">${text}</a>`
    : markup`${text}`;
}

/** Whether the check was ever seen to fail, on which deliberate fault, and when. */
function faultsView(claim: ClaimResult | NotRun): Markup {
  const proofs = 'proofs' in claim ? (claim.proofs ?? []) : [];
  const unseen = claim.faults.filter(fault => !proofs.some(proof => proof.fault === fault));
  if (proofs.length === 0 && unseen.length === 0) {
    return markup`none: <strong>unproven</strong>, no deliberate fault shows yet that this check can fail`;
  }
  if (proofs.length === 0) {
    return markup`${unseen.join(', ')}; <strong>unproven</strong>: no run of <code>npm run falsify</code> is stored`;
  }
  return markup`${scrolling(
    `Faults of ${claim.id}`,
    markup`<thead><tr><th scope="col">fault</th><th scope="col">outcome</th><th scope="col">seen</th></tr></thead>
<tbody>${proofs.map(proofRow)}${unseen.map(fault => markup`<tr><th scope="row">${fault}</th><td>not run</td><td></td></tr>`)}</tbody>`,
  )}`;
}

function proofRow({ at, fault, outcome, proven }: Proof): Markup {
  const told = proven
    ? markup`<span class="passed"><span aria-hidden="true">✓ </span>proven</span>: ${outcome}`
    : markup`<span class="failed"><span aria-hidden="true">✗ </span>not proven</span>: ${outcome}`;
  return markup`<tr><th scope="row">${fault}</th><td>${told}</td><td>${at.slice(0, 10)}</td></tr>`;
}
