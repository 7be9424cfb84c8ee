import type { Cell, ChangeEvidence } from '../../../fixtures/evidence/kinds.ts';
import type { Markup } from '../markup.ts';
import { markup } from '../markup.ts';

/** A table that scrolls by itself where it is wider than the page, also by keyboard. */
export function table(
  name: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  caption: Caption = 'said',
): Markup {
  return scrolling(
    name,
    markup`<thead><tr>${columns.map(column => markup`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(row => markup`<tr>${row.map(cell => markup`<td>${cell}</td>`)}</tr>`)}</tbody>`,
    caption,
  );
}

/** A caption that a heading above says already is for those who hear the page. */
export type Caption = 'shown' | 'said';

export function scrolling(name: string, content: Markup, caption: Caption = 'said'): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table><caption class="${caption === 'said' ? 'sr' : 'shown'}">${name}</caption>
${content}</table></div>`;
}

const changes = {
  gone: { sign: '−', words: 'gone' },
  new: { sign: '+', words: 'new' },
  same: { sign: '', words: 'unchanged' },
} as const;

/** Rows that went, came, and stayed, in one table: the first column says which. */
export function change(name: string, { what, columns, before, after }: ChangeEvidence): Markup {
  const key = (row: readonly Cell[]): string => JSON.stringify(row);
  const [old, fresh] = [before, after].map(rows => new Set(rows.map(key)));
  const rows = [
    ...before.map(row => ({
      row,
      kind: fresh?.has(key(row)) === true ? ('same' as const) : ('gone' as const),
    })),
    ...after.filter(row => old?.has(key(row)) !== true).map(row => ({ row, kind: 'new' as const })),
  ];
  return markup`<p class="dim">${before.length} ${before.length === 1 ? 'row' : 'rows'} before, ${after.length} after: ${what}</p>${scrolling(
    name,
    markup`<thead><tr><th scope="col">${what}</th>${columns.map(column => markup`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(
      ({ row, kind }) =>
        markup`<tr class="${kind}"><td><span aria-hidden="true">${changes[kind].sign} </span>${changes[kind].words}</td>${row.map(cell => markup`<td>${cell}</td>`)}</tr>`,
    )}</tbody>`,
  )}`;
}
