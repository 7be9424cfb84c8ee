import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * The folder of the run, the same in every process of it: `reports/out/20250815T121628Z-3f9a`. Playwright reads its
 * configuration in every worker again, hence the environment, which workers inherit.
 */
export function runFolder(out: string): string {
  process.env.CONFORMANCE_RUN ??= newRunId(new Date());
  return join(out, process.env.CONFORMANCE_RUN);
}

function newRunId(now: Date): string {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${time}-${randomBytes(3).toString('hex')}`;
}

/** Points `latest` beside the folder at it. Atomic: a reader sees the former run or this one. */
export function pointLatestAt(folder: string): void {
  const latest = join(dirname(folder), 'latest');
  const fresh = `${latest}.${process.pid}-${randomBytes(3).toString('hex')}`;
  mkdirSync(dirname(latest), { recursive: true });
  if (lstatSync(latest, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new Error(`${latest} is a directory; it has to be a link to the last run: move it away`);
  }
  symlinkSync(basename(folder), fresh);
  try {
    renameSync(fresh, latest);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
