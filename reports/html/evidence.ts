import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvidenceFile } from '../conformance.ts';
import type { Evidence } from '../record.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';

/** Characters of one piece of evidence, bytes of all, that the page holds itself; the rest stays in files beside it. */
const inlineLimit = 16_384;
const pageLimit = 3_000_000;

/** Draws evidence, reading its files from the run's folder. One for each page: it keeps the page's size in bounds. */
export class EvidenceView {
  readonly #folder: string;
  #left = pageLimit;

  constructor(folder: string) {
    this.#folder = folder;
  }

  show(evidence: EvidenceFile): Markup {
    const link = markup`<a href="${evidence.file}">${evidence.file}</a>, ${evidence.bytes} bytes, SHA-256 <span title="${evidence.sha256}">${evidence.sha256.slice(0, 12)}…</span>`;
    return markup`<details><summary>${evidence.name}</summary>
${this.#inline(evidence)}<p class="dim">${link}</p></details>`;
  }

  #inline({ contentType, file, name }: EvidenceFile): Markup | undefined {
    if (!/^text\/|json|yaml/.test(contentType)) return undefined;
    let text: string;
    try {
      text = readFileSync(join(this.#folder, file), 'utf8');
    } catch (error) {
      return markup`<p class="note">The file could not be read: ${String(error)}</p>`;
    }
    const shown = text.length > inlineLimit ? cut(text) : (draw(contentType, name, text) ?? block(text));
    const size = Buffer.byteLength(shown.text);
    if (size > this.#left) return markup`<p>Left out: the page would grow too long.</p>`;
    this.#left -= size;
    return shown;
  }
}

function block(text: string): Markup {
  return markup`<pre tabindex="0">${text}</pre>`;
}

function cut(text: string): Markup {
  return markup`${block(text.slice(0, inlineLimit))}<p>Cut off after ${inlineLimit} characters.</p>`;
}

function draw(contentType: string, name: string, text: string): Markup | undefined {
  return contentType.includes('json') ? drawn(name, text) : undefined;
}

function drawn(name: string, text: string): Markup | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (isEvidence(value)) {
    if (value.kind === 'tally') return tally(name, value);
    if (value.kind === 'timeline') return timeline(name, value);
    return table(name, value.columns, value.rows);
  }
  if (Array.isArray(value) && value.length > 0 && value.every(isFlat)) {
    const columns = [...new Set(value.flatMap(row => Object.keys(row)))];
    return table(
      name,
      columns,
      value.map(row => columns.map(column => String(row[column] ?? ''))),
    );
  }
  return undefined;
}

export function table(
  name: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table><caption>${name}</caption>
<thead><tr>${columns.map(column => markup`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(row => markup`<tr>${row.map(cell => markup`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** Bars by outcome: of ECMP, requests by next hop. */
function tally(name: string, { counts, pValue }: Extract<Evidence, { kind: 'tally' }>): Markup {
  const rows = Object.entries(counts);
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const says = rows.map(([label, count]) => `${label} ${count}`).join(', ');
  return markup`<svg viewBox="0 0 640 ${rows.length * 26 + 6}" role="img" aria-label="${name}: ${says}, of ${total}" style="max-width:640px">
${rows.map(
  ([label, count], index) => markup`<text x="0" y="${index * 26 + 20}">${label}</text>
<rect class="bar" x="180" y="${index * 26 + 6}" width="${((count / most) * 340).toFixed(1)}" height="18" rx="2"/>
<text x="${(188 + (count / most) * 340).toFixed(1)}" y="${index * 26 + 20}">${count} (${total === 0 ? 0 : ((count / total) * 100).toFixed(0)} %)</text>`,
)}
</svg>${pValue === undefined ? undefined : markup`<p>Chi-square test against an equal spread: p = ${pValue.toPrecision(2)}</p>`}`;
}

function timeline(name: string, { events }: Extract<Evidence, { kind: 'timeline' }>): Markup {
  const lanes = [...new Set(events.map(event => event.lane ?? ''))];
  const end = Math.max(1, ...events.map(event => event.atMs));
  const at = (ms: number): string => (130 + (ms / end) * 490).toFixed(1);
  return markup`<svg viewBox="0 0 640 ${lanes.length * 28 + 24}" aria-hidden="true" style="max-width:640px">
${lanes.map(
  (lane, index) =>
    markup`<text x="0" y="${index * 28 + 20}">${lane}</text><line class="wire" x1="130" x2="620" y1="${index * 28 + 16}" y2="${index * 28 + 16}"/>`,
)}
${events.map(
  event =>
    markup`<circle class="bar" cx="${at(event.atMs)}" cy="${lanes.indexOf(event.lane ?? '') * 28 + 16}" r="5"><title>${event.atMs} ms: ${event.what}</title></circle>`,
)}
<text class="dim" x="130" y="${lanes.length * 28 + 18}">0</text><text class="dim" x="620" y="${lanes.length * 28 + 18}" text-anchor="end">${Math.round(end)} ms</text>
</svg>${table(
    name,
    ['ms', 'lane', 'event'],
    events.map(event => [event.atMs, event.lane ?? '', event.what]),
  )}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isFlat(value: unknown): value is Readonly<Record<string, string | number | boolean | null>> {
  return (
    isRecord(value) &&
    !Array.isArray(value) &&
    Object.values(value).every(cell => typeof cell !== 'object' || cell === null)
  );
}

/** A file may be of another version of the suite: what is drawn is looked at first. */
function isEvidence(value: unknown): value is Evidence {
  if (!isRecord(value)) return false;
  if (value.kind === 'tally') {
    return (
      isRecord(value.counts) &&
      Object.values(value.counts).every(Number.isFinite) &&
      (value.pValue === undefined || Number.isFinite(value.pValue))
    );
  }
  if (value.kind === 'timeline') {
    return (
      Array.isArray(value.events) &&
      value.events.every(event => isRecord(event) && Number.isFinite(event.atMs))
    );
  }
  return (
    value.kind === 'table' &&
    Array.isArray(value.columns) &&
    Array.isArray(value.rows) &&
    value.rows.every(Array.isArray)
  );
}
