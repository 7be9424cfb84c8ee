import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

export interface PlaywrightRun {
  /** Its folder below `reports/out`, and what reports call it. */
  readonly id: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * Runs the suite once, one worker at a time because there is one lab, and returns the folder with its report. That
 * claims failed is in the report. @throws Error when there is none
 */
export async function runSuite(root: string, { id, args, env, signal }: PlaywrightRun): Promise<string> {
  const folder = path.join(root, 'reports/out', id);
  mkdirSync(folder, { recursive: true });
  // It is interrupted when this process dies, whatever the way.
  const command = [
    'lab/setup/attached.sh',
    'node_modules/.bin/playwright',
    'test',
    '--workers',
    '1',
    ...args,
  ];
  const child = spawn('bash', command, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, UNIT: '', CONFORMANCE_RUN: id, ...env },
  });
  const stop = (): void => {
    child.kill('SIGINT');
  };
  signal.addEventListener('abort', stop);
  const end = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killed) => resolve(killed ?? `exit code ${code}`));
  }).finally(() => signal.removeEventListener('abort', stop));
  if (signal.aborted) throw new Error('interrupted');
  if (!existsSync(path.join(folder, 'conformance.json'))) {
    throw new Error(`the run ${id} ended (${end}) without a report`);
  }
  return folder;
}
