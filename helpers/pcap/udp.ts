import { u16 } from './bytes.ts';
import { fail, ok, type Result, short } from './result.ts';

/** A UDP header (RFC 768). Offsets count from the start of the frame. */
export interface Udp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Header and data in bytes, as the header says. */
  readonly length: number;
  /** 0 when the sender computed none. */
  readonly checksum: number;
  /** The datagram goes on past the bytes given (snap length, or a first fragment). */
  readonly truncated: boolean;
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

export function decodeUdp(bytes: Uint8Array, start = 0, end = bytes.length): Result<Udp> {
  if (end - start < 8) return short('udp', start, end, 8);
  const length = u16(bytes, start + 4);
  if (length < 8) return fail('udp', start + 4, `length ${length}, at least 8 needed`);
  return ok({
    sourcePort: u16(bytes, start),
    destinationPort: u16(bytes, start + 2),
    length,
    checksum: u16(bytes, start + 6),
    truncated: start + length > end,
    payloadStart: start + 8,
    payloadEnd: Math.min(end, start + length),
  });
}
