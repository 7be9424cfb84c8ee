import { areas } from '../catalogue/index.ts';
import type { Conformance } from '../conformance.ts';
import { coreNotRun } from '../conformance.ts';
import { duration, signs } from '../words.ts';
import { claimView, notRunView, slug } from './claim.ts';
import { EvidenceView } from './evidence.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';
import { style } from './style.ts';
import { topologyPicture } from './topology.ts';

/**
 * `conformance.html`: one file without script that opens from disk, with no network.
 * @param folder the run's folder, where the evidence is read from
 */
export function html(report: Conformance, folder: string): string {
  const evidence = new EvidenceView(folder);
  const label = report.lab?.system.label ?? 'unknown, no lab was seen';
  const present = Object.entries(areas).filter(([area]) =>
    [...report.claims, ...report.notRun].some(claim => claim.area === area),
  );
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conformance: ${label}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#claims">Skip to the claims</a>
${head(report, label)}
<nav aria-label="Areas"><ul>${present.map(([area, name]) => markup`<li><a href="#area-${area}">${name}</a></li>`)}</ul></nav>
<main id="claims">
${(report.lab?.topologies ?? []).map(topology => markup`<section><h2>Topology ${topology.name}</h2><div class="scroll">${topologyPicture(topology, sessionVerdict(report))}</div></section>`)}
${present.map(([area, name]) => areaView(report, area, name, evidence))}
</main>
<footer class="dim"><p>Run ${report.run.id}, schema ${report.schemaVersion}, catalogue ${report.catalogueVersion}</p></footer>
</body>
</html>
`.text;
}

function head(report: Conformance, label: string): Markup {
  const { completeness, counts, host, lab, problems, run } = report;
  const core = coreNotRun(report);
  const versions = Object.entries(lab?.versions ?? {});
  return markup`<header>
<h1>Conformance report</h1>
<p class="system">System under test: <strong>${label}</strong></p>
<ul class="counts" aria-label="Verdicts">
${Object.entries(counts).map(([verdict, count]) => markup`<li class="${slug(verdict)}"><span aria-hidden="true">${sign(verdict)} </span>${count} ${verdict}</li>`)}
</ul>
<p><strong>${completeness}</strong>${completeness === 'partial' && core.length > 0 ? `: ${core.length} core claims were not run` : ''}</p>
${problems.map(problem => markup`<pre class="note" tabindex="0">${problem}</pre>`)}
<dl>
<dt>Provider</dt><dd>${lab?.provider ?? 'none'}</dd>
${versions.map(([name, version]) => markup`<dt>${name}</dt><dd>${version}</dd>`)}
<dt>Host</dt><dd>${host.os} ${host.kernel}, ${host.cpus} CPUs, ${host.memoryMb} MB, Node ${host.node}, Playwright ${host.playwright}</dd>
<dt>Started</dt><dd><time datetime="${run.startedAt}">${run.startedAt}</time>, took ${duration(run.durationMs)}, ended ${run.ended}</dd>
</dl>
</header>`;
}

function areaView(report: Conformance, area: string, name: string, evidence: EvidenceView): Markup {
  const ran = report.claims.filter(claim => claim.area === area);
  const left = report.notRun.filter(claim => claim.area === area);
  const passed = ran.filter(claim => claim.verdict === 'passed').length;
  return markup`<section aria-labelledby="area-${area}">
<h2 id="area-${area}">${area}: ${name} <span class="dim">${passed} of ${ran.length + left.length} passed</span></h2>
${ran.map(claim => claimView(claim, evidence))}
${left.map(notRunView)}
</section>`;
}

/** The claim that every session is established colours the sessions in the picture. */
function sessionVerdict(report: Conformance): string | undefined {
  return report.claims.find(claim => claim.id === 'BGP-01')?.verdict;
}

function sign(verdict: string): string {
  return Object.entries(signs).find(([name]) => name === verdict)?.[1] ?? '';
}
