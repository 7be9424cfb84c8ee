import type { LoadBalancerIpPool } from '../../../../helpers/cilium/resources.ts';
import { type Ipv4Range, parseIpv4, parsePrefix } from '../../../../helpers/ipv4.ts';

export type PoolBlock = NonNullable<LoadBalancerIpPool['spec']['blocks']>[number];

export interface BlockRange {
  readonly range: Ipv4Range;
  /** Written as `cidr`: only then first and last address are special. */
  readonly fromCidr: boolean;
}

/** A block's addresses; `start` alone is one address. Returns undefined for what is no IPv4 block. */
export function blockRange(block: PoolBlock): BlockRange | undefined {
  if (block.cidr !== undefined && block.cidr !== '') {
    const range = parsePrefix(block.cidr);
    return range === undefined ? undefined : { range, fromCidr: true };
  }
  const first = parseIpv4(block.start ?? '');
  const last = block.stop === undefined || block.stop === '' ? first : parseIpv4(block.stop);
  if (first === undefined || last === undefined || last < first) return undefined;
  return { range: { first, last }, fromCidr: false };
}
