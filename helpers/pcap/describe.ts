import type { Arp } from './arp.ts';
import type { DecodedFrame } from './frame.ts';
import { TcpFlag } from './tcp.ts';

/**
 * A frame in one line, outermost layer first:
 * `192.168.10.100:51234 > 192.168.10.101:6081 Geneve VNI 2 DSR 172.16.1.1:80 | 10.10.1.9:40000 > 172.20.1.4:80 TCP SYN`
 */
export function describeFrame(frame: DecodedFrame): string {
  const outer = layer(frame);
  if (frame.inner === undefined) return outer;
  return `${outer} | ${describeFrame(frame.inner)}`;
}

function layer(frame: DecodedFrame): string {
  const { arp, ethernet, error } = frame;
  const fault = error === undefined ? '' : ` (not decoded further: ${error.layer}: ${error.reason})`;
  if (arp !== undefined) return `${arpText(arp)}${fault}`;
  const ip = frame.ipv4 ?? frame.ipv6;
  if (ip === undefined) {
    return ethernet === undefined
      ? `frame${fault}`
      : `${ethernet.source} > ${ethernet.destination} EtherType 0x${ethernet.etherType.toString(16).padStart(4, '0')}${fault}`;
  }
  const ports = frame.tcp ?? frame.udp;
  const [from, to] = ports === undefined ? ['', ''] : [`:${ports.sourcePort}`, `:${ports.destinationPort}`];
  return `${ip.source}${from} > ${ip.destination}${to} ${transport(frame)}${fault}`;
}

function transport({ tcp, udp, icmp, geneve, vxlan, dsr, ipv4 }: DecodedFrame): string {
  if (tcp !== undefined) {
    const bytes = tcp.payloadEnd - tcp.payloadStart;
    return `TCP ${flagsText(tcp.flags)}${bytes > 0 ? `, ${bytes} bytes` : ''}`;
  }
  if (geneve !== undefined) {
    return `Geneve VNI ${geneve.vni}${dsr === undefined ? '' : ` DSR ${dsr.address}:${dsr.port}`}`;
  }
  if (vxlan !== undefined) return `VXLAN VNI ${vxlan.vni}`;
  if (udp !== undefined) return `UDP, ${udp.payloadEnd - udp.payloadStart} bytes`;
  if (icmp !== undefined) return `ICMP type ${icmp.type} code ${icmp.code}`;
  return ipv4 === undefined ? 'IPv6' : `IP protocol ${ipv4.protocol}`;
}

/** `SYN ACK`; `none` for a segment without flags. */
export function flagsText(flags: number): string {
  const names = Object.entries(TcpFlag).filter(([, bit]) => (flags & bit) !== 0);
  return names.map(([name]) => name.toUpperCase()).join(' ') || 'none';
}

function arpText({ operation, gratuitous, senderIp, senderMac, targetIp }: Arp): string {
  if (gratuitous) return `ARP gratuitous: ${senderIp} is at ${senderMac}`;
  return operation === 1
    ? `ARP ${senderIp} (${senderMac}) asks for ${targetIp}`
    : `ARP ${senderIp} is at ${senderMac}, says so to ${targetIp}`;
}
