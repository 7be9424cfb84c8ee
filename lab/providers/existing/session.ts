import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ChartValues } from '../../../helpers/cilium/values.ts';
import type { Node } from '../../../helpers/kube/resources.ts';
import type { ResourceType } from '../../../helpers/kube/types.ts';
import { isRunning as isProcessRunning, type ProcessId } from '../../../helpers/processes.ts';
import type { Capability } from '../../contract/lab.ts';
import { stateRoot } from '../../lifecycle/state.ts';
import type { Found } from './connect.ts';
import type { Snapshot } from './snapshot.ts';

/** A run on a user's lab: what was found before it. Kept until all is as it was again, also past the run's death. */
export interface Session {
  readonly inventory: string;
  /** Whose run it is. */
  readonly process: ProcessId;
  readonly found: Found;
  readonly capabilities: readonly Capability[];
  readonly lacking: Readonly<Partial<Record<Capability, string>>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly before: Snapshot;
  /** FRR's saved configuration, as it is: with passwords, if it has any. */
  readonly frrSaved?: string;
  readonly frrRunning?: string;
  /** Nodes by cluster: what of them may be changed. */
  readonly nodes: Readonly<Record<string, Readonly<Record<string, NodeBefore>>>>;
  /** Clusters in which our namespace was made for the run; elsewhere it was there, with our label, for us to use. */
  readonly madeNamespace: readonly string[];
  /** Helm values by cluster, where they may be changed. */
  readonly installed: Readonly<Record<string, ChartValues>>;
}

/** What a node was like before: the fields that may be changed. */
export type NodeBefore = Pick<Node['metadata'], 'labels' | 'annotations'> & {
  readonly unschedulable: boolean;
};

const root = `${stateRoot}-existing`;

/** One session an inventory. */
export const sessionName = (inventory: string): string =>
  `existing-${createHash('sha256').update(inventory).digest('hex').slice(0, 8)}`;

const fileOf = (name: string): string => path.join(root, name, 'session.json');

export function readSession(name: string): Session | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(name), 'utf8')) as Session;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function writeSession(name: string, session: Session): void {
  mkdirSync(path.dirname(fileOf(name)), { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(name), JSON.stringify(session), { mode: 0o600 });
}

/**
 * What a worker is about to change, noted before it does: what a run that is killed leaves behind is taken back by these
 * notes, and nothing else is.
 */
export type Note = NodeChange | ObjectMade | MachineChange | Configured;

export interface NodeChange {
  readonly cluster: string;
  readonly node: string;
  /** `label enable-bgp`, `annotation …`, `cordon`. */
  readonly fields: readonly string[];
}

/** An object outside our namespace; those in it go with it. */
export interface ObjectMade {
  readonly cluster: string;
  readonly made: ResourceType;
  readonly name: string;
  readonly namespace?: string;
}

/** A part of a machine, and what it was before its first change. */
export interface MachineChange {
  readonly host: string;
  readonly argv: readonly string[];
  readonly part: string;
  readonly was: readonly string[];
}

/** Helm values of a cluster's Cilium. */
export interface Configured {
  readonly configured: string;
}

const notesOf = (name: string): string => path.join(root, name, 'notes');

/** By this process: a claim does much of what the one before it did. */
const noted = new Set<string>();

export function note(name: string, about: Note): void {
  const line = `${JSON.stringify(about)}\n`;
  if (noted.has(`${name} ${line}`) && existsSync(notesOf(name))) return;
  appendFileSync(notesOf(name), line, { mode: 0o600 });
  noted.add(`${name} ${line}`);
}

/** What was noted in a session, by whichever worker, the first first. */
export function notes(name: string): Note[] {
  const file = notesOf(name);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  // The last line of a run that was killed may be half a line: what it is about was not done yet.
  const whole = new Set(lines.slice(0, -1));
  return [...whole].map(line => JSON.parse(line) as Note);
}

export function endSession(name: string): void {
  rmSync(path.dirname(fileOf(name)), { recursive: true, force: true });
}

export const isRunning = ({ process: owner }: Session): boolean => isProcessRunning(owner);
