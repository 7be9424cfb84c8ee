import { gives } from '../../lab/systems/reference/reason.ts';
import type { Conformance } from '../../reports/conformance.ts';
import type { Plan } from './matrix.ts';

/**
 * What became of a claim under a fault. `killed`: red, for the reason that the fault's table gives; `survived`: green in
 * spite of the fault; `withheld`: the lab was broken, and the claim was inconclusive as it must be; `judged in a broken
 * lab`: it was not. Of neighbours: `spared`, or `collateral`, red without being meant.
 */
export type Outcome =
  | 'killed'
  | 'survived'
  | 'killed for the wrong reason'
  | 'withheld'
  | 'judged in a broken lab'
  | 'spared'
  | 'collateral'
  | 'inconclusive';

export interface Judgement {
  readonly claim: string;
  readonly outcome: Outcome;
  /** The failing check's message, or why there is none. */
  readonly reason: string;
}

type Results = Pick<Conformance, 'claims'>;

/** @param results of the run under the fault; undefined when it wrote none, `trouble` then says why */
export function judge(
  { fault, claims, neighbours = [] }: Pick<Plan, 'fault' | 'claims'> & Partial<Pick<Plan, 'neighbours'>>,
  results: Results | undefined,
  trouble: string,
): Judgement[] {
  return [...claims, ...neighbours].map(claim => {
    const result = results?.claims.find(({ id }) => id === claim);
    if (result === undefined) {
      return { claim, outcome: 'inconclusive', reason: `no verdict: ${trouble || 'its test was not run'}` };
    }
    const { verdict, reason = '' } = result;
    if (neighbours.includes(claim) && (verdict === 'passed' || verdict === 'failed')) {
      return { claim, outcome: verdict === 'passed' ? 'spared' : 'collateral', reason };
    }
    const { kills, blinds } = fault;
    const right = gives(reason, kills?.[claim] ?? blinds?.[claim] ?? {});
    if (blinds !== undefined && claim in blinds) {
      const withheld = verdict === 'inconclusive' && right;
      return {
        claim,
        outcome: withheld ? 'withheld' : 'judged in a broken lab',
        reason: `${verdict}: ${reason}`,
      };
    }
    if (verdict === 'passed') return { claim, outcome: 'survived', reason: 'the claim passed' };
    if (verdict !== 'failed') return { claim, outcome: 'inconclusive', reason: `${verdict}: ${reason}` };
    return { claim, outcome: right ? 'killed' : 'killed for the wrong reason', reason };
  });
}

/** Whether the outcome shows that something is wrong with the check or with the fault. */
export function isDefect(outcome: Outcome): boolean {
  return ['survived', 'killed for the wrong reason', 'judged in a broken lab'].includes(outcome);
}

/** What the control run, without any fault, says against the checks themselves. */
export function controlProblems(
  claims: readonly string[],
  results: Results | undefined,
  trouble: string,
): string[] {
  return claims.flatMap(claim => {
    const result = results?.claims.find(({ id }) => id === claim);
    if (result === undefined) return [`${claim}: no verdict: ${trouble || 'its test was not run'}`];
    return result.verdict === 'passed' ? [] : [`${claim}: ${result.verdict}: ${result.reason ?? ''}`];
  });
}
