import type { PacketsEvidence } from '../../../fixtures/evidence/kinds.ts';
import type { Markup } from '../markup.ts';
import { markup } from '../markup.ts';
import { scrolling } from './table.ts';

/** Who saw what: a row for each packet, a column for each place it passed or might have passed. */
export function packets(name: string, { points, packets: rows }: PacketsEvidence): Markup {
  const timed = rows.some(row => row.atMs !== undefined);
  return scrolling(
    name,
    markup`<thead><tr>${timed ? markup`<th scope="col">at</th>` : undefined}<th scope="col">packet</th>${points.map(point => markup`<th scope="col">${point}</th>`)}</tr></thead>
<tbody>${rows.map(
      ({ what, atMs, seen }) =>
        markup`<tr>${timed ? markup`<td>${atMs === undefined ? '' : `${atMs.toFixed(1)} ms`}</td>` : undefined}<th scope="row">${what}</th>${points.map(point => sighting(seen[point]))}</tr>`,
    )}</tbody>`,
  );
}

function sighting(how: string | undefined): Markup {
  return how === undefined
    ? markup`<td class="unseen">not seen</td>`
    : markup`<td><span class="sign passed" aria-hidden="true">●</span> ${how}</td>`;
}
