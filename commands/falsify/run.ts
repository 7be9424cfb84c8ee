import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Conformance } from '../../reports/conformance.ts';
import { grepFor } from './matrix.ts';

const root = path.join(import.meta.dirname, '../..');

export interface Run {
  /** Undefined when the run wrote none. */
  readonly results: Conformance | undefined;
  /** How it ended, when it wrote no results. */
  readonly trouble: string;
  readonly durationMs: number;
}

/**
 * Runs these claims against a lab with these faults, in a folder of its own (`reports/out/<id>`).
 * @param patience factor on the deadlines of the checks: a check that is to fail is waited for to its end
 */
export async function runClaims(options: {
  id: string;
  faults: readonly string[];
  claims: readonly string[];
  patience: string;
  signal: AbortSignal;
}): Promise<Run> {
  const folder = path.join(root, 'reports/out', options.id);
  mkdirSync(folder, { recursive: true });
  const log = path.join(folder, 'output.txt');
  const out = openSync(log, 'w');
  const started = performance.now();
  // It is interrupted, and takes its lab down, when this process dies, whatever the way.
  const command = options.claims.every(isUpgradeClaim) ? upgradeCommand : claimsCommand(options.claims);
  const captures = path.join(folder, 'captures');
  const fullDisk = options.faults.includes('lab-disk-full') ? onFullDisk(captures) : [];
  const child = spawn('bash', ['lab/setup/attached.sh', ...fullDisk, ...command], {
    cwd: root,
    stdio: ['ignore', out, out],
    env: {
      ...process.env,
      ...(fullDisk.length > 0 ? { CAPTURES: captures } : {}),
      UNIT: '',
      FAULTS: options.faults.join(','),
      CONFORMANCE_RUN: options.id,
      CONFORMANCE_PATIENCE: options.patience,
    },
  });
  closeSync(out);
  const stop = (): void => {
    child.kill('SIGINT');
  };
  options.signal.addEventListener('abort', stop);
  const end = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  }).finally(() => options.signal.removeEventListener('abort', stop));
  rmSync(path.join(root, 'test-results', options.id), { recursive: true, force: true });
  const file = path.join(folder, 'conformance.json');
  const results = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Conformance) : undefined;
  return {
    results,
    trouble: results === undefined ? `the run ended (${end}) without results; see ${log}` : '',
    durationMs: Math.round(performance.now() - started),
  };
}

/** The claims about an upgrade take one: they are run by `npm run upgrade`. */
export const isUpgradeClaim = (id: string): boolean => id.startsWith('UPG-');

/** A few claims before and after are enough to see the gate at work. */
const upgradeCommand = [
  ...['node', '--import', 'tsx', 'commands/upgrade/upgrade.ts'],
  ...['--from', '1.17.6', '--to', '1.18.0', '--grep', grepFor(['BGP-05', 'LB-06'])],
];

function claimsCommand(claims: readonly string[]): string[] {
  return ['node_modules/.bin/playwright', 'test', '--workers', '1', '--grep', grepFor(claims)];
}

/** What to put before a command so that this folder is, for it alone, a disk that is soon full. */
function onFullDisk(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  const script = 'mount -t tmpfs -o size=4k tmpfs "$1" && shift && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', folder];
}

/** Calls `work` for every item, `limit` at a time; returns the results in the items' order. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) answers[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return answers;
}
