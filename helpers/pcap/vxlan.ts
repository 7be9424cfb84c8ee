import { u8, u24 } from './bytes.ts';
import { ok, type Result, short } from './result.ts';

/** IANA's port (RFC 7348) and the one Linux and Cilium default to. */
export const VXLAN_PORTS: readonly number[] = [4789, 8472];

/** A VXLAN header (RFC 7348 section 5). The payload is an Ethernet frame. Offsets count from the start of the frame. */
export interface Vxlan {
  readonly vni: number;
  /** The I flag: without it the VNI says nothing. */
  readonly vniValid: boolean;
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

export function decodeVxlan(bytes: Uint8Array, start = 0, end = bytes.length): Result<Vxlan> {
  if (end - start < 8) return short('vxlan', start, end, 8);
  return ok({
    vni: u24(bytes, start + 4),
    vniValid: (u8(bytes, start) & 0x08) !== 0,
    payloadStart: start + 8,
    payloadEnd: end,
  });
}
