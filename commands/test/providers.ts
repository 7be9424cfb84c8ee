import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, nothing, parseTally, render, settle, type Tally, tallyOfTests } from './tally.ts';

// `npm run test:providers`: what of the providers kind, vagrant and existing runs for real on this machine, in
// Playwright's project `providers` (lab/providers/**/*.live.ts). What cannot be had here is skipped with its reason.
// The last line counts. TALLY names a file with the counts of a run before this one, which are added.

interface Spec {
  readonly title: string;
  readonly tests: readonly {
    readonly annotations: readonly { readonly type: string; readonly description?: string }[];
    readonly status: string;
  }[];
}

interface Suite {
  readonly specs?: readonly Spec[];
  readonly suites?: readonly Suite[];
}

/** Titles of what was skipped, with the reasons given. */
function skipped(suite: Suite): string[] {
  const own = (suite.specs ?? []).flatMap(({ title, tests }) =>
    tests
      .filter(({ status }) => status === 'skipped')
      .map(
        ({ annotations }) =>
          `${title}: ${annotations.find(a => a.type === 'skip')?.description ?? 'no reason given'}`,
      ),
  );
  return [...own, ...(suite.suites ?? []).flatMap(skipped)];
}

const scratch = mkdtempSync(join(tmpdir(), 'conformance-providers-'));
const report = join(scratch, 'report.json');
const [program, ...args] = ['bash', 'lab/setup/attached.sh', 'node_modules/.bin/playwright', 'test'];
const { status } = spawnSync(program, [...args, '--reporter=list,json', ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, PROVIDERS: '1', PLAYWRIGHT_JSON_OUTPUT_NAME: report },
});
const exitCode = status ?? 1;

let tally: Tally;
try {
  const results = JSON.parse(readFileSync(report, 'utf8')) as Suite;
  const counted = tallyOfTests(results);
  // Everything skipped is what a machine without any of it has to show: no failure.
  tally = exitCode === 0 && counted.skipped > 0 ? counted : settle(counted, exitCode);
  const reasons = skipped(results);
  if (reasons.length > 0) console.log(`\nskipped:\n${reasons.map(reason => `  ${reason}`).join('\n')}`);
} catch (error) {
  console.log(`no results: ${(error as Error).message}`);
  tally = settle(nothing, 1);
}
rmSync(scratch, { recursive: true });

const { TALLY } = process.env;
console.log(`\nproviders: ${render(tally)}`);
const total = TALLY === undefined ? tally : add(parseTally(readFileSync(TALLY, 'utf8')), tally);
console.log(render(total));
process.exitCode = total.failed === 0 ? 0 : 1;
