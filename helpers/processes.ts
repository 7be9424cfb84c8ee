import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process and its start time (clock ticks since boot): the kernel reuses pids. */
export interface ProcessId {
  readonly pid: number;
  readonly startTicks: string;
}

/** The start time of a process in clock ticks since boot (proc(5), stat field 22); undefined when it has ended. */
export function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : rest[18];
  } catch {
    return undefined;
  }
}

export const isRunning = (id: ProcessId): boolean => startTicks(id.pid) === id.startTicks;

/** Of this process, unless another one's pid is given. */
export function processId(pid = process.pid): ProcessId {
  return { pid, startTicks: startTicks(pid) ?? '' };
}

/** The processes in a PID namespace, by their pids in this one. */
export function processesIn(pidNamespace: string): number[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .filter(pid => {
      try {
        return readlinkSync(`/proc/${pid}/ns/pid`) === pidNamespace;
      } catch {
        return false; // it has ended, or belongs to another user
      }
    })
    .map(Number);
}
