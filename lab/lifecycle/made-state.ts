import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isRunning, type ProcessId } from '../../helpers/processes.ts';

/** A lab made of containers or virtual machines, as this machine remembers it. It is named after its topology. */
export interface MadeState<Details> {
  readonly topology: string;
  readonly cilium: string;
  /** Whose run it is for; undefined for one that is kept. */
  readonly owner?: ProcessId;
  readonly startedAt: string;
  /** Undefined while it is being made. */
  readonly readyMs?: number;
  /** The provider's own. */
  readonly details: Details;
}

/** Where labs of a provider are remembered: beside the embedded labs' directory, whose dead are swept. */
export class MadeLabs<Details> {
  readonly #provider: string;

  constructor(provider: string) {
    this.#provider = provider;
  }

  directory(topology: string): string {
    return path.join(this.#root(), topology);
  }

  /** Makes the directory, private to its user. */
  write(state: MadeState<Details>): void {
    const directory = this.directory(state.topology);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const file = path.join(directory, 'state.json');
    writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  /** A lab whose Cilium has been replaced by that of another version. */
  upgraded(topology: string, cilium: string): void {
    const state = this.read(topology);
    if (state !== undefined) this.write({ ...state, cilium });
  }

  read(topology: string): MadeState<Details> | undefined {
    const file = path.join(this.directory(topology), 'state.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as MadeState<Details>) : undefined;
  }

  remove(topology: string): void {
    rmSync(this.directory(topology), { recursive: true, force: true });
  }

  names(): string[] {
    return existsSync(this.#root()) ? readdirSync(this.#root()).sort() : [];
  }

  #root(): string {
    return path.join(os.tmpdir(), `cilium-conformance-${this.#provider}`);
  }
}

/** A run that is still going on. */
export const ownerIsAlive = (state: Pick<MadeState<unknown>, 'owner'>): boolean =>
  state.owner !== undefined && isRunning(state.owner);
