import type { Conformance } from '../conformance.ts';
import { duration, signOf, whyPartial } from '../words.ts';
import type { Markup } from './markup.ts';
import { markup, slug } from './markup.ts';

/** The top of the page: what was tested, what came out, whether that is all of it, and with which versions. */
export function head(report: Conformance): Markup {
  const { host, lab, problems, run } = report;
  const facts: readonly (readonly [name: string, value: string | Markup])[] = [
    ['Provider', lab?.provider ?? 'none'],
    ['Topology', lab?.topologies.map(topology => topology.name).join(', ') ?? 'none'],
    ...Object.entries(lab?.versions ?? {}),
    ['Host', `${host.os} ${host.kernel}, ${host.cpus} CPUs, ${host.memoryMb} MB`],
    ['Playwright', `${host.playwright} on Node ${host.node}`],
    [
      'Started',
      markup`<time datetime="${run.startedAt}">${run.startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time>`,
    ],
    ['Took', `${duration(run.durationMs)}, ended ${run.ended}`],
  ];
  return markup`<header>
<p class="kicker">Conformance report · system under test</p>
<h1>${lab?.system.label ?? 'unknown, no lab was seen'}</h1>
${state(report)}
${bars(report)}
${problems.map(problem => markup`<pre class="reason failed" tabindex="0" role="region" aria-label="Problem of the run">${problem}</pre>`)}
<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>`;
}

/** The one sentence to read. A partial run is never called good. */
function state(report: Conformance): Markup {
  const { completeness, counts, problems } = report;
  const bad = counts.failed > 0 || problems.length > 0;
  const unsure = completeness === 'partial' || counts.inconclusive > 0;
  const lacking = whyPartial(report);
  const verdict = bad
    ? `${counts.failed} of ${report.claims.length} claims failed`
    : `no claim failed${counts.inconclusive > 0 ? `, ${counts.inconclusive} could not be judged` : ''}`;
  const extent =
    completeness === 'complete'
      ? 'the run is complete'
      : `the run is partial${lacking === undefined ? '' : ` (${lacking})`}`;
  return markup`<p class="state ${bad ? 'bad' : unsure ? 'unsure' : 'good'}"><span aria-hidden="true">${bad ? '✗' : unsure ? '◐' : '✓'}</span><span>${verdict}; ${extent}</span></p>`;
}

function bars({ counts }: Conformance): Markup {
  const entries = Object.entries(counts).filter(([, count]) => count > 0);
  return markup`<div class="stack" aria-hidden="true">${entries.map(([verdict, count]) => markup`<span class="${slug(verdict)}" style="flex-grow:${count}"></span>`)}</div>
<ul class="counts" aria-label="Verdicts">
${Object.entries(counts).map(([verdict, count]) => markup`<li class="${slug(verdict)}"><span aria-hidden="true">${signOf(verdict)} </span><strong>${count}</strong> ${verdict}</li>`)}
</ul>`;
}
