import type { ExactEvidence } from '../../../fixtures/evidence/kinds.ts';
import type { Markup } from '../markup.ts';
import { markup } from '../markup.ts';
import { scrolling } from './table.ts';

/**
 * Looks at the same thing one after the other, a column each: a row that is gone or new since the look before is
 * marked, and so is one that should not be there or is missing.
 */
export function looks(name: string, all: readonly ExactEvidence[]): Markup {
  const rows = [...new Set(all.flatMap(({ expected, observed }) => [...expected, ...observed]))].sort(
    (a, b) => a.localeCompare(b, 'en', { numeric: true }),
  );
  const failures = all.flatMap(({ failure }) => failure ?? []);
  const titles = all.length === 1 ? ['observed'] : all.map((_, index) => `look ${index + 1}`);
  const content =
    rows.length === 0
      ? markup`<p>Nothing was expected, and nothing was observed.</p>`
      : scrolling(
          name,
          markup`<thead><tr><th scope="col">row</th>${titles.map(title => markup`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map(row => line(row, all))}</tbody>`,
        );
  return markup`${failures.map(failure => markup`<p class="failed">${name} ${failure}</p>`)}${content}`;
}

function line(row: string, all: readonly ExactEvidence[]): Markup {
  const missing = all.some(({ expected, observed }) => expected.includes(row) && !observed.includes(row));
  const extra = all.some(({ expected, observed }) => !expected.includes(row) && observed.includes(row));
  const kind = missing ? 'missing' : extra ? 'extra' : 'right';
  return markup`<tr class="${kind}"><td>${row}</td>${all.map((look, index) => cell(row, look, all[index - 1]))}</tr>`;
}

function cell(row: string, look: ExactEvidence, before: ExactEvidence | undefined): Markup {
  const [expected, seen] = [look.expected.includes(row), look.observed.includes(row)];
  if (expected && !seen) return markup`<td class="failed">✗ missing</td>`;
  if (!expected && seen) return markup`<td class="failed">✗ too many</td>`;
  const was = before?.observed.includes(row);
  if (!seen) return was === true ? markup`<td>− gone</td>` : markup`<td class="dim">absent</td>`;
  return was === false ? markup`<td>+ new</td>` : markup`<td><span class="passed">✓</span> there</td>`;
}
