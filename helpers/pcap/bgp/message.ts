import { u8, u16 } from '../bytes.ts';
import { fail, ok, type Result, short } from '../result.ts';
import { type BgpNotification, decodeNotification } from './notification.ts';
import { type BgpOpen, decodeOpen } from './open.ts';
import { type BgpUpdate, decodeUpdate } from './update.ts';

/** A ROUTE-REFRESH message (RFC 2918; subtypes RFC 7313: 1 begin, 2 end). */
export interface BgpRouteRefresh {
  readonly type: 'route-refresh';
  readonly afi: number;
  readonly safi: number;
  readonly subtype: number;
}

export type BgpMessage =
  | BgpOpen
  | BgpUpdate
  | BgpNotification
  | BgpRouteRefresh
  | { readonly type: 'keepalive' };

export const BGP_PORT = 179;
export const BGP_HEADER_LENGTH = 19;
/** RFC 4271, and RFC 8654 with the extended message capability. */
export const LONGEST_MESSAGE = 4096;
export const LONGEST_EXTENDED_MESSAGE = 65_535;

const SHORTEST: Readonly<Record<number, number>> = { 1: 29, 2: 23, 3: 21, 4: 19, 5: 23 };

/** What the session negotiated; defaults suit speakers of the last fifteen years. */
export interface BgpSession {
  readonly asWidth?: 2 | 4;
  readonly longestMessage?: number;
}

/** Length of the message that begins at `start`, from its header (RFC 4271 section 4.1), or why it is none. */
export function decodeBgpLength(
  bytes: Uint8Array,
  start: number,
  end: number,
  longest: number = LONGEST_EXTENDED_MESSAGE,
): Result<number> {
  if (end - start < BGP_HEADER_LENGTH) return short('bgp', start, end, BGP_HEADER_LENGTH);
  for (let at = start; at < start + 16; at++) {
    if (u8(bytes, at) !== 0xff) return fail('bgp', at, 'the marker is not all ones: no message begins here');
  }
  const length = u16(bytes, start + 16);
  const type = u8(bytes, start + 18);
  const shortest = SHORTEST[type];
  if (shortest === undefined) return fail('bgp', start + 18, `message type ${type} is unknown`);
  if (length < shortest || length > longest) {
    return fail(
      'bgp',
      start + 16,
      `length ${length} of message type ${type}, ${shortest} to ${longest} allowed`,
    );
  }
  return ok(length);
}

/** Decodes the one message that fills bytes [start, end). */
export function decodeBgpMessage(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  session: BgpSession = {},
): Result<BgpMessage> {
  const length = decodeBgpLength(bytes, start, end, session.longestMessage);
  if (!length.ok) return length;
  if (start + length.value > end) return short('bgp', start, end, length.value);
  const bodyStart = start + BGP_HEADER_LENGTH;
  const bodyEnd = start + length.value;
  switch (u8(bytes, start + 18)) {
    case 1:
      return decodeOpen(bytes, bodyStart, bodyEnd);
    case 2:
      return decodeUpdate(bytes, bodyStart, bodyEnd, session.asWidth ?? 4);
    case 3:
      return decodeNotification(bytes, bodyStart, bodyEnd);
    case 4:
      if (bodyEnd > bodyStart) return fail('bgp', bodyStart, 'a KEEPALIVE has no body');
      return ok({ type: 'keepalive' });
    default:
      return ok({
        type: 'route-refresh',
        afi: u16(bytes, bodyStart),
        subtype: u8(bytes, bodyStart + 2),
        safi: u8(bytes, bodyStart + 3),
      });
  }
}
