import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ExecError, type ExecResult } from '../../helpers/exec.ts';
import { inCgroup } from './cgroups.ts';
import type { HostNamespace } from './namespace.ts';

/**
 * A machine of the lab: network, mount and UTS namespaces kept open by a process that does nothing else.
 * `setup` is shell run once inside, before anything else (mounts of the host's own). With a `cgroup`, all its programs
 * are members of that.
 */
export async function openHost(name: string, setup = '', cgroup?: string): Promise<HostNamespace> {
  const netns = `/run/netns/${name}`;
  const script = `hostname ${name}\n${setup}\necho ready\nexec sleep infinity`;
  const holder = spawn('nsenter', [`--net=${netns}`, 'unshare', '--mount', '--uts', 'sh', '-euc', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ready = once(holder.stdout, 'data');
  const died = once(holder, 'close').then(async () => {
    throw new Error(
      `host ${name}: its namespaces could not be set up: ${holder.stderr.read() ?? 'no message'}`,
    );
  });
  died.catch(() => {}); // the holder ends with the lab, too
  await Promise.race([ready, died]);
  const enter = ['nsenter', '--target', String(holder.pid), '--mount', '--uts', '--net', '--'];

  const start = (argv: readonly string[], options: SpawnOptions = {}): ChildProcess => {
    const [program, ...args] = inCgroup(cgroup, [...enter, ...argv]) as [string, ...string[]];
    return spawn(program, args, options);
  };
  return {
    name,
    netns,
    ...(cgroup === undefined ? {} : { cgroup }),
    spawn: start,
    exec: (argv, options = {}) => finish(name, argv, start(argv), options.input),
  };
}

/** Waits for a child's end and returns what it printed. @throws ExecError when it ended without an exit code */
export async function finish(
  host: string,
  argv: readonly string[],
  child: ChildProcess,
  input?: string,
): Promise<ExecResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin?.on('error', () => {}); // a program that does not read its input tells so by its exit code, if at all
  child.stdin?.end(input);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on('error', error => reject(new ExecError(host, argv, error.message)));
    child.on('close', (...end) => resolve(end));
  });
  const result = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  if (code === null) throw new ExecError(host, argv, `ended by ${signal}`, { code: -1, ...result });
  return { code, ...result };
}
