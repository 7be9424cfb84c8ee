import { u16 } from '../bytes.ts';
import { fail, ok, type Result, short } from '../result.ts';
import { decodeAttributes, type PathAttribute } from './attributes.ts';
import { Afi, decodePrefixes, Safi } from './prefixes.ts';

/** An UPDATE message (RFC 4271 section 4.3). Prefixes as `10.0.0.0/24`. */
export interface BgpUpdate {
  readonly type: 'update';
  readonly withdrawn: readonly string[];
  readonly attributes: readonly PathAttribute[];
  readonly nlri: readonly string[];
  /** Set when the message is the End-of-RIB marker of a family (RFC 4724 section 2). */
  readonly endOfRib: { readonly afi: number; readonly safi: number } | undefined;
}

export function decodeUpdate(
  bytes: Uint8Array,
  start: number,
  end: number,
  asWidth: 2 | 4,
): Result<BgpUpdate> {
  if (end - start < 4) return short('bgp', start, end, 4);
  const withdrawnEnd = start + 2 + u16(bytes, start);
  if (withdrawnEnd + 2 > end) {
    return fail('bgp', start, `${u16(bytes, start)} bytes of withdrawn routes, ${end - start - 4} fit`);
  }
  const attributesEnd = withdrawnEnd + 2 + u16(bytes, withdrawnEnd);
  if (attributesEnd > end) {
    return fail(
      'bgp',
      withdrawnEnd,
      `${u16(bytes, withdrawnEnd)} bytes of path attributes, ${end - withdrawnEnd - 2} fit`,
    );
  }
  const withdrawn = decodePrefixes(bytes, start + 2, withdrawnEnd);
  if (!withdrawn.ok) return withdrawn;
  const attributes = decodeAttributes(bytes, withdrawnEnd + 2, attributesEnd, asWidth);
  if (!attributes.ok) return attributes;
  const nlri = decodePrefixes(bytes, attributesEnd, end);
  if (!nlri.ok) return nlri;
  return ok({
    type: 'update',
    withdrawn: withdrawn.value,
    attributes: attributes.value,
    nlri: nlri.value,
    endOfRib: endOfRib(withdrawn.value, attributes.value, nlri.value),
  });
}

function endOfRib(
  withdrawn: readonly string[],
  attributes: readonly PathAttribute[],
  nlri: readonly string[],
): BgpUpdate['endOfRib'] {
  if (withdrawn.length > 0 || nlri.length > 0) return undefined;
  const [only, second] = attributes;
  if (only === undefined) return { afi: Afi.ipv4, safi: Safi.unicast };
  if (second !== undefined || only.type !== 'mp-unreach' || only.prefixes.length > 0) return undefined;
  return { afi: only.afi, safi: only.safi };
}

export function attribute<T extends PathAttribute['type']>(
  update: BgpUpdate,
  type: T,
): Extract<PathAttribute, { type: T }> | undefined {
  return update.attributes.find((a): a is Extract<PathAttribute, { type: T }> => a.type === type);
}

/** Prefixes the message makes reachable, of all families. */
export function announcedPrefixes(update: BgpUpdate): readonly string[] {
  return [...update.nlri, ...(attribute(update, 'mp-reach')?.prefixes ?? [])];
}

/** Prefixes the message withdraws, of all families. */
export function withdrawnPrefixes(update: BgpUpdate): readonly string[] {
  return [...update.withdrawn, ...(attribute(update, 'mp-unreach')?.prefixes ?? [])];
}

/** The AS numbers of the path in order, flattened: `[65001]` for what a node originates. */
export function asPathOf(update: BgpUpdate): readonly number[] {
  return attribute(update, 'as-path')?.segments.flatMap(segment => segment.as) ?? [];
}
