import { execFileSync } from 'node:child_process';

/** Runs a shell in the root of cgroup v2, wherever this machine has it mounted, if at all. */
export const withCgroups = (script: string): string =>
  execFileSync('unshare', ['--mount', 'sh', '-euc', `mount -t cgroup2 cgroup2 /mnt; cd /mnt; ${script}`], {
    encoding: 'utf8',
  });

/** Paths of all labs' cgroups below the root. */
export const labCgroups = (): string[] =>
  withCgroups('find . -type d -name "conformance-*" -prune')
    .split('\n')
    .filter(Boolean)
    .map(each => each.slice(1))
    .sort();
