import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvidenceFile } from '../conformance.ts';
import type { Evidence } from '../evidence.ts';
import { isEvidence } from '../evidence.ts';
import { packets } from './draw/packets.ts';
import { change, table } from './draw/table.ts';
import { tally } from './draw/tally.ts';
import { answers, timeline } from './draw/time.ts';
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
    return drawings(name, value);
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

function drawings(name: string, value: Evidence): Markup {
  switch (value.kind) {
    case 'table':
      return table(name, value.columns, value.rows);
    case 'change':
      return change(name, value);
    case 'tally':
      return tally(name, value);
    case 'timeline':
      return timeline(name, value);
    case 'packets':
      return packets(name, value);
    case 'answers':
      return answers(name, value);
  }
}
