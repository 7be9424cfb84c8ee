import type { Reason } from './reason.ts';

/** By claim, what its message must say. */
export type Reasons = Readonly<Record<string, Reason>>;

/** A deliberate deviation, to show that a check can fail. Each is implemented where the behaviour it breaks lives. */
export interface Fault {
  readonly description: string;
  /** Claims that must turn red. One that fails for another reason was killed for the wrong reason. */
  readonly kills?: Reasons;
  /** Claims that may turn red with it: they look at what it breaks too. Everything else it must leave green. */
  readonly may?: readonly string[];
  /** Claims that can no longer be judged, because the lab is broken: they must be inconclusive. */
  readonly blinds?: Reasons;
}

/** Faults by name. */
export type FaultTable = Readonly<Record<string, Fault>>;

/** Several claims that say the same. */
export function each(claims: readonly string[], reason: Reason): Reasons {
  return Object.fromEntries(claims.map(claim => [claim, reason]));
}
