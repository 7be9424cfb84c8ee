import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from './network.ts';

/** Makes a lab's cgroup, waits for the end of the lab's last process, and removes it. */
const keeperScript = fileURLToPath(new URL('../setup/cgroup.sh', import.meta.url));

/** Inside the lab, whose /run is its own. /sys/fs/cgroup may hold cgroup2 already, and Linux refuses a second one there. */
const mountPoint = '/run/cgroup';

export interface CgroupKeeper {
  readonly pid: number;
  /** The lab's cgroup, as a path below the root of this process's cgroup namespace. */
  readonly cgroup: string;
  /** The lab's processes hold it open: when the last of them ends, the keeper removes the cgroup. */
  readonly lifeline: Writable;
}

/** @throws Error with what the kernel said, and what to do */
export async function keepCgroup(lab: string): Promise<CgroupKeeper> {
  const keeper = spawn('bash', [keeperScript, lab], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
  });
  const cgroup = await readyOrDead(keeper);
  keeper.unref();
  return { pid: keeper.pid as number, cgroup, lifeline: keeper.stdin as Writable };
}

/** Resolves to the first line the keeper prints. */
async function readyOrDead(keeper: ChildProcess): Promise<string> {
  let said = '';
  keeper.stderr?.on('data', chunk => {
    said += chunk;
  });
  const died = once(keeper, 'close').then(() => {
    throw new Error(said.trim() || 'the keeper of the cgroup ended');
  });
  died.catch(() => {}); // after it was ready, it ends with its lab
  const [cgroup] = await Promise.race([once(keeper.stdout as NodeJS.ReadableStream, 'data'), died]);
  // Neither is to keep the lab's starter alive.
  keeper.stdout?.destroy();
  keeper.stderr?.destroy();
  return String(cgroup).trim();
}

/** Removes cgroups of labs whose keeper was killed. Returns their paths. */
export function removeLostCgroups(): string[] {
  return execFileSync('bash', [keeperScript, '--gc'], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

/** Inside the lab: makes a cgroup for each node below the lab's own. Returns their directories. */
export async function openNodeCgroups(
  cgroup: string,
  nodes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  mkdirSync(mountPoint);
  await run(['mount', '-t', 'cgroup2', 'cgroup2', mountPoint]);
  return new Map(
    nodes.map(node => {
      const directory = path.join(mountPoint, cgroup, node);
      mkdirSync(directory);
      return [node, directory];
    }),
  );
}

/** A command line that runs `argv` as a member of a cgroup. */
export const inCgroup = (cgroup: string | undefined, argv: readonly string[]): readonly string[] =>
  cgroup === undefined
    ? argv
    : ['sh', '-euc', 'echo 0 > "$1/cgroup.procs"; shift; exec "$@"', 'in-cgroup', cgroup, ...argv];
