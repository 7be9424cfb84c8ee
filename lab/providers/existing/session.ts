import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ChartValues } from '../../../helpers/cilium/values.ts';
import type { Capability } from '../../lab.ts';
import { type ProcessId, startTicks, stateRoot } from '../../state.ts';
import type { Found } from './connect.ts';
import type { NodeBefore } from './restore.ts';
import type { Snapshot } from './snapshot.ts';

/** A run on somebody's lab: what was found before it. Kept until all is as it was again, also past the run's death. */
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

/** Notes what of a node a worker is about to change. */
export function noteNodeChange(name: string, change: NodeChange): void {
  appendFileSync(path.join(root, name, 'nodes'), `${JSON.stringify(change)}\n`, { mode: 0o600 });
}

/** What of nodes was changed in a session, by whichever worker. */
export function nodeChanges(name: string): NodeChange[] {
  const file = path.join(root, name, 'nodes');
  if (!existsSync(file)) return [];
  const lines = new Set(readFileSync(file, 'utf8').trim().split('\n'));
  return [...lines].map(line => JSON.parse(line) as NodeChange);
}

export interface NodeChange {
  readonly cluster: string;
  readonly node: string;
  /** `label enable-bgp`, `annotation …`, `cordon`. */
  readonly fields: readonly string[];
}

export function endSession(name: string): void {
  rmSync(path.dirname(fileOf(name)), { recursive: true, force: true });
}

export const isRunning = ({ process: owner }: Session): boolean => startTicks(owner.pid) === owner.startTicks;
