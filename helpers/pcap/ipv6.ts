import { ipv6Address, u8, u16 } from './bytes.ts';
import { fail, ok, type Result, short } from './result.ts';

/** An IPv6 header (RFC 8200). Extension headers are left in the payload. Offsets count from the start of the frame. */
export interface Ipv6 {
  readonly source: string;
  readonly destination: string;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly payloadLength: number;
  /** The packet goes on past the bytes given (snap length). */
  readonly truncated: boolean;
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

export function decodeIpv6(bytes: Uint8Array, start = 0, end = bytes.length): Result<Ipv6> {
  if (end - start < 1) return short('ipv6', start, end, 40);
  const version = u8(bytes, start) >> 4;
  if (version !== 6) return fail('ipv6', start, `version ${version}, not 6`);
  if (end - start < 40) return short('ipv6', start, end, 40);
  const payloadLength = u16(bytes, start + 4);
  return ok({
    source: ipv6Address(bytes, start + 8),
    destination: ipv6Address(bytes, start + 24),
    nextHeader: u8(bytes, start + 6),
    hopLimit: u8(bytes, start + 7),
    trafficClass: (u16(bytes, start) >> 4) & 0xff,
    flowLabel: ((u8(bytes, start + 1) & 0x0f) << 16) | u16(bytes, start + 2),
    payloadLength,
    truncated: start + 40 + payloadLength > end,
    payloadStart: start + 40,
    payloadEnd: Math.min(end, start + 40 + payloadLength),
  });
}
