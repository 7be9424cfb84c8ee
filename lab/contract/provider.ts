import type { Lab } from './lab.ts';

export type ProviderName = Lab['provider'];

/** A way to get a lab. Playwright's main process starts and ends labs, workers open them by name. */
export interface Provider {
  readonly name: ProviderName;
  /**
   * Before the first claim: makes sure of what no lab of this provider can be without, and gets what is fetched once.
   * @throws Error saying what is missing or misspelt, and what to do: none of the claims could be run
   */
  prepare(run: { readonly faults: readonly string[]; onProgress(line: string): void }): Promise<void>;
  /**
   * Brings up a lab, or finds the one there is and makes sure of it.
   * @throws Error saying what is missing, and the command that gets it
   */
  start(wish: LabWish, options: StartOptions): Promise<RunningLab>;
  /** Why its labs are never of this topology: claims about it do not apply. Left out where they are of all. */
  whyNoTopology?(topology: string): string | undefined;
  /** A run that is interrupted leaves a lab only after its workers have taken back what their claims did. */
  readonly usedUntilWorkersEnd?: boolean;
  /** In a worker, or on the command line. @throws Error when there is no such lab, or it has died */
  open(name: string): Promise<Lab>;
}

/** @throws Error where faults are asked for of a lab that has none */
export function refuseFaults(provider: ProviderName, faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new Error(
    `LAB=${provider} has no faults (${faults.join(', ')}): only the reference system deviates on request`,
  );
}

/** Names of faults of the reference system, as the environment has them: `FAULTS=one,other`. */
export function faultsAskedFor(env: NodeJS.ProcessEnv = process.env): string[] {
  return (env.FAULTS ?? '').split(',').filter(name => name !== '');
}

/** What a test worker asks for. */
export interface LabWish {
  /** Workers run in parallel, each with labs of its own: Playwright's parallelIndex. */
  readonly slot: number;
  readonly topology: string;
  readonly version: string;
  readonly faults: readonly string[];
}

export interface StartOptions {
  /** Unique to the run, the topology and the worker: a name for a lab that is made. */
  readonly name: string;
  /** It is to outlive this process. */
  readonly keep: boolean;
  /** Ends a lab that is still starting, and leaves nothing of it. */
  readonly signal: AbortSignal;
  onProgress(line: string): void;
}

export interface RunningLab {
  /** What `open` takes. */
  readonly name: string;
  /** How it came to be, for people: `is up after 812 ms`. */
  readonly how: string;
  isRunning(): boolean;
  /** Takes it down; a user's lab is left as it was found. @throws Error naming what is left, or is not as it was */
  stop(): Promise<void>;
  /** For a lab that is kept: what ends it. */
  readonly endedBy: string;
}
