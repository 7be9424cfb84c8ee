import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ProcessId, startTicks } from '../../state.ts';

/** A lab in a Docker engine, as this machine remembers it. It is named after its topology. */
export interface KindState {
  readonly topology: string;
  /** Prefixes that had to be others than the topology's, by network. */
  readonly prefixes: Readonly<Record<string, string>>;
  readonly cilium: string;
  /** Whose run it is for; undefined for one that is kept. */
  readonly owner?: ProcessId;
  readonly startedAt: string;
  readonly readyMs?: number;
}

/** Beside the embedded labs' directory, whose dead are swept. */
const root = (): string => path.join(os.tmpdir(), 'cilium-conformance-kind');

export const labDirectory = (topology: string): string => path.join(root(), topology);
export const kubeconfigFile = (topology: string, cluster: string): string =>
  path.join(labDirectory(topology), `${cluster}.kubeconfig`);

export function writeKindState(state: KindState): void {
  const directory = labDirectory(state.topology);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'lab.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function readKindState(topology: string): KindState | undefined {
  const file = path.join(labDirectory(topology), 'lab.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KindState) : undefined;
}

export const removeKindState = (topology: string): void =>
  rmSync(labDirectory(topology), { recursive: true, force: true });

export const kindLabNames = (): string[] => (existsSync(root()) ? readdirSync(root()).sort() : []);

/** A run that is still going on. */
export const ownerIsAlive = (state: KindState): boolean =>
  state.owner !== undefined && startTicks(state.owner.pid) === state.owner.startTicks;
