import { type Arp, decodeArp } from './arp.ts';
import { type DsrService, dsrService } from './cilium/dsr.ts';
import { type Cooked, decodeCooked, LinkType } from './cooked.ts';
import { decodeEthernet, type Ethernet, EtherType } from './ethernet.ts';
import { decodeGeneve, GENEVE_PORT, type Geneve } from './geneve.ts';
import { decodeIcmp, type Icmp } from './icmp.ts';
import { decodeIpv4, IpProtocol, type Ipv4 } from './ipv4.ts';
import { decodeIpv6, type Ipv6 } from './ipv6.ts';
import type { DecodeError, Result } from './result.ts';
import { decodeTcp, type Tcp } from './tcp.ts';
import { decodeUdp, type Udp } from './udp.ts';
import { decodeVxlan, VXLAN_PORTS, type Vxlan } from './vxlan.ts';

/**
 * A frame layer by layer, as far as it could be decoded. `inner` is what a tunnel carries (an Ethernet frame, or
 * for IP in IP a packet); all offsets, the inner ones too, count from the start of the outermost frame's bytes.
 * `error` says in which layer decoding stopped; the layers above it are whole.
 */
export interface DecodedFrame {
  readonly ethernet?: Ethernet;
  readonly cooked?: Cooked;
  readonly arp?: Arp;
  readonly ipv4?: Ipv4;
  readonly ipv6?: Ipv6;
  readonly tcp?: Tcp;
  readonly udp?: Udp;
  readonly icmp?: Icmp;
  readonly geneve?: Geneve;
  /** The service in Cilium's DSR option, where the Geneve header carries one. */
  readonly dsr?: DsrService;
  readonly vxlan?: Vxlan;
  readonly inner?: DecodedFrame;
  readonly error?: DecodeError;
}

type Draft = { -readonly [K in keyof DecodedFrame]: DecodedFrame[K] };

/** No real frame nests deeper; a made-up one must not exhaust the stack. */
const DEEPEST = 8;

/** Decodes one captured frame. Never throws. */
export function decodeFrame(bytes: Uint8Array, linkType: number = LinkType.ethernet): DecodedFrame {
  if (linkType === LinkType.ethernet) return ethernetFrame(bytes, 0, bytes.length, 0);
  const version = linkType === LinkType.linuxCooked ? 1 : linkType === LinkType.linuxCooked2 ? 2 : undefined;
  if (version === undefined) {
    return { error: { layer: 'ethernet', offset: 0, reason: `link type ${linkType} is not decoded` } };
  }
  const frame: Draft = {};
  const cooked = take(frame, decodeCooked(bytes, version));
  if (cooked === undefined) return frame;
  frame.cooked = cooked;
  byEtherType(frame, bytes, cooked.etherType, cooked.payloadStart, cooked.payloadEnd, 0);
  return frame;
}

/** The innermost frame: what the sender inside of all tunnels sent. */
export function innermost(frame: DecodedFrame): DecodedFrame {
  let deepest = frame;
  while (deepest.inner !== undefined) deepest = deepest.inner;
  return deepest;
}

/** The first error, outermost layer first. */
export function frameError(frame: DecodedFrame): DecodeError | undefined {
  for (let at: DecodedFrame | undefined = frame; at !== undefined; at = at.inner) {
    if (at.error !== undefined) return at.error;
  }
  return undefined;
}

function take<T>(frame: Draft, result: Result<T>): T | undefined {
  if (result.ok) return result.value;
  frame.error = result.error;
  return undefined;
}

function tooDeep(frame: Draft, offset: number, depth: number): boolean {
  if (depth < DEEPEST) return false;
  frame.error = { layer: 'nesting', offset, reason: `more than ${DEEPEST} frames nested in each other` };
  return true;
}

function ethernetFrame(bytes: Uint8Array, start: number, end: number, depth: number): DecodedFrame {
  const frame: Draft = {};
  if (tooDeep(frame, start, depth)) return frame;
  const ethernet = take(frame, decodeEthernet(bytes, start, end));
  if (ethernet === undefined) return frame;
  frame.ethernet = ethernet;
  byEtherType(frame, bytes, ethernet.etherType, ethernet.payloadStart, ethernet.payloadEnd, depth);
  return frame;
}

function byEtherType(
  frame: Draft,
  bytes: Uint8Array,
  etherType: number,
  start: number,
  end: number,
  depth: number,
): void {
  if (etherType === EtherType.ipv4) ipv4Packet(frame, bytes, start, end, depth);
  else if (etherType === EtherType.ipv6) ipv6Packet(frame, bytes, start, end, depth);
  else if (etherType === EtherType.transparentEthernet) {
    frame.inner = ethernetFrame(bytes, start, end, depth + 1);
  } else if (etherType === EtherType.arp) {
    const arp = take(frame, decodeArp(bytes, start, end));
    if (arp !== undefined) frame.arp = arp;
  }
}

function ipv4Packet(frame: Draft, bytes: Uint8Array, start: number, end: number, depth: number): void {
  const ipv4 = take(frame, decodeIpv4(bytes, start, end));
  if (ipv4 === undefined) return;
  frame.ipv4 = ipv4;
  // Only the first fragment has the next header.
  if (ipv4.fragmentOffset > 0) return;
  byProtocol(frame, bytes, ipv4.protocol, ipv4.payloadStart, ipv4.payloadEnd, depth);
}

function ipv6Packet(frame: Draft, bytes: Uint8Array, start: number, end: number, depth: number): void {
  const ipv6 = take(frame, decodeIpv6(bytes, start, end));
  if (ipv6 === undefined) return;
  frame.ipv6 = ipv6;
  byProtocol(frame, bytes, ipv6.nextHeader, ipv6.payloadStart, ipv6.payloadEnd, depth);
}

function byProtocol(
  frame: Draft,
  bytes: Uint8Array,
  protocol: number,
  start: number,
  end: number,
  depth: number,
): void {
  if (protocol === IpProtocol.tcp) {
    const tcp = take(frame, decodeTcp(bytes, start, end));
    if (tcp !== undefined) frame.tcp = tcp;
  } else if (protocol === IpProtocol.udp) {
    const udp = take(frame, decodeUdp(bytes, start, end));
    if (udp === undefined) return;
    frame.udp = udp;
    tunnel(frame, bytes, udp, depth);
  } else if (protocol === IpProtocol.icmp && frame.ipv4 !== undefined) {
    const icmp = take(frame, decodeIcmp(bytes, start, end));
    if (icmp !== undefined) frame.icmp = icmp;
  } else if (protocol === IpProtocol.ethernet) {
    frame.inner = ethernetFrame(bytes, start, end, depth + 1);
  } else if (protocol === IpProtocol.ipv4 || protocol === IpProtocol.ipv6) {
    const inner: Draft = {};
    frame.inner = inner;
    if (tooDeep(inner, start, depth + 1)) return;
    if (protocol === IpProtocol.ipv4) ipv4Packet(inner, bytes, start, end, depth + 1);
    else ipv6Packet(inner, bytes, start, end, depth + 1);
  }
}

/** Tunnels are known by destination port: the source port of one is only a hash of the flow inside. */
function tunnel(frame: Draft, bytes: Uint8Array, udp: Udp, depth: number): void {
  if (udp.destinationPort === GENEVE_PORT) {
    const geneve = take(frame, decodeGeneve(bytes, udp.payloadStart, udp.payloadEnd));
    if (geneve === undefined) return;
    frame.geneve = geneve;
    const service = take(frame, dsrService(geneve));
    if (service !== undefined) frame.dsr = service;
    tunnelled(frame, bytes, geneve.protocolType, geneve.payloadStart, geneve.payloadEnd, depth);
  } else if (VXLAN_PORTS.includes(udp.destinationPort)) {
    const vxlan = take(frame, decodeVxlan(bytes, udp.payloadStart, udp.payloadEnd));
    if (vxlan === undefined) return;
    frame.vxlan = vxlan;
    frame.inner = ethernetFrame(bytes, vxlan.payloadStart, vxlan.payloadEnd, depth + 1);
  }
}

function tunnelled(
  frame: Draft,
  bytes: Uint8Array,
  protocolType: number,
  start: number,
  end: number,
  depth: number,
): void {
  if (protocolType === EtherType.transparentEthernet) {
    frame.inner = ethernetFrame(bytes, start, end, depth + 1);
  } else if (
    protocolType === EtherType.ipv4 ||
    protocolType === EtherType.ipv6 ||
    protocolType === EtherType.arp
  ) {
    const inner: Draft = {};
    frame.inner = inner;
    if (!tooDeep(inner, start, depth + 1)) byEtherType(inner, bytes, protocolType, start, end, depth + 1);
  }
}
