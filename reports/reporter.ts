import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type {
  FullConfig,
  FullResult,
  Reporter,
  Suite,
  TestCase,
  TestError,
  TestResult,
} from '@playwright/test/reporter';
import { redact } from '../helpers/redact.ts';
import { Collector, claimOf } from './collector.ts';
import type { Conformance } from './conformance.ts';
import { Console } from './console.ts';
import { annotations } from './github.ts';
import { html } from './html/page.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { readProofs } from './proofs.ts';
import { pointLatestAt, runFolder } from './run-folder.ts';
import { scrub } from './scrub.ts';
import { summarise } from './summary.ts';
import { plain } from './verdict.ts';

export interface Options {
  /** Folder of the runs; relative to Playwright's configuration file. */
  readonly out?: string;
  /** `list` when Playwright only lists tests; set by Playwright itself. */
  readonly _mode?: string;
}

/**
 * Playwright's reporter of claims: a live line for each, and `reports/out/<run>/` with `conformance.json`, `.md`,
 * `.html`, `junit.xml` and the evidence. Put it last: at its very end it redacts what reporters before it wrote
 * into the same folder.
 */
export default class ConformanceReporter implements Reporter {
  readonly #options: Options;
  readonly #console = new Console(process.stdout);
  readonly #errors: string[] = [];
  #collector: Collector | undefined;
  #folder = '';
  /** Where the folders of all runs are. */
  #runs = '';
  #config: FullConfig | undefined;
  /** Whether there is a claim to run. */
  #matched = false;

  constructor(options: Options = {}) {
    this.#options = options;
  }

  /** Nothing when only listing, so that Playwright prints its own list. */
  printsToStdio(): boolean {
    return !this.#listing;
  }

  onBegin(config: FullConfig, suite: Suite): void {
    if (this.#listing) return;
    const root = config.configFile === undefined ? config.rootDir : dirname(config.configFile);
    this.#config = config;
    this.#runs = join(root, this.#options.out ?? 'reports/out');
    this.#folder = runFolder(this.#runs);
    mkdirSync(this.#folder, { recursive: true });
    this.#collector = new Collector(this.#folder, root);
    this.#collector.expect(suite.allTests());
    const announced = process.env.CONFORMANCE_SYSTEM;
    if (announced !== undefined) this.#console.system(announced);
    this.#matched = suite.allTests().some(test => claimOf(test) !== undefined);
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const added = this.#collector?.add(test, result);
    const lab = this.#collector?.labs.at(0);
    if (lab !== undefined) this.#console.system(lab.system.label);
    if (added !== undefined) this.#console.claim(added.id, added.repetition, added.index);
  }

  onStdOut(chunk: string | Buffer): void {
    this.#console.print(chunk.toString());
  }

  onStdErr(chunk: string | Buffer): void {
    process.stderr.write(redact(chunk.toString()));
  }

  onError(error: TestError): void {
    if (this.#listing) return;
    const message = redact(plain(error.message ?? error.value ?? 'unknown error'));
    // Said in our own words at the end, with the shard and what to do.
    if (message !== 'Error: No tests found') this.#errors.push(message.replace(/^Error: /, ''));
  }

  async onEnd(result: FullResult): Promise<{ status?: FullResult['status'] } | undefined> {
    const collector = this.#collector;
    if (collector === undefined || this.#config === undefined) {
      for (const error of this.#errors) this.#console.print(`${error}\n`);
      return undefined;
    }
    // When the set-up failed there is nothing to run, whatever was asked for.
    if (!this.#matched && this.#errors.length === 0) this.#errors.push(nothingMatched(this.#config.shard));
    const report = summarise({
      run: {
        id: process.env.CONFORMANCE_RUN ?? '',
        startedAt: result.startTime.toISOString(),
        durationMs: Math.round(result.duration),
        ended: ended(result.status),
        ...(this.#config.shard === null ? {} : { shard: this.#config.shard }),
      },
      labs: collector.labs,
      claims: collector.results(readProofs(this.#runs)),
      unrun: collector.unrun,
      problems: [...this.#errors, ...collector.problems],
      playwright: this.#config.version,
    });
    await this.#write(report);
    this.#console.end(report, relative(process.cwd(), this.#folder) || '.');
    // A retry that passed, an inconclusive test that did not throw: green to Playwright, not to us.
    const bad = report.problems.length + report.counts.failed + report.counts.inconclusive > 0;
    return result.status === 'passed' && bad ? { status: 'failed' } : undefined;
  }

  async onExit(): Promise<void> {
    if (this.#folder !== '') scrub(this.#folder);
  }

  get #listing(): boolean {
    return this.#options._mode === 'list';
  }

  async #write(report: Conformance): Promise<void> {
    const files: readonly (readonly [string, string])[] = [
      ['conformance.json', `${JSON.stringify(report, undefined, 2)}\n`],
      ['conformance.md', markdown(report)],
      ['conformance.html', await html(report, this.#folder)],
      ['junit.xml', junit(report)],
    ];
    for (const [name, text] of files) writeFileSync(join(this.#folder, name), redact(text));
    pointLatestAt(this.#folder);
    annotations.run(report, markdown(report));
  }
}

function nothingMatched(shard: FullConfig['shard']): string {
  const where = shard === null ? '' : ` in shard ${shard.current} of ${shard.total}`;
  return `no claim was run: nothing matched${where}. See which there are: npx playwright test --list`;
}

function ended(status: FullResult['status']): Conformance['run']['ended'] {
  if (status === 'interrupted') return 'interrupted';
  return status === 'timedout' ? 'timed out' : 'normally';
}
