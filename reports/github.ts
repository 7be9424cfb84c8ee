import { appendFileSync } from 'node:fs';
import { redact } from '../helpers/redact.ts';
import type { Comparison } from './compare/compare.ts';
import type { Conformance } from './conformance.ts';

/**
 * What GitHub Actions shows of a run: annotations at the tests' lines, through workflow commands on standard output,
 * and the report as the job's summary, through the file that $GITHUB_STEP_SUMMARY names. Elsewhere, nothing.
 */
export const annotations = {
  run(report: Conformance, summary: string): void {
    if (process.env.GITHUB_ACTIONS !== 'true') return;
    for (const { id, reason = '', test, title, verdict } of report.claims) {
      if (verdict !== 'failed' && verdict !== 'inconclusive') continue;
      const [file = '', line = '1'] = test.split(/:(?=\d+$)/);
      // What could not be observed needs a look, and is no finding about the system.
      const level = verdict === 'failed' ? 'error' : 'warning';
      print(level, { file, line, title: `${id} ${verdict}` }, `${title}\n${reason}`);
    }
    for (const problem of report.problems) print('error', { title: 'Problem of the run' }, problem);
    summarise(summary);
  },

  gate({ incomparable, nowSkipped, regressed, slower }: Comparison, summary: string): void {
    if (process.env.GITHUB_ACTIONS !== 'true') return;
    for (const why of incomparable) print('error', { title: 'Gate: not comparable' }, why);
    for (const { after, id, reason = '', title } of [...regressed, ...nowSkipped]) {
      print('error', { title: `Gate: ${id} passed before, now ${after}` }, `${title}\n${reason}`);
    }
    for (const { id, name } of slower) print('warning', { title: `Gate: ${id} slower` }, name);
    summarise(summary);
  },
};

/** GitHub takes a step's summary up to 1 MiB, and drops the whole of a longer one. */
const summaryLimit = 1_000_000;
/** Characters of an annotation: it is a pointer to the report, not the report. */
const messageLimit = 2_000;

function summarise(markdown: string): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file === undefined) return;
  const text = redact(markdown);
  const shown =
    text.length > summaryLimit ? `${text.slice(0, summaryLimit)}\n\nCut off: see the report.\n` : text;
  appendFileSync(file, `${shown}\n`);
}

function print(
  level: 'error' | 'warning',
  properties: Readonly<Record<string, string>>,
  message: string,
): void {
  const places = Object.entries(properties).map(([name, value]) => `${name}=${property(redact(value))}`);
  process.stdout.write(`::${level} ${places.join(',')}::${data(redact(message).slice(0, messageLimit))}\n`);
}

/** As actions/toolkit escapes them. */
const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
