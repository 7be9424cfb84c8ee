import { u8, u16, u32 } from './bytes.ts';
import { decodeIpv4, IpProtocol, type Ipv4 } from './ipv4.ts';
import { ok, type Result, short } from './result.ts';

export const IcmpType = {
  echoReply: 0,
  destinationUnreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const;

/** The start of the packet an ICMP error is about: its IPv4 header and, where they are there, its ports. */
export interface OriginalPacket {
  readonly ipv4: Ipv4;
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  /** TCP only. */
  readonly sequence: number | undefined;
}

/** An ICMP message (RFC 792). Offsets count from the start of the frame. */
export interface Icmp {
  readonly type: number;
  readonly code: number;
  readonly checksum: number;
  /** Echo messages only. */
  readonly identifier: number | undefined;
  readonly sequence: number | undefined;
  /** Fragmentation needed (type 3, code 4) only: the next hop's MTU (RFC 1191). */
  readonly nextHopMtu: number | undefined;
  /** Error messages only; its own error does not make the message undecodable. */
  readonly original: Result<OriginalPacket> | undefined;
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

const ERRORS: readonly number[] = [
  IcmpType.destinationUnreachable,
  IcmpType.sourceQuench,
  IcmpType.redirect,
  IcmpType.timeExceeded,
  IcmpType.parameterProblem,
];

export function decodeIcmp(bytes: Uint8Array, start = 0, end = bytes.length): Result<Icmp> {
  if (end - start < 8) return short('icmp', start, end, 8);
  const type = u8(bytes, start);
  const code = u8(bytes, start + 1);
  const echo = type === IcmpType.echoRequest || type === IcmpType.echoReply;
  const fragmentationNeeded = type === IcmpType.destinationUnreachable && code === 4;
  return ok({
    type,
    code,
    checksum: u16(bytes, start + 2),
    identifier: echo ? u16(bytes, start + 4) : undefined,
    sequence: echo ? u16(bytes, start + 6) : undefined,
    nextHopMtu: fragmentationNeeded ? u16(bytes, start + 6) : undefined,
    original: ERRORS.includes(type) ? decodeOriginal(bytes, start + 8, end) : undefined,
    payloadStart: start + 8,
    payloadEnd: end,
  });
}

/** RFC 792 promises the header and 64 bits of data; RFC 1812 4.3.2.3 allows more. */
function decodeOriginal(bytes: Uint8Array, start: number, end: number): Result<OriginalPacket> {
  const ipv4 = decodeIpv4(bytes, start, end);
  if (!ipv4.ok) return ipv4;
  const { protocol, fragmentOffset, payloadStart, payloadEnd } = ipv4.value;
  const left = fragmentOffset === 0 ? payloadEnd - payloadStart : 0;
  const ports = (protocol === IpProtocol.tcp || protocol === IpProtocol.udp) && left >= 4;
  return ok({
    ipv4: ipv4.value,
    sourcePort: ports ? u16(bytes, payloadStart) : undefined,
    destinationPort: ports ? u16(bytes, payloadStart + 2) : undefined,
    sequence: protocol === IpProtocol.tcp && left >= 8 ? u32(bytes, payloadStart + 4) : undefined,
  });
}
