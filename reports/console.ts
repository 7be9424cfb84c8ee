import { redact } from '../helpers/redact.ts';
import { findClaim } from '../tests/catalogue/index.ts';
import type { Conformance, Repetition, Verdict } from './conformance.ts';
import { countsText, duration, signs, whyPartial } from './words.ts';

const colours: Readonly<Record<Verdict, number>> = {
  passed: 32,
  failed: 31,
  inconclusive: 33,
  'not applicable': 90,
};

/** What the reporter prints while tests run. Everything that is printed passes through here, redacted. */
export class Console {
  readonly #out: NodeJS.WriteStream;
  #announced: string | undefined;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  print(text: string): void {
    this.#out.write(redact(text));
  }

  /** The first line of a run says what was tested. */
  system(label: string): void {
    if (this.#announced !== undefined) return;
    this.#announced = label;
    this.print(`System under test: ${label}\n\n`);
  }

  claim(id: string, repetition: Repetition, index: number): void {
    const title = findClaim(id)?.title ?? '';
    const { durationMs, reason, verdict } = repetition;
    const room = Math.max(40, (this.#out.columns ?? 120) - 24);
    const shown = title.length > room ? `${title.slice(0, room - 1)}…` : title;
    const again = index === 0 ? '' : `  #${index + 1}`;
    this.print(
      `${this.#paint(verdict, `${signs[verdict]} ${id.padEnd(8)}`)} ${shown}  ${duration(durationMs)}${again}\n`,
    );
    if (reason !== undefined)
      this.print(`${indent(verdict === 'failed' ? reason : `${verdict}: ${reason}`)}\n`);
  }

  end(report: Conformance, where: string): void {
    const lacking = report.completeness === 'partial' ? whyPartial(report) : undefined;
    for (const problem of report.problems) this.print(`\n${this.#paint('failed', 'Problem:')} ${problem}\n`);
    this.print(`\n${countsText(report.counts)} in ${duration(report.run.durationMs)}\n`);
    if (lacking !== undefined) this.print(`partial: ${lacking}\n`);
    this.print(`Report: ${where}\n`);
  }

  #paint(verdict: Verdict, text: string): string {
    const plain =
      process.env.NO_COLOR !== undefined || (!this.#out.isTTY && process.env.FORCE_COLOR === undefined);
    return plain ? text : `\u001b[${colours[verdict]}m${text}\u001b[0m`;
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
