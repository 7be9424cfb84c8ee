import { u8, u16, u32 } from './bytes.ts';
import { type DecodeError, fail, ok, type Result, short } from './result.ts';

/** Flag bits of a TCP header, low byte first (RFC 9293 section 3.1; AE from RFC 9768). */
export const TcpFlag = {
  fin: 0x001,
  syn: 0x002,
  rst: 0x004,
  psh: 0x008,
  ack: 0x010,
  urg: 0x020,
  ece: 0x040,
  cwr: 0x080,
  ae: 0x100,
} as const;

/** TCP options: RFC 9293 (end, MSS), RFC 7323 (window scale, timestamps), RFC 2018 (SACK); others kept as bytes. */
export type TcpOption =
  | { readonly kind: 'mss'; readonly value: number }
  | { readonly kind: 'window-scale'; readonly shift: number }
  | { readonly kind: 'sack-permitted' }
  | { readonly kind: 'sack'; readonly blocks: readonly { readonly left: number; readonly right: number }[] }
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
  | { readonly kind: 'other'; readonly type: number; readonly data: Uint8Array };

/** A TCP header (RFC 9293). Offsets count from the start of the frame. */
export interface Tcp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** As on the wire, not relative. */
  readonly sequence: number;
  readonly acknowledgment: number;
  /** The low 12 bits of the flags field, reserved ones included; see `TcpFlag`. */
  readonly flags: number;
  /** As on the wire, not scaled. */
  readonly window: number;
  readonly checksum: number;
  readonly urgentPointer: number;
  readonly options: readonly TcpOption[];
  /** Why the options end before the header does. The segment counts all the same, as it does for Linux. */
  readonly optionsError: DecodeError | undefined;
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

interface Options {
  readonly options: readonly TcpOption[];
  readonly error: DecodeError | undefined;
}

const NO_OPTIONS: Options = { options: [], error: undefined };

export function decodeTcp(bytes: Uint8Array, start = 0, end = bytes.length): Result<Tcp> {
  if (end - start < 20) return short('tcp', start, end, 20);
  const headerLength = (u8(bytes, start + 12) >> 4) * 4;
  if (headerLength < 20) return fail('tcp', start + 12, `header length ${headerLength}, at least 20 needed`);
  if (end - start < headerLength) return short('tcp', start, end, headerLength);
  const { options, error } =
    headerLength === 20 ? NO_OPTIONS : decodeOptions(bytes, start + 20, start + headerLength);
  return ok({
    sourcePort: u16(bytes, start),
    destinationPort: u16(bytes, start + 2),
    sequence: u32(bytes, start + 4),
    acknowledgment: u32(bytes, start + 8),
    flags: u16(bytes, start + 12) & 0x0fff,
    window: u16(bytes, start + 14),
    checksum: u16(bytes, start + 16),
    urgentPointer: u16(bytes, start + 18),
    options,
    optionsError: error,
    payloadStart: start + headerLength,
    payloadEnd: end,
  });
}

function decodeOptions(bytes: Uint8Array, start: number, end: number): Options {
  const options: TcpOption[] = [];
  for (let at = start; at < end; ) {
    const type = u8(bytes, at);
    if (type === 0) break; // end of option list
    if (type === 1) {
      at++; // no operation
      continue;
    }
    const length = at + 1 < end ? u8(bytes, at + 1) : 0;
    if (length < 2 || at + length > end) {
      const reason = `option ${type} of length ${length} with ${end - at} bytes of header left`;
      return { options, error: { layer: 'tcp', offset: at, reason } };
    }
    options.push(decodeOption(bytes, type, at + 2, at + length));
    at += length;
  }
  return { options, error: undefined };
}

/** A known kind with a length it cannot have is kept as `other`: the connection works without the option. */
function decodeOption(bytes: Uint8Array, type: number, start: number, end: number): TcpOption {
  const length = end - start;
  if (type === 2 && length === 2) return { kind: 'mss', value: u16(bytes, start) };
  if (type === 3 && length === 1) return { kind: 'window-scale', shift: u8(bytes, start) };
  if (type === 4 && length === 0) return { kind: 'sack-permitted' };
  if (type === 5 && length > 0 && length % 8 === 0) {
    const blocks = Array.from({ length: length / 8 }, (_, i) => ({
      left: u32(bytes, start + 8 * i),
      right: u32(bytes, start + 8 * i + 4),
    }));
    return { kind: 'sack', blocks };
  }
  if (type === 8 && length === 8) {
    return { kind: 'timestamps', value: u32(bytes, start), echo: u32(bytes, start + 4) };
  }
  return { kind: 'other', type, data: bytes.subarray(start, end) };
}

const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'] as const;

/** The names of the flags that are set, as in `SYN,ACK`. */
export function tcpFlagNames(flags: number): string {
  return FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0).join(',');
}
