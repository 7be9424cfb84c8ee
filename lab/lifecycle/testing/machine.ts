import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a lab must leave alone on the machine it runs on, row by row: network, firewall, mounts. */
export function machineState(): string[] {
  const looks: readonly (readonly [string, ...string[]])[] = [
    ['ip', '-o', 'route', 'show', 'table', 'all'],
    ['ip', 'rule'],
    ['ip', '-br', 'link'],
    ['ip', 'netns', 'list'],
    ['nft', 'list', 'ruleset'],
    ['sysctl', 'net.ipv4.ip_forward', 'net.ipv4.fib_multipath_hash_policy', 'net.ipv4.conf.all.rp_filter'],
  ];
  const rows = looks.flatMap(([program, ...args]) =>
    execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
      .split('\n')
      .map(row => `${program} ${args.join(' ')}: ${row.trimEnd()}`),
  );
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(row => `mount ${row.split(' ')[4]}`);
  return [...rows, ...mounts];
}

/** Rows that one has and the other has not, a sign before each. */
export function difference(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter(row => !after.includes(row)).map(row => `- ${row}`),
    ...after.filter(row => !before.includes(row)).map(row => `+ ${row}`),
  ];
}

/** The processes of a run, by the PID namespace they live in: the runner's own, and one a lab. */
export interface RunProcesses {
  readonly runner: readonly number[];
  /** PID namespaces, as `readlink /proc/<pid>/ns/pid` prints them. */
  readonly labs: ReadonlySet<string>;
}

/** Finds them by the variable every process of a run inherits. Zombies have no environment, and do not count. */
export function processesOfRun(id: string): RunProcesses {
  const ours = readlinkSync('/proc/self/ns/pid');
  const runner: number[] = [];
  const labs = new Set<string>();
  for (const pid of readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`CONFORMANCE_RUN=${id}`))
        continue;
      const namespace = readlinkSync(`/proc/${pid}/ns/pid`);
      if (namespace === ours) runner.push(Number(pid));
      else labs.add(namespace);
    } catch {
      // gone in the meantime
    }
  }
  return { runner, labs };
}

/** Processes that name one of these paths in their command line or environment. */
export function processesNaming(paths: readonly string[]): number[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter(pid => {
      try {
        const text = ['cmdline', 'environ']
          .map(file => readFileSync(`/proc/${pid}/${file}`, 'utf8'))
          .join('\0');
        return paths.some(path => text.includes(path));
      } catch {
        return false;
      }
    })
    .map(Number);
}
