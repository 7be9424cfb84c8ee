import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { run } from './network.ts';

/**
 * Cilium's socket load balancing serves the processes of a cgroup: every node of a lab with real Cilium has one of
 * its own. Unlike processes, namespaces and mounts, a cgroup does not go with its last user, so each such lab has a
 * keeper outside: it makes the lab's cgroup, waits for the end of the lab's last process, and removes it.
 */
const mountPoint = '/sys/fs/cgroup';

const keeperScript = `
mount -t cgroup2 cgroup2 ${mountPoint}
cd ${mountPoint}
mkdir "./$1"
echo ready
cat > /dev/null
echo 1 > "./$1/cgroup.kill" || :
for try in $(seq 100); do
  find "./$1" -depth -type d -exec rmdir {} \\; 2>/dev/null || :
  [ -d "./$1" ] || exit 0
  sleep 0.05
done
exit 1`;

export interface CgroupKeeper {
  readonly pid: number;
  /** The lab's cgroup, as a path below the root of this process's cgroup namespace. */
  readonly cgroup: string;
  /** What the lab's processes hold open: at the end of the last of them the keeper does its work. */
  readonly lifeline: Writable;
}

/** @throws Error with what the kernel said */
export async function keepCgroup(lab: string): Promise<CgroupKeeper> {
  const cgroup = path.join(ownCgroup(), `conformance-${lab}-${process.pid}`);
  const keeper = spawn('unshare', ['--mount', 'sh', '-euc', keeperScript, 'cgroup-keeper', cgroup], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
  });
  await readyOrDead(keeper, cgroup);
  keeper.unref();
  return { pid: keeper.pid as number, cgroup, lifeline: keeper.stdin as Writable };
}

async function readyOrDead(keeper: ChildProcess, cgroup: string): Promise<void> {
  let said = '';
  keeper.stderr?.on('data', chunk => {
    said += chunk;
  });
  const died = once(keeper, 'close').then(() => {
    throw new Error(
      `the cgroup ${cgroup} could not be made, which real Cilium needs (cgroup v2, with root): ${said.trim()}`,
    );
  });
  died.catch(() => {}); // after it was ready, it ends with its lab
  await Promise.race([once(keeper.stdout as NodeJS.ReadableStream, 'data'), died]);
  // Neither is to keep the lab's starter alive.
  keeper.stdout?.destroy();
  keeper.stderr?.destroy();
}

function ownCgroup(): string {
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find(each => each.startsWith('0::'));
  if (line === undefined) {
    throw new Error('this machine has no cgroup v2, which real Cilium needs (a kernel of 5.10 or later)');
  }
  return line.slice('0::'.length);
}

/** Inside the lab: makes a cgroup for each node below the lab's own; answers their paths in the file system. */
export async function openNodeCgroups(
  cgroup: string,
  nodes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
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
