import { hex, ipv4Address, ipv6Address, u8, u16, u32 } from '../bytes.ts';
import { fail, ok, type Result, short } from '../result.ts';
import { Afi, decodePrefixes, Safi } from './prefixes.ts';

export interface AsPathSegment {
  /** RFC 4271; the confederation kinds RFC 5065. */
  readonly kind: 'set' | 'sequence' | 'confed-sequence' | 'confed-set';
  readonly as: readonly number[];
}

/** Path attributes of an UPDATE. Those not known here are kept as they are. */
export type PathAttribute = { readonly flags: number } & (
  | { readonly type: 'origin'; readonly value: 'IGP' | 'EGP' | 'INCOMPLETE' }
  | { readonly type: 'as-path'; readonly segments: readonly AsPathSegment[] }
  | { readonly type: 'next-hop'; readonly address: string }
  | { readonly type: 'multi-exit-disc'; readonly value: number }
  | { readonly type: 'local-preference'; readonly value: number }
  | { readonly type: 'atomic-aggregate' }
  | { readonly type: 'aggregator'; readonly as: number; readonly address: string }
  /** RFC 1997, as `65000:100` or a well-known name. */
  | { readonly type: 'communities'; readonly values: readonly string[] }
  /** RFC 4360, eight bytes each in hexadecimal. */
  | { readonly type: 'extended-communities'; readonly values: readonly string[] }
  /** RFC 8092, as `65000:1:2`. */
  | { readonly type: 'large-communities'; readonly values: readonly string[] }
  /** RFC 4760 and, for IPv6 next hops, RFC 2545. */
  | {
      readonly type: 'mp-reach';
      readonly afi: number;
      readonly safi: number;
      readonly nextHops: readonly string[];
      readonly prefixes: readonly string[];
    }
  | {
      readonly type: 'mp-unreach';
      readonly afi: number;
      readonly safi: number;
      readonly prefixes: readonly string[];
    }
  /** RFC 6793. */
  | { readonly type: 'as4-path'; readonly segments: readonly AsPathSegment[] }
  /** Also MP_REACH and MP_UNREACH of other families than IPv4 and IPv6 unicast. */
  | { readonly type: 'unknown'; readonly code: number; readonly data: string }
);

type Plain<T> = T extends unknown ? Omit<T, 'flags'> : never;

/** Path attributes in bytes [start, end) (RFC 4271 section 4.3). `asWidth` is that of AS_PATH and AGGREGATOR. */
export function decodeAttributes(
  bytes: Uint8Array,
  start: number,
  end: number,
  asWidth: 2 | 4,
): Result<readonly PathAttribute[]> {
  const attributes: PathAttribute[] = [];
  for (let at = start; at < end; ) {
    const flags = u8(bytes, at);
    const headerLength = (flags & 0x10) !== 0 ? 4 : 3;
    if (end - at < headerLength) return short('bgp', at, end, headerLength);
    const length = headerLength === 4 ? u16(bytes, at + 2) : u8(bytes, at + 2);
    const valueStart = at + headerLength;
    const valueEnd = valueStart + length;
    const code = u8(bytes, at + 1);
    if (valueEnd > end) {
      return fail('bgp', at, `attribute ${code} of ${length} bytes with ${end - valueStart} bytes left`);
    }
    const attribute = decodeAttribute(bytes, code, valueStart, valueEnd, asWidth);
    if (!attribute.ok) return attribute;
    attributes.push({ ...attribute.value, flags });
    at = valueEnd;
  }
  return ok(attributes);
}

function decodeAttribute(
  bytes: Uint8Array,
  code: number,
  start: number,
  end: number,
  asWidth: 2 | 4,
): Result<Plain<PathAttribute>> {
  const length = end - start;
  const wrong = (): Result<never> => fail('bgp', start, `attribute ${code} cannot have ${length} bytes`);
  switch (code) {
    case 1: {
      const value = (['IGP', 'EGP', 'INCOMPLETE'] as const)[u8(bytes, start)];
      if (length !== 1) return wrong();
      if (value === undefined) return fail('bgp', start, `origin ${u8(bytes, start)} is none of 0, 1, 2`);
      return ok({ type: 'origin', value });
    }
    case 2: {
      const segments = asPath(bytes, start, end, asWidth);
      return segments.ok ? ok({ type: 'as-path', segments: segments.value }) : segments;
    }
    case 3:
      return length === 4 ? ok({ type: 'next-hop', address: ipv4Address(bytes, start) }) : wrong();
    case 4:
      return length === 4 ? ok({ type: 'multi-exit-disc', value: u32(bytes, start) }) : wrong();
    case 5:
      return length === 4 ? ok({ type: 'local-preference', value: u32(bytes, start) }) : wrong();
    case 6:
      return length === 0 ? ok({ type: 'atomic-aggregate' }) : wrong();
    case 7: {
      if (length !== asWidth + 4) return wrong();
      const as = asWidth === 4 ? u32(bytes, start) : u16(bytes, start);
      return ok({ type: 'aggregator', as, address: ipv4Address(bytes, start + asWidth) });
    }
    case 8:
      if (length === 0 || length % 4 !== 0) return wrong();
      return ok({ type: 'communities', values: every(start, end, 4, at => community(u32(bytes, at))) });
    case 14:
      return mpReach(bytes, start, end);
    case 15:
      return mpUnreach(bytes, start, end);
    case 16:
      if (length === 0 || length % 8 !== 0) return wrong();
      return ok({ type: 'extended-communities', values: every(start, end, 8, at => hex(bytes, at, at + 8)) });
    case 17: {
      const segments = asPath(bytes, start, end, 4);
      return segments.ok ? ok({ type: 'as4-path', segments: segments.value }) : segments;
    }
    case 32:
      if (length === 0 || length % 12 !== 0) return wrong();
      return ok({
        type: 'large-communities',
        values: every(start, end, 12, at => `${u32(bytes, at)}:${u32(bytes, at + 4)}:${u32(bytes, at + 8)}`),
      });
    default:
      return ok({ type: 'unknown', code, data: hex(bytes, start, end) });
  }
}

function every<T>(start: number, end: number, width: number, read: (at: number) => T): readonly T[] {
  return Array.from({ length: (end - start) / width }, (_, i) => read(start + i * width));
}

/** IANA "BGP Well-known Communities". */
const WELL_KNOWN: ReadonlyMap<number, string> = new Map([
  [0xffff0000, 'graceful-shutdown'],
  [0xffff0006, 'llgr-stale'],
  [0xffff0007, 'no-llgr'],
  [0xffff029a, 'blackhole'],
  [0xffffff01, 'no-export'],
  [0xffffff02, 'no-advertise'],
  [0xffffff03, 'no-export-subconfed'],
  [0xffffff04, 'no-peer'],
]);

function community(value: number): string {
  return WELL_KNOWN.get(value) ?? `${Math.floor(value / 0x10000)}:${value % 0x10000}`;
}

const SEGMENT_KINDS = [undefined, 'set', 'sequence', 'confed-sequence', 'confed-set'] as const;

function asPath(
  bytes: Uint8Array,
  start: number,
  end: number,
  asWidth: 2 | 4,
): Result<readonly AsPathSegment[]> {
  const segments: AsPathSegment[] = [];
  for (let at = start; at < end; ) {
    if (end - at < 2) return short('bgp', at, end, 2);
    const kind = SEGMENT_KINDS[u8(bytes, at)];
    if (kind === undefined) return fail('bgp', at, `AS path segment type ${u8(bytes, at)} is unknown`);
    const first = at + 2;
    const next = first + u8(bytes, at + 1) * asWidth;
    if (next > end)
      return fail('bgp', at, `AS path segment of ${next - first} bytes with ${end - first} left`);
    const read = asWidth === 4 ? u32 : u16;
    segments.push({ kind, as: every(first, next, asWidth, position => read(bytes, position)) });
    at = next;
  }
  return ok(segments);
}

function mpReach(bytes: Uint8Array, start: number, end: number): Result<Plain<PathAttribute>> {
  if (end - start < 5) return short('bgp', start, end, 5);
  const afi = u16(bytes, start);
  const safi = u8(bytes, start + 2);
  if ((afi !== Afi.ipv4 && afi !== Afi.ipv6) || safi !== Safi.unicast) {
    return ok({ type: 'unknown', code: 14, data: hex(bytes, start, end) });
  }
  const nextHopStart = start + 4;
  const nextHopLength = u8(bytes, start + 3);
  const nextHopEnd = nextHopStart + nextHopLength;
  if (nextHopEnd + 1 > end)
    return fail('bgp', start + 3, `next hop of ${nextHopLength} bytes goes past the attribute`);
  // 4: IPv4. 16: IPv6 (for IPv4 prefixes RFC 8950). 32: IPv6 global and link-local.
  const width = nextHopLength === 4 ? 4 : 16;
  if (nextHopLength === 0 || nextHopLength % width !== 0 || nextHopLength > 32) {
    return fail('bgp', start + 3, `next hop of ${nextHopLength} bytes`);
  }
  const address = width === 4 ? ipv4Address : ipv6Address;
  const prefixes = decodePrefixes(bytes, nextHopEnd + 1, end, afi);
  if (!prefixes.ok) return prefixes;
  const nextHops = every(nextHopStart, nextHopEnd, width, at => address(bytes, at));
  return ok({ type: 'mp-reach', afi, safi, nextHops, prefixes: prefixes.value });
}

function mpUnreach(bytes: Uint8Array, start: number, end: number): Result<Plain<PathAttribute>> {
  if (end - start < 3) return short('bgp', start, end, 3);
  const afi = u16(bytes, start);
  const safi = u8(bytes, start + 2);
  if ((afi !== Afi.ipv4 && afi !== Afi.ipv6) || safi !== Safi.unicast) {
    // Its End-of-RIB must stay visible: no prefixes is the same in every family.
    if (end - start === 3) return ok({ type: 'mp-unreach', afi, safi, prefixes: [] });
    return ok({ type: 'unknown', code: 15, data: hex(bytes, start, end) });
  }
  const prefixes = decodePrefixes(bytes, start + 3, end, afi);
  return prefixes.ok ? ok({ type: 'mp-unreach', afi, safi, prefixes: prefixes.value }) : prefixes;
}
