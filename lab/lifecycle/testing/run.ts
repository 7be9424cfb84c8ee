import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../../..');

export interface ClaimRun {
  readonly id: string;
  readonly child: ChildProcess;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What it has printed so far. */
  output(): string;
}

/** Starts a run of claims as a user's shell would, in a folder of its own: `reports/out/<id>`. */
export function startRun(id: string, args: readonly string[]): ClaimRun {
  const folder = path.join(root, 'reports/out', id);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'output.txt');
  const out = openSync(file, 'w');
  // Nothing of the test runner this runs in may reach the one it starts.
  const own = /^(?:UNIT|CI|FAULTS|LAB_KEEP|CONFORMANCE_.*|PLAYWRIGHT_.*|PW_?.*|TEST_.*)$/;
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  const child = spawn('node_modules/.bin/playwright', ['test', ...args], {
    cwd: root,
    stdio: ['ignore', out, out],
    env: { ...inherited, CONFORMANCE_RUN: id },
  });
  closeSync(out);
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  return { id, child, ended, output: () => readFileSync(file, 'utf8') };
}
