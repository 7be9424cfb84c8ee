import { macAddress, u16 } from './bytes.ts';
import { ok, type Result, short } from './result.ts';

/** EtherTypes (IANA "IEEE 802 Numbers") the decoders know. */
export const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  /** An Ethernet frame as payload: what Geneve carries (RFC 8926 section 3.4, from RFC 1701). */
  transparentEthernet: 0x6558,
  vlan: 0x8100,
  ipv6: 0x86dd,
  serviceVlan: 0x88a8,
  /** Stacked tags before 802.1ad; still met. */
  stackedVlan: 0x9100,
} as const;

/** One 802.1Q or 802.1ad tag, outermost first. */
export interface VlanTag {
  readonly tpid: number;
  readonly priority: number;
  readonly dropEligible: boolean;
  readonly id: number;
}

/** An Ethernet II header (IEEE 802.3) with its tags (IEEE 802.1Q). Offsets count from the start of the frame. */
export interface Ethernet {
  readonly destination: string;
  readonly source: string;
  readonly vlans: readonly VlanTag[];
  /** EtherType after the tags; below 0x0600 it is an 802.3 length, and the payload is LLC, not decoded here. */
  readonly etherType: number;
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

const NO_TAGS: readonly VlanTag[] = [];

export function decodeEthernet(bytes: Uint8Array, start = 0, end = bytes.length): Result<Ethernet> {
  if (end - start < 14) return short('ethernet', start, end, 14);
  let vlans: VlanTag[] | undefined;
  let etherType = u16(bytes, start + 12);
  let payloadStart = start + 14;
  while (isVlan(etherType)) {
    if (end - payloadStart < 4) return short('ethernet', payloadStart, end, 4);
    const control = u16(bytes, payloadStart);
    vlans ??= [];
    vlans.push({
      tpid: etherType,
      priority: control >> 13,
      dropEligible: (control & 0x1000) !== 0,
      id: control & 0x0fff,
    });
    etherType = u16(bytes, payloadStart + 2);
    payloadStart += 4;
  }
  return ok({
    destination: macAddress(bytes, start),
    source: macAddress(bytes, start + 6),
    vlans: vlans ?? NO_TAGS,
    etherType,
    payloadStart,
    payloadEnd: end,
  });
}

export function isVlan(etherType: number): boolean {
  return (
    etherType === EtherType.vlan || etherType === EtherType.serviceVlan || etherType === EtherType.stackedVlan
  );
}
