import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExactEvidence } from '../../fixtures/evidence/kinds.ts';
import { isEvidence, isFields } from '../../fixtures/evidence/kinds.ts';
import type { ClaimResult, EvidenceFile } from '../conformance.ts';
import type { DecodedCaptures } from './capture.ts';
import { captureView, isCapture } from './capture.ts';
import { draw } from './draw/draw.ts';
import { looks } from './draw/exact.ts';
import { table } from './draw/table.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';

/** Characters of one piece of evidence, bytes of all, that the page holds itself; the rest stays in files beside it. */
const inlineLimit = 16_384;
const drawnLimit = 200_000;
const pageLimit = 3_000_000;
/** Rows of a table that was made of a value of no kind. */
const rowLimit = 100;

interface Read {
  readonly file: EvidenceFile;
  readonly text?: string;
  readonly value?: unknown;
  readonly trouble?: string;
}

/** Draws evidence, reading its files from the run's folder. One for each page: it keeps the page's size in bounds. */
export class EvidenceView {
  readonly #folder: string;
  readonly #captures: DecodedCaptures;
  #left = pageLimit;

  constructor(folder: string, captures: DecodedCaptures) {
    this.#folder = folder;
    this.#captures = captures;
  }

  /** All evidence of a claim, in the order in which it was seen; looks at the same thing are shown together. */
  show(claim: ClaimResult): Markup {
    const read = claim.evidence.map(file => this.#read(file));
    const shown = new Set<Read>();
    const repeated = claim.repetitions.length > 1;
    return markup`${read
      .map(one => {
        if (shown.has(one)) return undefined;
        const same = isExact(one.value)
          ? read.filter(
              other =>
                other.file.name === one.file.name &&
                other.file.repetition === one.file.repetition &&
                isExact(other.value),
            )
          : [one];
        for (const other of same) shown.add(other);
        return this.#piece(same, repeated);
      })
      .filter(piece => piece !== undefined)}`;
  }

  #read(file: EvidenceFile): Read {
    if (!/^text\/|json|yaml/.test(file.contentType)) return { file };
    try {
      const text = readFileSync(join(this.#folder, file.file), 'utf8');
      return { file, text, value: file.contentType.includes('json') ? parsed(text) : undefined };
    } catch (error) {
      return { file, trouble: String(error) };
    }
  }

  #piece(reads: readonly Read[], repeated: boolean): Markup {
    const [first] = reads;
    if (first === undefined) return markup``;
    const { name, repetition } = first.file;
    const content = this.#within(this.#content(reads, first));
    const title = repeated ? `${name} (repetition ${repetition + 1})` : name;
    const links = reads.map(
      ({ file }) =>
        markup`<p class="file"><a href="${encodeURI(file.file)}">${file.file}</a>, ${file.bytes} bytes, SHA-256 <span title="${file.sha256}">${file.sha256.slice(0, 12)}…</span></p>`,
    );
    const drawn = isEvidence(first.value) && first.value.kind !== 'exact' && first.value.kind !== 'table';
    return drawn
      ? markup`<details class="evidence" open><summary>${title}</summary>${content}${links}</details>`
      : markup`<details class="evidence"><summary>${title}</summary>${content}${links}</details>`;
  }

  #content(reads: readonly Read[], { file, text, trouble, value }: Read): Markup | undefined {
    if (trouble !== undefined) return markup`<p class="note">The file could not be read: ${trouble}</p>`;
    const capture = isCapture(file) ? this.#captures.get(file.file) : undefined;
    if (capture !== undefined) return captureView(file.name, capture);
    if (text === undefined) return undefined;
    const exact = reads.map(read => read.value).filter(isExact);
    if (exact.length > 0) return looks(file.name, exact);
    if (text.length <= drawnLimit) {
      if (isEvidence(value)) return draw(file.name, value);
      if (isFlatList(value)) return flatTable(file.name, value);
    }
    return block(file.name, text);
  }

  #within(content: Markup | undefined): Markup | undefined {
    const size = Buffer.byteLength(content?.text ?? '');
    if (size > this.#left) return markup`<p>Left out: the page would grow too long.</p>`;
    this.#left -= size;
    return content;
  }
}

function block(name: string, text: string): Markup {
  const shown = markup`<pre tabindex="0" role="region" aria-label="${name}">${text.slice(0, inlineLimit)}</pre>`;
  return text.length > inlineLimit ? markup`${shown}<p>Cut off after ${inlineLimit} characters.</p>` : shown;
}

function flatTable(name: string, value: readonly Flat[]): Markup {
  const columns = [...new Set(value.flatMap(row => Object.keys(row)))];
  const rows = value.slice(0, rowLimit).map(row => columns.map(column => String(row[column] ?? '')));
  const more =
    value.length > rowLimit ? markup`<p>The first ${rowLimit} of ${value.length} rows.</p>` : undefined;
  return markup`${table(name, columns, rows)}${more}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isExact(value: unknown): value is ExactEvidence {
  return isEvidence(value) && value.kind === 'exact';
}

type Flat = Readonly<Record<string, string | number | boolean | null>>;

function isFlatList(value: unknown): value is readonly Flat[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      row => isFields(row) && Object.values(row).every(cell => typeof cell !== 'object' || cell === null),
    )
  );
}
