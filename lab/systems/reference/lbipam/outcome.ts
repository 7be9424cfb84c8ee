import type { Condition } from '../../../../helpers/kube/types.ts';

/** Whether a service has what it asked for: the fields of its condition `cilium.io/IPAMRequestSatisfied`. */
export interface Outcome {
  readonly satisfied: boolean;
  readonly reason:
    | 'satisfied'
    | 'no_pool'
    | 'pool_selector_mismatch'
    | 'already_allocated'
    | 'already_allocated_incompatible_service'
    | 'out_of_ips';
  readonly message: string;
}

export const outcomes = {
  satisfied: (): Outcome => ({ satisfied: true, reason: 'satisfied', message: '' }),
  noMatchingPool: (): Outcome =>
    refused('no_pool', 'There are no enabled CiliumLoadBalancerIPPools that match this service'),
  outOfAddresses: (): Outcome =>
    refused(
      'out_of_ips',
      'All enabled CiliumLoadBalancerIPPools that match this service ran out of allocatable IPs',
    ),
  noPoolContains: (address: string): Outcome =>
    refused('no_pool', `No pool exists with a CIDR containing '${address}'`),
  selectorMismatch: (address: string): Outcome =>
    refused(
      'pool_selector_mismatch',
      `The pool with the CIDR containing '${address}', doesn't select this service`,
    ),
  taken: (address: string): Outcome =>
    refused('already_allocated', `The IP '${address}' is already allocated to another service`),
  incompatible: (address: string, reason: string): Outcome =>
    refused(
      'already_allocated_incompatible_service',
      `The IP '${address}' is already allocated to an incompatible service. Reason: ${reason}`,
    ),
};

function refused(reason: Outcome['reason'], message: string): Outcome {
  return { satisfied: false, reason, message };
}

export const satisfiedCondition = 'cilium.io/IPAMRequestSatisfied';

/** The condition list with `next` in it; the time of transition is that of the last change of status. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
  now: string,
): Condition[] {
  const all = conditions ?? [];
  const last = all.find(({ type }) => type === next.type);
  const lastTransitionTime = last?.status === next.status ? (last.lastTransitionTime ?? now) : now;
  const merged: Condition = { ...next, lastTransitionTime };
  return last === undefined ? [...all, merged] : all.map(one => (one.type === next.type ? merged : one));
}
