import { areas } from '../../tests/catalogue/index.ts';
import type { ClaimResult, Conformance, NotRun } from '../conformance.ts';
import { type DecodedCaptures, decodeCaptures } from './capture.ts';
import { claimView, notRunView } from './claim.ts';
import { EvidenceView } from './evidence.ts';
import { head } from './head.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';
import { style } from './style.ts';
import { topologySection } from './topology.ts';

/**
 * `conformance.html`: one file without script that opens from disk, with no network.
 * @param folder the run's folder, where the evidence is read from
 */
export async function html(report: Conformance, folder: string): Promise<string> {
  return page(report, folder, await decodeCaptures(report, folder));
}

function page(report: Conformance, folder: string, captures: DecodedCaptures): string {
  const evidence = new EvidenceView(folder, captures);
  const present = Object.entries(areas).filter(([area]) =>
    [...report.claims, ...report.notRun].some(claim => claim.area === area),
  );
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conformance: ${report.lab?.system.label ?? 'no lab was seen'}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#claims">Skip to the claims</a>
<div class="wrap">
${head(report)}
<div class="sides">
<nav aria-label="Areas"><ul>${present.map(([area, name]) => markup`<li><a href="#area-${area}"><span>${name}</span> <span class="dim">${tally(report, area)}<span class="sr"> passed</span></span></a></li>`)}</ul></nav>
<main id="claims" tabindex="-1">
${attention(report)}
${(report.lab?.topologies ?? []).map(topology => topologySection(topology, report))}
${filter()}
${present.map(([area, name]) => areaView(report, area, name, evidence))}
</main>
</div>
<footer><p>Run ${report.run.id} · schema ${report.schemaVersion} · catalogue ${report.catalogueVersion}. Verdicts: passed and failed are observations; inconclusive means that the lab or the host kept it from being observed; not applicable says why it cannot be shown here.</p></footer>
</div>
</body>
</html>
`.text;
}

function tally(report: Conformance, area: string): string {
  const of = (claims: readonly { area: string }[]): number =>
    claims.filter(claim => claim.area === area).length;
  return `${of(report.claims.filter(claim => claim.verdict === 'passed'))}/${of(report.claims) + of(report.notRun)}`;
}

/** What to look at first, or that there is nothing. */
function attention({ claims }: Conformance): Markup | undefined {
  const wanting = claims.filter(({ verdict }) => verdict === 'failed' || verdict === 'inconclusive');
  if (wanting.length === 0) return undefined;
  return markup`<section aria-labelledby="attention"><h2 id="attention">What needs attention</h2><ul>
${wanting.map(({ id, reason, title, verdict }) => markup`<li><a href="#${id}">${id}</a> <span class="${verdict}">${verdict}</span>: ${title}<br><span class="dim">${firstLine(reason)}</span></li>`)}
</ul></section>`;
}

function firstLine(reason = ''): string {
  const [line = ''] = reason.split('\n');
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** Works by style alone: the page has no script. */
function filter(): Markup {
  const choices = [
    ['all', 'all claims'],
    ['run', 'those that were run'],
    ['attention', 'those that did not pass'],
    ['corrections', 'those that correct a document'],
  ] as const;
  return markup`<fieldset><legend>Show</legend>${choices.map(([value, label]) =>
    value === 'all'
      ? markup`<label><input type="radio" name="show" id="show-all" checked>${label}</label>`
      : markup`<label><input type="radio" name="show" id="show-${value}">${label}</label>`,
  )}</fieldset>`;
}

function areaView(report: Conformance, area: string, name: string, evidence: EvidenceView): Markup {
  const ran: readonly ClaimResult[] = report.claims.filter(claim => claim.area === area);
  const left = report.notRun.filter(claim => claim.area === area);
  return markup`<section aria-labelledby="area-${area}">
<h2 id="area-${area}">${name} <span class="dim">${area} · ${tally(report, area)} passed</span></h2>
${ran.map(claim => claimView(claim, evidence))}
${rest(left)}
</section>`;
}

/** Claims that were not run, folded together where they are many: they are not what the reader came for. */
function rest(left: readonly NotRun[]): Markup | undefined {
  if (left.length <= 3) return markup`${left.map(notRunView)}`;
  return markup`<details class="rest not-run-claim calm"><summary>${left.length} claims were not run</summary>${left.map(notRunView)}</details>`;
}
