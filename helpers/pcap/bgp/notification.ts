import { hex, u8 } from '../bytes.ts';
import { ok, type Result, short } from '../result.ts';

/** A NOTIFICATION message (RFC 4271 section 4.5): why the sender closes the session. */
export interface BgpNotification {
  readonly type: 'notification';
  readonly code: number;
  readonly subcode: number;
  readonly codeName: string;
  readonly subcodeName: string;
  /** In hexadecimal. */
  readonly data: string;
  /** What an operator gave as reason (RFC 9003, before RFC 8203). */
  readonly shutdownReason: string | undefined;
}

interface Code {
  readonly name: string;
  readonly subcodes: Readonly<Record<number, string>>;
}

/** IANA "BGP Error (Notification) Codes" and their subcodes. */
const CODES: Readonly<Record<number, Code>> = {
  1: {
    name: 'Message Header Error',
    subcodes: { 1: 'Connection Not Synchronized', 2: 'Bad Message Length', 3: 'Bad Message Type' },
  },
  2: {
    name: 'OPEN Message Error',
    subcodes: {
      1: 'Unsupported Version Number',
      2: 'Bad Peer AS',
      3: 'Bad BGP Identifier',
      4: 'Unsupported Optional Parameter',
      6: 'Unacceptable Hold Time',
      7: 'Unsupported Capability',
      11: 'Role Mismatch',
    },
  },
  3: {
    name: 'UPDATE Message Error',
    subcodes: {
      1: 'Malformed Attribute List',
      2: 'Unrecognized Well-known Attribute',
      3: 'Missing Well-known Attribute',
      4: 'Attribute Flags Error',
      5: 'Attribute Length Error',
      6: 'Invalid ORIGIN Attribute',
      8: 'Invalid NEXT_HOP Attribute',
      9: 'Optional Attribute Error',
      10: 'Invalid Network Field',
      11: 'Malformed AS_PATH',
    },
  },
  4: { name: 'Hold Timer Expired', subcodes: {} },
  // RFC 6608.
  5: {
    name: 'Finite State Machine Error',
    subcodes: { 1: 'Unexpected in OpenSent', 2: 'Unexpected in OpenConfirm', 3: 'Unexpected in Established' },
  },
  // RFC 4486; 9 from RFC 8538, 10 from RFC 9384.
  6: {
    name: 'Cease',
    subcodes: {
      1: 'Maximum Number of Prefixes Reached',
      2: 'Administrative Shutdown',
      3: 'Peer De-configured',
      4: 'Administrative Reset',
      5: 'Connection Rejected',
      6: 'Other Configuration Change',
      7: 'Connection Collision Resolution',
      8: 'Out of Resources',
      9: 'Hard Reset',
      10: 'BFD Down',
    },
  },
  7: { name: 'ROUTE-REFRESH Message Error', subcodes: { 1: 'Invalid Message Length' } },
  8: { name: 'Send Hold Timer Expired', subcodes: {} },
};

export function decodeNotification(bytes: Uint8Array, start: number, end: number): Result<BgpNotification> {
  if (end - start < 2) return short('bgp', start, end, 2);
  const code = u8(bytes, start);
  const subcode = u8(bytes, start + 1);
  const known = CODES[code];
  return ok({
    type: 'notification',
    code,
    subcode,
    codeName: known?.name ?? `code ${code}`,
    subcodeName: known?.subcodes[subcode] ?? (subcode === 0 ? 'Unspecific' : `subcode ${subcode}`),
    data: hex(bytes, start + 2, end),
    shutdownReason:
      code === 6 && (subcode === 2 || subcode === 4) ? reason(bytes, start + 2, end) : undefined,
  });
}

function reason(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = u8(bytes, start);
  if (start >= end || length === 0 || start + 1 + length > end) return undefined;
  return Buffer.from(bytes.subarray(start + 1, start + 1 + length)).toString('utf8');
}
