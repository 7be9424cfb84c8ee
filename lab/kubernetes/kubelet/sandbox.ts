import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { inCgroup } from '../../namespaces/cgroups.ts';

/** A pod's namespaces: network, mount, UTS. Programs start inside as children of the lab. */
export interface Sandbox {
  /** Each program leads a process group of its own, so that it can be ended with its children. */
  spawn(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Ends what is still inside, then the namespaces. */
  close(): void;
}

export interface SandboxOptions {
  readonly hostname: string;
  /** A name for a network namespace to make, or the path of one to join (a pod with hostNetwork). */
  readonly network: { readonly create: string } | { readonly join: string };
  /** Files to see in place of the machine's, target to source. */
  readonly files: Readonly<Record<string, string>>;
  /** The node's, where it has one: what its socket load balancing serves. */
  readonly cgroup?: string | undefined;
}

export const netnsPath = (name: string): string => `/run/netns/${name}`;

/** Makes the namespaces and a process that holds them open, as Kubernetes' pause container does. @throws Error */
export async function openSandbox({ hostname, network, files, cgroup }: SandboxOptions): Promise<Sandbox> {
  const isOwn = 'create' in network;
  const netns = isOwn ? netnsPath(network.create) : network.join;
  const inside = [
    `hostname ${quote(hostname)}`,
    // A new namespace inherits the machine's settings, and a pod's must not depend on them.
    ...(isOwn
      ? [
          'ip link set lo up',
          'for each in all default; do echo 0 > /proc/sys/net/ipv4/conf/$each/rp_filter; done',
        ]
      : []),
    ...Object.entries(files).map(
      ([target, source]) => `if [ -e ${target} ]; then mount --bind ${quote(source)} ${target}; fi`,
    ),
    'echo ready',
    'exec sleep infinity',
  ].join('\n');
  const outside = [
    ...(isOwn ? [`ip netns add ${quote(network.create)}`] : []),
    `exec nsenter --net=${quote(netns)} unshare --mount --uts sh -euc "$1"`,
  ].join('\n');
  const [program, ...args] = inCgroup(cgroup, ['sh', '-euc', outside, 'sandbox', inside]) as [
    string,
    ...string[],
  ];
  const holder = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  await readyOrDead(holder, hostname);
  const enter = ['nsenter', '--target', String(holder.pid), '--mount', '--uts', '--net', '--'];
  return {
    spawn: (argv, options = {}) => {
      const [first, ...rest] = inCgroup(cgroup, [...enter, ...argv]) as [string, ...string[]];
      return spawn(first, rest, { ...options, detached: true });
    },
    close: () => {
      if (isOwn) killInside(netns);
      holder.kill('SIGKILL');
      if (isOwn) spawn('ip', ['netns', 'delete', network.create], { stdio: 'ignore' });
    },
  };
}

async function readyOrDead(holder: ChildProcess, hostname: string): Promise<void> {
  let said = '';
  holder.stderr?.on('data', chunk => {
    said += chunk;
  });
  const died = once(holder, 'close').then(() => {
    throw new Error(`the sandbox of ${hostname} could not be made: ${said.trim() || 'no message'}`);
  });
  died.catch(() => {}); // after it was ready, it ends with its pod
  await Promise.race([once(holder.stdout as NodeJS.ReadableStream, 'data'), died]);
}

/** Kills every process in a network namespace: also what a shell in the pod has left in the background. */
function killInside(netns: string): void {
  const wanted = `net:[${statSync(netns).ino}]`;
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) === wanted) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended while we looked.
    }
  }
}

/** A word for the shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
