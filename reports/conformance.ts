import type { Measured } from '../fixtures/evidence/record.ts';
import type { Topology } from '../lab/contract/topology.ts';
import type { Claim, Correction, Source } from '../tests/catalogue/index.ts';

/** Version of `conformance.json`. A minor version adds; a major one changes what is there. */
export const schemaVersion = '1.2';

/** Worst first: of several repetitions the worst verdict is the claim's. */
export const verdicts = ['failed', 'inconclusive', 'not applicable', 'passed'] as const;
export type Verdict = (typeof verdicts)[number];

/** `conformance.json`, described for others by `conformance.schema.json`. */
export interface Conformance {
  readonly schemaVersion: string;
  readonly catalogueVersion: string;
  readonly run: {
    readonly id: string;
    /** ISO 8601, UTC. */
    readonly startedAt: string;
    readonly durationMs: number;
    readonly ended: 'normally' | 'interrupted' | 'timed out';
    readonly shard?: { readonly current: number; readonly total: number };
  };
  /** Absent when no lab was seen. */
  readonly lab?: {
    readonly provider: string;
    readonly system: {
      readonly name: string;
      readonly version: string;
      readonly label: string;
      /** Where its files come from, as given to `npm run docs -- --origin`. Since 1.2. */
      readonly origin?: string;
    };
    readonly versions: Readonly<Record<string, string>>;
    readonly topologies: readonly Topology[];
  };
  readonly host: {
    readonly os: string;
    readonly kernel: string;
    readonly cpus: number;
    readonly memoryMb: number;
    readonly node: string;
    readonly playwright: string;
  };
  /** Partial when a core claim of a topology that was run was not observed. */
  readonly completeness: 'complete' | 'partial';
  readonly counts: Readonly<Record<Verdict | 'not run', number>>;
  readonly claims: readonly ClaimResult[];
  readonly notRun: readonly NotRun[];
  /** What went wrong outside any claim: set-up, a file that does not load. */
  readonly problems: readonly string[];
}

type Described = Pick<
  Claim,
  'id' | 'title' | 'area' | 'topology' | 'level' | 'status' | 'shownBy' | 'faults'
> & {
  readonly sources: readonly Source[];
  readonly correction?: Correction;
};

export interface ClaimResult extends Described {
  readonly verdict: Verdict;
  readonly reason?: string;
  /** Of the longest repetition. */
  readonly durationMs: number;
  /** Where its test is: `tests/bgp/peering.spec.ts:12`. */
  readonly test: string;
  readonly repetitions: readonly Repetition[];
  readonly evidence: readonly EvidenceFile[];
  /** What deliberate faults did to its check, from the stored runs of `npm run falsify`. Since 1.1. */
  readonly proofs?: readonly Proof[];
}

/** A deliberate fault that was run against a claim's check. */
export interface Proof {
  readonly fault: string;
  readonly outcome: string;
  /** The check turned red, and for the right reason as far as that is pinned down. */
  readonly proven: boolean;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface Repetition {
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly measured: readonly Measured[];
  /** What its test did and observed, in order of their beginning. Since 1.2. */
  readonly steps?: readonly Step[];
}

/** An operator's action, an observation, or a part of the clean-up. */
export interface Step {
  readonly title: string;
  /** From the beginning of the first one. */
  readonly atMs: number;
  readonly durationMs: number;
  /** How many steps it lies within. */
  readonly depth: number;
  readonly error?: string;
}

export interface EvidenceFile {
  readonly name: string;
  /** Path within the run's folder. */
  readonly file: string;
  readonly contentType: string;
  readonly bytes: number;
  /** Of the file as it was written, secrets redacted. */
  readonly sha256: string;
  /** Index of the repetition it was seen in. */
  readonly repetition: number;
}

export interface NotRun extends Described {
  readonly reason: string;
  /** There is no test of it yet. */
  readonly planned: boolean;
}

export function describeClaim(claim: Claim): Described {
  const { id, title, area, topology, level, status, shownBy, faults, sources, correction } = claim;
  const described = { id, title, area, topology, level, status, shownBy, faults, sources };
  return correction === undefined ? described : { ...described, correction };
}

/** The repetition that a claim's verdict comes from. */
export function worstRepetition({
  repetitions,
  verdict,
}: Pick<ClaimResult, 'repetitions' | 'verdict'>): Repetition | undefined {
  return repetitions.find(repetition => repetition.verdict === verdict);
}

export function worst(all: readonly Verdict[]): Verdict {
  return verdicts.find(verdict => all.includes(verdict)) ?? 'passed';
}

/** The core claims of the run's topologies that were not run: what makes it partial. */
export function coreNotRun({ lab, notRun }: Pick<Conformance, 'lab' | 'notRun'>): readonly NotRun[] {
  const topologies = lab?.topologies.map(topology => topology.name) ?? [];
  return notRun.filter(claim => claim.level === 'core' && topologies.includes(claim.topology));
}
