import { ipv4Address, u8, u16 } from './bytes.ts';
import { fail, ok, type Result, short } from './result.ts';

/** Protocol numbers (IANA) of IPv4 and IPv6 the decoders know. */
export const IpProtocol = { icmp: 1, ipv4: 4, tcp: 6, udp: 17, ipv6: 41, ethernet: 143 } as const;

/** One IPv4 option; `data` is what follows its type and length. */
export interface Ipv4Option {
  readonly type: number;
  readonly data: Uint8Array;
}

/** An IPv4 header (RFC 791). Offsets count from the start of the frame. */
export interface Ipv4 {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly ttl: number;
  readonly dscp: number;
  /** RFC 3168. */
  readonly ecn: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In bytes. */
  readonly fragmentOffset: number;
  /** As the header says, in bytes; 0 where segmentation was left to the interface. */
  readonly totalLength: number;
  readonly checksum: number;
  readonly options: readonly Ipv4Option[];
  /** The packet goes on past the bytes given (snap length). */
  readonly truncated: boolean;
  readonly payloadStart: number;
  /** End of the packet, before any padding of the frame. */
  readonly payloadEnd: number;
}

const NO_OPTIONS: readonly Ipv4Option[] = [];

export function decodeIpv4(bytes: Uint8Array, start = 0, end = bytes.length): Result<Ipv4> {
  if (end - start < 1) return short('ipv4', start, end, 20);
  const version = u8(bytes, start) >> 4;
  if (version !== 4) return fail('ipv4', start, `version ${version}, not 4`);
  if (end - start < 20) return short('ipv4', start, end, 20);
  const headerLength = (u8(bytes, start) & 0x0f) * 4;
  if (headerLength < 20) return fail('ipv4', start, `header length ${headerLength}, at least 20 needed`);
  const totalLength = u16(bytes, start + 2);
  if (totalLength !== 0 && totalLength < headerLength) {
    return fail('ipv4', start + 2, `total length ${totalLength} is less than header length ${headerLength}`);
  }
  if (end - start < headerLength) return short('ipv4', start, end, headerLength);
  const options =
    headerLength === 20 ? ok(NO_OPTIONS) : decodeOptions(bytes, start + 20, start + headerLength);
  if (!options.ok) return options;
  const fragment = u16(bytes, start + 6);
  return ok({
    source: ipv4Address(bytes, start + 12),
    destination: ipv4Address(bytes, start + 16),
    protocol: u8(bytes, start + 9),
    ttl: u8(bytes, start + 8),
    dscp: u8(bytes, start + 1) >> 2,
    ecn: u8(bytes, start + 1) & 3,
    identification: u16(bytes, start + 4),
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    totalLength,
    checksum: u16(bytes, start + 10),
    options: options.value,
    truncated: start + totalLength > end,
    payloadStart: start + headerLength,
    payloadEnd: totalLength === 0 ? end : Math.min(end, start + totalLength),
  });
}

function decodeOptions(bytes: Uint8Array, start: number, end: number): Result<readonly Ipv4Option[]> {
  const options: Ipv4Option[] = [];
  for (let at = start; at < end; ) {
    const type = u8(bytes, at);
    if (type === 0) break; // end of option list
    if (type === 1) {
      at++; // no operation
      continue;
    }
    const length = at + 1 < end ? u8(bytes, at + 1) : 0;
    if (length < 2 || at + length > end) {
      return fail('ipv4', at, `option ${type} of length ${length} with ${end - at} bytes of header left`);
    }
    options.push({ type, data: bytes.subarray(at + 2, at + length) });
    at += length;
  }
  return ok(options);
}
