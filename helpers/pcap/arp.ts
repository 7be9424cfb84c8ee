import { ipv4Address, macAddress, u8, u16 } from './bytes.ts';
import { fail, ok, type Result, short } from './result.ts';

export const ArpOperation = { request: 1, reply: 2 } as const;

/** An ARP packet (RFC 826) for IPv4 over Ethernet, the only pair decoded. */
export interface Arp {
  readonly operation: number;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac: string;
  readonly targetIp: string;
  /** Sender and target address are the same: an announcement (RFC 5227 section 3; gratuitous ARP, RFC 5944 4.6). */
  readonly gratuitous: boolean;
}

export function decodeArp(bytes: Uint8Array, start = 0, end = bytes.length): Result<Arp> {
  if (end - start < 8) return short('arp', start, end, 8);
  const hardware = u16(bytes, start);
  const protocol = u16(bytes, start + 2);
  const hardwareLength = u8(bytes, start + 4);
  const protocolLength = u8(bytes, start + 5);
  if (hardware !== 1 || hardwareLength !== 6) {
    return fail(
      'arp',
      start,
      `hardware type ${hardware} with ${hardwareLength}-byte addresses, not Ethernet`,
    );
  }
  if (protocol !== 0x0800 || protocolLength !== 4) {
    return fail(
      'arp',
      start + 2,
      `protocol type 0x${protocol.toString(16)} with ${protocolLength}-byte addresses, not IPv4`,
    );
  }
  if (end - start < 28) return short('arp', start, end, 28);
  const senderIp = ipv4Address(bytes, start + 14);
  const targetIp = ipv4Address(bytes, start + 24);
  return ok({
    operation: u16(bytes, start + 6),
    senderMac: macAddress(bytes, start + 8),
    senderIp,
    targetMac: macAddress(bytes, start + 18),
    targetIp,
    gratuitous: senderIp === targetIp,
  });
}
