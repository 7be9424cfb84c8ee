import { hex, u8, u16, u32 } from './bytes.ts';
import { ok, type Result, short } from './result.ts';

/** Link types of a capture file (https://www.tcpdump.org/linktypes.html) the decoders know. */
export const LinkType = {
  ethernet: 1,
  /** `tcpdump -i any` of older libpcap: LINKTYPE_LINUX_SLL. */
  linuxCooked: 113,
  /** LINKTYPE_LINUX_SLL2, which also says the interface. */
  linuxCooked2: 276,
} as const;

/** What the kernel gives in place of a link header when a capture runs on all interfaces. */
export interface Cooked {
  /** 0 to us, 1 broadcast, 2 multicast, 3 to somebody else, 4 sent by us. */
  readonly packetType: number;
  /** Index of the interface; only version 2 has it. */
  readonly interfaceIndex: number | undefined;
  /** Sender's link-layer address in hexadecimal. */
  readonly address: string;
  readonly etherType: number;
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

/** Source: LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of the tcpdump project. */
export function decodeCooked(
  bytes: Uint8Array,
  version: 1 | 2,
  start = 0,
  end = bytes.length,
): Result<Cooked> {
  const length = version === 1 ? 16 : 20;
  if (end - start < length) return short('cooked', start, end, length);
  const addressStart = start + (version === 1 ? 6 : 12);
  const addressLength = Math.min(8, version === 1 ? u16(bytes, start + 4) : u8(bytes, start + 11));
  return ok({
    packetType: version === 1 ? u16(bytes, start) : u8(bytes, start + 10),
    interfaceIndex: version === 1 ? undefined : u32(bytes, start + 4),
    address: hex(bytes, addressStart, addressStart + addressLength),
    etherType: u16(bytes, version === 1 ? start + 14 : start),
    payloadStart: start + length,
    payloadEnd: end,
  });
}
