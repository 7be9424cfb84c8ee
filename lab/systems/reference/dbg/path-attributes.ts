import type { GobgpPath } from '../bgp/gobgp.ts';

type Attribute = GobgpPath['attrs'][number];

/** Path attributes as GoBGP hands them out in JSON (RFC 4271, 1997, 8092), by their type codes. */
const code = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  localPreference: 5,
  communities: 8,
  largeCommunities: 32,
} as const;

const transitive = 0x40;
const optionalTransitive = 0xc0;

interface AsSegment {
  segment_type: number;
  asns: number[];
}

interface LargeCommunity {
  ASN: number;
  LocalData1: number;
  LocalData2: number;
}

const uint32 = (...values: readonly number[]): number[] =>
  values.flatMap(value => [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256));

/** An attribute as it is on the wire, in base64; undefined for one that is not among those Cilium's routes carry. */
export function encodeAttribute(attribute: Attribute): string | undefined {
  const encode = (flags: number, value: readonly number[]): string =>
    Buffer.from([flags, attribute.type, value.length, ...value]).toString('base64');
  switch (attribute.type) {
    case code.origin:
      return encode(transitive, [Number(attribute.value ?? 0)]);
    case code.asPath:
      return encode(
        transitive,
        segmentsOf(attribute).flatMap(({ segment_type, asns }) => [
          segment_type,
          asns.length,
          ...uint32(...asns),
        ]),
      );
    case code.nextHop:
      return encode(transitive, String(attribute.nexthop).split('.').map(Number));
    case code.localPreference:
      return encode(transitive, uint32(Number(attribute.value)));
    case code.communities:
      return encode(optionalTransitive, uint32(...communitiesOf(attribute)));
    case code.largeCommunities:
      return encode(
        optionalTransitive,
        largeCommunitiesOf(attribute).flatMap(one => uint32(one.ASN, one.LocalData1, one.LocalData2)),
      );
    default:
      return undefined;
  }
}

/** An attribute in GoBGP's own words, e.g. `{AsPath: 65001}`. */
export function describeAttribute(attribute: Attribute): string | undefined {
  switch (attribute.type) {
    case code.origin:
      return `{Origin: ${['i', 'e', '?'][Number(attribute.value ?? 0)] ?? '?'}}`;
    case code.asPath:
      return `{AsPath: ${segmentsOf(attribute)
        .flatMap(({ asns }) => asns)
        .join(' ')}}`;
    case code.nextHop:
      return `{Nexthop: ${String(attribute.nexthop)}}`;
    case code.localPreference:
      return `{LocalPref: ${String(attribute.value)}}`;
    case code.communities:
      return `{Communities: ${communitiesOf(attribute)
        .map(value => wellKnown.get(value) ?? `${Math.floor(value / 65_536)}:${value % 65_536}`)
        .join(', ')}}`;
    case code.largeCommunities:
      return `{LargeCommunity: [ ${largeCommunitiesOf(attribute)
        .map(one => `${one.ASN}:${one.LocalData1}:${one.LocalData2}`)
        .join(', ')}]}`;
    default:
      return undefined;
  }
}

const wellKnown: ReadonlyMap<number, string> = new Map([
  [0xffffff01, 'no-export'],
  [0xffffff02, 'no-advertise'],
  [0xffffff03, 'no-export-subconfed'],
  [0xffffff04, 'no-peer'],
  [0xffff029a, 'blackhole'],
]);

const segmentsOf = (attribute: Attribute): AsSegment[] => (attribute.as_paths ?? []) as AsSegment[];
const communitiesOf = (attribute: Attribute): number[] => (attribute.communities ?? []) as number[];
const largeCommunitiesOf = (attribute: Attribute): LargeCommunity[] =>
  (attribute.value ?? []) as LargeCommunity[];

/** A prefix as NLRI (length, then as many octets as it needs), in base64. */
export function encodePrefix(prefix: string): string {
  const [address = '', length = '32'] = prefix.split('/');
  const octets = address.split('.').map(Number);
  return Buffer.from([Number(length), ...octets.slice(0, Math.ceil(Number(length) / 8))]).toString('base64');
}

export const nextHopOf = (path: GobgpPath): string =>
  String(path.attrs.find(({ type }) => type === code.nextHop)?.nexthop ?? '0.0.0.0');
