import type { DsrService } from './cilium/dsr.ts';
import { type DecodedFrame, decodeFrame, innermost } from './frame.ts';
import { IpProtocol } from './ipv4.ts';
import { mergeByTime, type Packets } from './merge.ts';
import type { CapturedPacket } from './reader.ts';
import { TcpFlag } from './tcp.ts';

/** What one interface of one host captured. */
export interface HostCapture {
  readonly host: string;
  readonly interface: string;
  readonly packets: Packets;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The tunnel a packet was seen in. */
export interface Tunnel {
  readonly kind: 'geneve' | 'vxlan' | 'ipip';
  readonly source: string;
  readonly destination: string;
  /** 0 for IP in IP, which has none. */
  readonly vni: number;
}

/** Packets of one flow, alike in direction, addresses and tunnel, as one interface of one host saw them. */
export interface Sighting {
  readonly host: string;
  readonly interface: string;
  readonly direction: 'request' | 'reply';
  /** Innermost addresses: what the tunnel carries, where there is one. */
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly tunnel: Tunnel | undefined;
  readonly packets: number;
  /** Bytes on the wire, link header included. */
  readonly bytes: number;
  /** Microseconds since 1970. */
  readonly firstUs: number;
  readonly lastUs: number;
  /** All TCP flags seen on any of the packets; 0 for UDP. */
  readonly tcpFlags: number;
  /** TCP packets with SYN and without ACK: the first of a connection, and its copies. */
  readonly syns: number;
  /** Packets with Cilium's DSR option, and the service in it; two services in one flow are two entries. */
  readonly dsrPackets: number;
  /** Those of them that are SYNs. */
  readonly dsrSyns: number;
  readonly dsrServices: readonly DsrService[];
}

/** Everything the captures show of one client's connection, whatever its other end was translated to. */
export interface Flow {
  readonly protocol: 'tcp' | 'udp';
  readonly client: Endpoint;
  /** In the order of their first packets. */
  readonly sightings: readonly Sighting[];
}

type MutableSighting = { -readonly [K in keyof Sighting]: Sighting[K] } & { dsrServices: DsrService[] };

interface Packet {
  readonly frame: DecodedFrame;
  readonly inner: DecodedFrame;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly protocol: 'tcp' | 'udp';
}

/**
 * Joins what several hosts captured, merged by time, into flows. A flow is known by its client's address and port, which DSR keeps
 * from end to end while nodes translate the other end (service to pod, and back in the reply). The client is who
 * sends the SYN; without one in the captures, who speaks to an address in `services` or to one named in a DSR
 * option; without either, who has the higher port. Source NAT gives a new client, hence a flow of its own.
 */
export async function joinFlows(
  captures: readonly HostCapture[],
  options: { readonly services?: readonly Endpoint[] } = {},
): Promise<readonly Flow[]> {
  const collector = new FlowCollector(options.services ?? []);
  for await (const { from, packet } of mergeByTime(captures)) {
    collector.add(from.host, from.interface, packet);
  }
  return collector.flows();
}

class FlowCollector {
  /** Sightings whose direction is not known yet: the SYN may be in a later capture. */
  readonly #sightings = new Map<string, { protocol: 'tcp' | 'udp'; sighting: MutableSighting }>();
  readonly #clients = new Set<string>();
  readonly #servers = new Set<string>();

  constructor(services: readonly Endpoint[]) {
    for (const service of services) {
      for (const protocol of ['tcp', 'udp'] as const) this.#servers.add(endpointKey(protocol, service));
    }
  }

  add(host: string, iface: string, captured: CapturedPacket): void {
    const packet = flowPacket(captured);
    if (packet === undefined) return;
    const { frame, inner, source, destination, protocol } = packet;
    const flags = inner.tcp?.flags ?? 0;
    const syn = (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    if (syn) {
      this.#clients.add(endpointKey(protocol, source));
      this.#servers.add(endpointKey(protocol, destination));
    }
    const dsr = dsrOf(frame);
    if (dsr !== undefined) {
      this.#clients.add(endpointKey(protocol, source));
      this.#servers.add(endpointKey(protocol, dsr));
    }
    const tunnel = tunnelOf(frame);
    const key = [
      host,
      iface,
      endpointKey(protocol, source),
      endpointKey(protocol, destination),
      tunnel === undefined ? '' : `${tunnel.kind} ${tunnel.source} ${tunnel.destination} ${tunnel.vni}`,
    ].join('|');
    let entry = this.#sightings.get(key);
    if (entry === undefined) {
      const sighting: MutableSighting = {
        host,
        interface: iface,
        direction: 'request',
        source,
        destination,
        tunnel,
        packets: 0,
        bytes: 0,
        firstUs: captured.timestampUs,
        lastUs: captured.timestampUs,
        tcpFlags: 0,
        syns: 0,
        dsrPackets: 0,
        dsrSyns: 0,
        dsrServices: [],
      };
      entry = { protocol, sighting };
      this.#sightings.set(key, entry);
    }
    const { sighting } = entry;
    sighting.packets++;
    sighting.bytes += captured.originalLength;
    sighting.firstUs = Math.min(sighting.firstUs, captured.timestampUs);
    sighting.lastUs = Math.max(sighting.lastUs, captured.timestampUs);
    sighting.tcpFlags |= flags;
    if (syn) sighting.syns++;
    if (dsr !== undefined) {
      sighting.dsrPackets++;
      if (syn) sighting.dsrSyns++;
      if (!sighting.dsrServices.some(seen => seen.address === dsr.address && seen.port === dsr.port)) {
        sighting.dsrServices.push(dsr);
      }
    }
  }

  flows(): readonly Flow[] {
    const flows = new Map<string, { protocol: 'tcp' | 'udp'; client: Endpoint; sightings: Sighting[] }>();
    for (const { protocol, sighting } of this.#sightings.values()) {
      sighting.direction = this.#direction(protocol, sighting);
      const client = sighting.direction === 'request' ? sighting.source : sighting.destination;
      const key = endpointKey(protocol, client);
      const flow = flows.get(key) ?? { protocol, client, sightings: [] };
      flow.sightings.push(sighting);
      flows.set(key, flow);
    }
    for (const flow of flows.values()) flow.sightings.sort((a, b) => a.firstUs - b.firstUs);
    return [...flows.values()].sort((a, b) => firstSeen(a) - firstSeen(b));
  }

  #direction(protocol: 'tcp' | 'udp', { source, destination }: Sighting): 'request' | 'reply' {
    const from = endpointKey(protocol, source);
    const to = endpointKey(protocol, destination);
    if (this.#clients.has(from) !== this.#clients.has(to))
      return this.#clients.has(from) ? 'request' : 'reply';
    if (this.#servers.has(from) !== this.#servers.has(to)) return this.#servers.has(to) ? 'request' : 'reply';
    return source.port >= destination.port ? 'request' : 'reply';
  }
}

function firstSeen(flow: Flow): number {
  return flow.sightings[0]?.firstUs ?? 0;
}

function endpointKey(protocol: 'tcp' | 'udp', { address, port }: Endpoint): string {
  return `${protocol} ${address} ${port}`;
}

function flowPacket(captured: CapturedPacket): Packet | undefined {
  const frame = decodeFrame(captured.frame, captured.linkType);
  const inner = innermost(frame);
  const ip = inner.ipv4 ?? inner.ipv6;
  const ports = inner.tcp ?? inner.udp;
  if (ip === undefined || ports === undefined) return undefined;
  return {
    frame,
    inner,
    source: { address: ip.source, port: ports.sourcePort },
    destination: { address: ip.destination, port: ports.destinationPort },
    protocol: inner.tcp === undefined ? 'udp' : 'tcp',
  };
}

function dsrOf(frame: DecodedFrame): DsrService | undefined {
  for (let at: DecodedFrame | undefined = frame; at !== undefined; at = at.inner) {
    if (at.dsr !== undefined) return at.dsr;
  }
  return undefined;
}

/** The outermost tunnel. */
function tunnelOf(frame: DecodedFrame): Tunnel | undefined {
  const ip = frame.ipv4 ?? frame.ipv6;
  if (frame.inner === undefined) return undefined;
  if (ip === undefined) return tunnelOf(frame.inner);
  const { source, destination } = ip;
  if (frame.geneve !== undefined) return { kind: 'geneve', source, destination, vni: frame.geneve.vni };
  if (frame.vxlan !== undefined) return { kind: 'vxlan', source, destination, vni: frame.vxlan.vni };
  const ipip = frame.ipv4?.protocol ?? frame.ipv6?.nextHeader;
  return ipip === IpProtocol.ipv4 || ipip === IpProtocol.ipv6
    ? { kind: 'ipip', source, destination, vni: 0 }
    : undefined;
}
