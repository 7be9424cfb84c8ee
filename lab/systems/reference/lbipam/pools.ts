import type { LoadBalancerIpPool } from '../../../../helpers/cilium/resources.ts';
import { formatIpv4, overlap } from '../../../../helpers/ipv4.ts';
import { matchesLabelSelector } from '../../../kubernetes/api/selectors.ts';
import type { Faults } from '../faults.ts';
import { AddressRange } from './address-range.ts';
import { blockRange, type PoolBlock } from './blocks.ts';
import type { ServiceRequest } from './service-request.ts';

/** A pool with its ranges. */
export interface Pool {
  readonly object: LoadBalancerIpPool;
  readonly ranges: readonly AddressRange[];
  /** Overlaps an older pool, or itself: said in its condition, and nothing is given from it. */
  readonly conflict: string | undefined;
}

export interface PoolChange {
  readonly pool: Pool;
  /** Ranges that are gone, with what was given from them. */
  readonly lost: readonly AddressRange[];
}

/** A pool as its object says, keeping the ranges `before` had that are still in it. */
export function poolOf(object: LoadBalancerIpPool, before: Pool | undefined, faults: Faults): PoolChange {
  const name = object.metadata.name;
  const { blocks = [], cidrs = [] } = object.spec as LoadBalancerIpPool['spec'] & { cidrs?: PoolBlock[] };
  const ranges = [...blocks, ...(faults.has('lbipam-takes-cidrs') ? cidrs : [])].flatMap(block => {
    const parsed = blockRange(block);
    if (parsed === undefined) return [];
    const { fromCidr } = parsed;
    const early = !fromCidr && faults.has('lbipam-block-off-by-one') ? 1 : 0;
    const wanted = { first: parsed.range.first - early, last: parsed.range.last };
    const kept = before?.ranges.find(
      ({ range }) => range.first === wanted.first && range.last === wanted.last,
    );
    return [kept ?? new AddressRange(name, wanted, fromCidr)];
  });
  const keepBack = object.spec.allowFirstLastIPs === 'No' && !faults.has('lbipam-first-last-handed-out');
  for (const range of ranges) range.keepFirstAndLast(keepBack);
  return {
    pool: { object, ranges, conflict: before?.conflict },
    lost: (before?.ranges ?? []).filter(range => !ranges.includes(range)),
  };
}

export function isEnabled(pool: Pool, faults: Faults): boolean {
  const disabled = pool.object.spec.disabled === true && !faults.has('lbipam-disabled-ignored');
  return !disabled && pool.conflict === undefined;
}

export function selects({ object }: Pool, request: ServiceRequest, faults: Faults): boolean {
  if (faults.has('lbipam-selector-ignored')) return true;
  const { serviceSelector } = object.spec;
  return serviceSelector === undefined || matchesLabelSelector(serviceSelector, request.labels);
}

/** Conflicts by pool: of two pools that overlap, the younger one is at fault. */
export function conflictsOf(pools: readonly Pool[]): Map<string, string> {
  const conflicts = new Map<string, string>();
  const byAge = [...pools].sort((one, other) => ageKey(one).localeCompare(ageKey(other)));
  for (const [index, pool] of byAge.entries()) {
    const older = byAge.slice(0, index).filter(({ object }) => !conflicts.has(object.metadata.name));
    const found =
      inside(pool) ??
      older.flatMap(other => {
        const between = overlapBetween(pool.ranges, other.ranges);
        return between === undefined ? [] : [message(between, other)];
      })[0];
    if (found !== undefined) conflicts.set(pool.object.metadata.name, found);
  }
  return conflicts;
}

function ageKey({ object }: Pool): string {
  return `${object.metadata.creationTimestamp ?? ''} ${object.metadata.name}`;
}

type Overlap = readonly [AddressRange, AddressRange];

function inside(pool: Pool): string | undefined {
  for (const [index, range] of pool.ranges.entries()) {
    const between = overlapBetween([range], pool.ranges.slice(index + 1));
    if (between !== undefined) return message(between, pool);
  }
  return undefined;
}

function overlapBetween(some: readonly AddressRange[], others: readonly AddressRange[]): Overlap | undefined {
  for (const one of some) {
    const other = others.find(candidate => overlap(one.range, candidate.range));
    if (other !== undefined) return [one, other];
  }
  return undefined;
}

function message([one, other]: Overlap, pool: Pool): string {
  const text = ({ range }: AddressRange) => `${formatIpv4(range.first)} - ${formatIpv4(range.last)}`;
  return `Pool conflicts since range '${text(one)}' overlaps range '${text(other)}' from IP Pool '${pool.object.metadata.name}'`;
}

/** Addresses of a pool, as its conditions tell them: those kept back count as used. */
export function countsOf({ ranges }: Pool): { total: number; used: number } {
  return {
    total: ranges.reduce((sum, { size }) => sum + size, 0),
    used: ranges.reduce((sum, { used }) => sum + used, 0),
  };
}
