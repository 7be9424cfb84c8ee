import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type { ExecResult } from '../../helpers/exec.ts';

/**
 * A host or a pod of the embedded lab, as seen from the lab's own process: a set of namespaces (network,
 * mount, UTS) to run programs in. Programs start as children of the lab and die with it.
 */
export interface HostNamespace {
  readonly name: string;
  /** Path that `ip -n`/`nsenter --net=` take. */
  readonly netns: string;
  /** The directory of the host's own cgroup, where it has one (labs with real Cilium). */
  readonly cgroup?: string;
  /** Starts a program inside and leaves it running. */
  spawn(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Runs a program inside to its end. @throws ExecError when it ends by a signal or cannot be run */
  exec(argv: readonly string[], options?: { readonly input?: string }): Promise<ExecResult>;
}
