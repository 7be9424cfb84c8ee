import type { TallyEvidence } from '../../../fixtures/evidence/kinds.ts';
import type { Markup } from '../markup.ts';
import { markup } from '../markup.ts';

const barHeight = 28;
const label = 190;
const longest = 400;

/** Bars by outcome, with the share an equal spread would give as a line: of ECMP, requests by next hop. */
export function tally(name: string, { counts, pValue }: TallyEvidence): Markup {
  const rows = Object.entries(counts);
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const says = rows.map(([outcome, count]) => `${outcome} ${count}`).join(', ');
  const fair = label + (total / Math.max(1, rows.length) / most) * longest;
  const height = rows.length * barHeight + 4;
  const length = (count: number): number => (count / most) * longest;
  return markup`<div class="figure"><svg viewBox="0 0 720 ${height}" role="img" aria-label="${name}: ${says}, of ${total}">
${rows.map(
  ([outcome, count], index) => markup`<text x="0" y="${index * barHeight + 20}">${outcome}</text>
<rect class="bar" x="${label}" y="${index * barHeight + 5}" width="${length(count).toFixed(1)}" height="20" rx="3"/>
<text x="${label + longest + 12}" y="${index * barHeight + 20}">${count} (${total === 0 ? 0 : ((count / total) * 100).toFixed(0)} %)</text>`,
)}
${pValue === undefined ? undefined : markup`<line class="event" x1="${fair.toFixed(1)}" x2="${fair.toFixed(1)}" y1="0" y2="${height}"><title>an equal share: ${(total / rows.length).toFixed(1)}</title></line>`}
</svg></div>${pValue === undefined ? undefined : markup`<p>${total} in all; the dashed line is an equal share. Chi-square test against an equal spread: p = ${pValue.toPrecision(2)}</p>`}`;
}
