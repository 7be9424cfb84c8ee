import { DSR_OPTION_CLASS, DSR_OPTION_TYPE } from './cilium/dsr.ts';
import { LinkType } from './cooked.ts';
import { EtherType, isVlan } from './ethernet.ts';
import { GENEVE_PORT } from './geneve.ts';
import { IpProtocol } from './ipv4.ts';
import type { FramePredicate } from './reader.ts';

// Predicates for scanCapture. They look at few bytes, allocate nothing, and only ever let too much through, never
// too little: what matters of a match is decided by decodeFrame. A length that lies is left to it as well.

/** Offset of the IPv4 header of a frame, past any VLAN tags; -1 where there is none. */
function ipv4Start(bytes: Uint8Array, start: number, end: number, linkType: number): number {
  let typeAt = start + 12;
  let payload = start + 14;
  if (linkType === LinkType.linuxCooked) {
    typeAt = start + 14;
    payload = start + 16;
  } else if (linkType === LinkType.linuxCooked2) {
    typeAt = start;
    payload = start + 20;
  }
  for (;;) {
    if (payload + 20 > end) return -1;
    const type = ((bytes[typeAt] ?? 0) << 8) | (bytes[typeAt + 1] ?? 0);
    if (type === EtherType.ipv4) return payload;
    if (!isVlan(type)) return -1;
    typeAt = payload + 2;
    payload += 4;
  }
}

/** Offset of the UDP payload of an unfragmented or first packet to `port`; -1 where it is none. */
function udpPayload(bytes: Uint8Array, start: number, end: number, linkType: number, port: number): number {
  const ip = ipv4Start(bytes, start, end, linkType);
  if (ip < 0 || bytes[ip + 9] !== IpProtocol.udp) return -1;
  if ((((bytes[ip + 6] ?? 0) & 0x1f) | (bytes[ip + 7] ?? 0)) !== 0) return -1;
  const udp = ip + ((bytes[ip] ?? 0) & 0x0f) * 4;
  if (udp + 8 > end || (((bytes[udp + 2] ?? 0) << 8) | (bytes[udp + 3] ?? 0)) !== port) return -1;
  return udp + 8;
}

/** Geneve to port 6081 over IPv4. */
export const isGeneve: FramePredicate = (bytes, start, end, linkType) =>
  udpPayload(bytes, start, end, linkType, GENEVE_PORT) >= 0;

/** Geneve whose options hold Cilium's DSR option. */
export const hasDsrOption: FramePredicate = (bytes, start, end, linkType) => {
  const geneve = udpPayload(bytes, start, end, linkType, GENEVE_PORT);
  if (geneve < 0) return false;
  const optionsEnd = Math.min(end, geneve + 8 + ((bytes[geneve] ?? 0) & 0x3f) * 4);
  for (let at = geneve + 8; at + 4 <= optionsEnd; at += 4 + ((bytes[at + 3] ?? 0) & 0x1f) * 4) {
    const optionClass = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    if (optionClass === DSR_OPTION_CLASS && bytes[at + 2] === DSR_OPTION_TYPE) return true;
  }
  return false;
};
