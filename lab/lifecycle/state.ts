import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isRunning, type ProcessId, processId, startTicks } from '../../helpers/processes.ts';
import type { Lab, SystemRecord } from '../contract/lab.ts';

/**
 * Where running labs are recorded: a directory per lab, private to its user, with the lab's keys, sockets and
 * `lab.json`. It lies outside the lab's own mounts, so that both sides see it.
 */
export const stateRoot = path.join(os.tmpdir(), 'cilium-conformance');

export interface LabState {
  readonly name: string;
  readonly topology: string;
  readonly provider: 'netns';
  readonly system: SystemRecord;
  readonly faults: readonly string[];
  /** The process whose death ends the lab. */
  readonly process: ProcessId;
  /** The PID namespace that holds every process of the lab, as `readlink /proc/<pid>/ns/pid` prints it. */
  readonly pidNamespace: string;
  /** Capabilities it does not have on this machine, each with the reason. */
  readonly lacking: Lab['lacking'];
  /** Removes the lab's cgroup after the lab, and then ends (labs with real Cilium). */
  readonly cgroupKeeper?: ProcessId;
  /** Where the lab's Kubernetes APIs answer on this machine's loopback. */
  readonly apiPorts: Readonly<Record<string, number>>;
  readonly startedAt: string;
  /** Milliseconds from the start of the lab to: API answers, every host reachable, pods running. */
  readonly readyMs: number;
}

export const stateDirectory = (name: string): string => path.join(stateRoot, name);

/** @throws Error when a lab of that name is running already, or being started by another process */
export function makeStateDirectory(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw new Error(`"${name}" is no name for a lab: use up to 31 small letters, digits and dashes`);
  }
  const directory = stateDirectory(name);
  const state = readState(name);
  if (state !== undefined && isAlive(state)) {
    throw new Error(
      `a lab named ${name} is running already; take it down first: npm run lab -- down ${name}`,
    );
  }
  const starter = starterOf(name);
  if (state === undefined && starter !== undefined && starter.pid !== process.pid && isRunning(starter))
    throw new Error(`a lab named ${name} is being started already, by process ${starter.pid}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(stateRoot, { recursive: true, mode: 0o700 });
  // It appears with its starter in it: one without is garbage to whoever else starts a lab now.
  const fresh = mkdtempSync(path.join(stateRoot, '.new-'));
  writeFileSync(path.join(fresh, starterFile), JSON.stringify(processId()));
  renameSync(fresh, directory);
  return directory;
}

export function writeState(directory: string, state: LabState): void {
  const file = path.join(directory, 'lab.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function readState(name: string): LabState | undefined {
  const file = path.join(stateDirectory(name), 'lab.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LabState) : undefined;
}

export function labNames(): string[] {
  if (!existsSync(stateRoot)) return [];
  return readdirSync(stateRoot)
    .filter(name => !name.startsWith('.'))
    .sort();
}

export function isAlive(state: LabState): boolean {
  return isRunning(state.process);
}

/** Where the runs of this machine have their sockets, a directory each, named after the run's process. */
const runRoot = `${stateRoot}-runs`;

/** A directory for this process, private to its user, in place of any that dead runs left. */
export function makeRunDirectory(): string {
  const { pid, startTicks: ticks } = processId();
  mkdirSync(runRoot, { recursive: true });
  for (const name of readdirSync(runRoot)) {
    const [owner, since] = name.split('-');
    if (startTicks(Number(owner)) !== since)
      rmSync(path.join(runRoot, name), { recursive: true, force: true });
  }
  const directory = path.join(runRoot, `${pid}-${ticks}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/** Removes what labs that are gone left on disk; returns their names. */
export function collectGarbage(): string[] {
  return labNames().filter(name => {
    const state = readState(name);
    const starter = starterOf(name);
    const lost = state === undefined ? starter === undefined || !isRunning(starter) : !isAlive(state);
    if (lost) rmSync(stateDirectory(name), { recursive: true, force: true });
    return lost;
  });
}

/** Written before there is a state: who is starting the lab. */
const starterFile = 'starter.json';

function starterOf(name: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(path.join(stateDirectory(name), starterFile), 'utf8')) as ProcessId;
  } catch {
    return undefined;
  }
}
