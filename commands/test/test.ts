import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, nothing, render, settle, type Tally, tallyOfClaims, tallyOfTests } from './tally.ts';

// What `npm test` runs once the machine is ready. Every step runs, whatever became of the one before; the exit code
// is 0 only when nothing failed, and the last line counts unit tests and claims (and a failed check as one failure).

interface Step {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
  /** Reads the step's results. A step without is a check: it passes or it fails, and is not a test that passed. */
  tally?(): Tally;
}

const scratch = mkdtempSync(join(tmpdir(), 'conformance-test-'));
const unitReport = join(scratch, 'unit.json');
const latestReport = 'reports/out/latest/conformance.json';
let stepStartedAt = 0;

const attached = ['bash', 'lab/setup/attached.sh'] as const;
const playwright = [...attached, 'node_modules/.bin/playwright', 'test'] as const;
const script = [...attached, 'node', '--import', 'tsx'] as const;

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Of the step that has just run. @throws Error when it wrote none */
function claimsOfStep(): Tally {
  const writtenAt = statSync(latestReport, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (writtenAt < stepStartedAt) throw new Error(`this step wrote no ${latestReport}`);
  return tallyOfClaims(readJson(latestReport));
}

const steps: readonly Step[] = [
  { name: 'format and lint', argv: ['npm', 'run', '--silent', 'lint'] },
  { name: 'types', argv: ['npm', 'run', '--silent', 'types'] },
  {
    name: 'unit tests',
    argv: [...playwright, '--reporter=dot,json'],
    env: { UNIT: '1', PLAYWRIGHT_JSON_OUTPUT_NAME: unitReport },
    tally: () => tallyOfTests(readJson(unitReport)),
  },
  // Claims about an upgrade take one, which the next step makes.
  { name: 'claims', argv: [...playwright, '--grep-invert', '@UPG'], tally: claimsOfStep },
  {
    name: 'an upgrade, with a few claims before and after',
    argv: [
      ...script,
      'commands/upgrade/upgrade.ts',
      '--from',
      '1.17.6',
      '--to',
      '1.18.0',
      '--grep',
      'BGP-05|LB-06',
    ],
    tally: claimsOfStep,
  },
  { name: 'faults that claims must find', argv: [...script, 'commands/falsify/falsify.ts', '--quick'] },
];

let interrupted: NodeJS.Signals | undefined;

/** Runs a step to its end, passing signals on to it. Resolves with its exit code, 128 + n when a signal ended it. */
function run(step: Step): Promise<number> {
  const [command, ...args] = step.argv;
  const child = spawn(command, args, {
    env: { ...process.env, ...step.env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const forward = (signal: NodeJS.Signals): void => {
    interrupted = signal;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** @returns the step's tally, and in words what there is to say of it beyond its own output */
function judge(step: Step, exitCode: number): { tally: Tally; said: string } {
  const ended = exitCode === 0 ? 'passed' : `failed (exit code ${exitCode})`;
  if (step.tally === undefined) return { tally: { ...nothing, failed: exitCode === 0 ? 0 : 1 }, said: ended };
  try {
    const counted = step.tally();
    const tally = settle(counted, exitCode);
    const unseen = tally === counted ? '' : `, and ${exitCode === 0 ? 'nothing was tested' : ended}`;
    return { tally, said: render(counted) + unseen };
  } catch (error) {
    return { tally: settle(nothing, 1), said: `no results, ${ended}: ${(error as Error).message}` };
  }
}

let total = nothing;
const summary: string[] = [];
for (const step of steps) {
  if (interrupted !== undefined) break;
  console.log(`\n# ${step.name}`);
  stepStartedAt = Date.now();
  const { tally, said } = judge(step, await run(step));
  total = add(total, tally);
  summary.push(`${step.name}: ${said}`);
}
rmSync(scratch, { recursive: true });

if (interrupted !== undefined) {
  summary.push(`stopped by ${interrupted}`);
  total = settle(total, 1);
}
// For whoever goes on counting from here.
const { TALLY } = process.env;
if (TALLY !== undefined) writeFileSync(TALLY, render(total));
console.log(`\n${summary.join('\n')}\n${render(total)}`);
if (interrupted !== undefined) process.exitCode = 128 + constants.signals[interrupted];
else process.exitCode = total.failed === 0 ? 0 : 1;
