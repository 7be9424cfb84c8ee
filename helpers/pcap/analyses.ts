import { type BgpCapture, bgpMessages } from './bgp/session.ts';
import type { DsrService } from './cilium/dsr.ts';
import { type Endpoint, type Flow, joinFlows } from './flows.ts';
import { decodeFrame, frameError, innermost } from './frame.ts';
import { hasDsrOption } from './predicates.ts';
import { type CapturedPacket, CaptureError, readCapture, scanCapture } from './reader.ts';

// Analyses to be run off the main thread by `analyse` in parse.ts: a file and plain data in, plain data out.

/** A Geneve packet with Cilium's DSR option. */
export interface DsrPacket {
  /** Microseconds since 1970. */
  readonly timestampUs: number;
  readonly service: DsrService;
  /** Innermost source and destination: the client, and the pod. */
  readonly client: Endpoint;
  readonly backend: Endpoint;
  /** Outer addresses: the node the connection entered, and the one that serves it. */
  readonly entryNode: string;
  readonly servingNode: string;
  readonly vni: number;
  /** TCP flags of the inner packet; undefined for UDP. */
  readonly tcpFlags: number | undefined;
}

export interface DsrPackets {
  readonly packets: readonly DsrPacket[];
  /** Packets that carry the option but could not be decoded whole: offset in the file, and why. */
  readonly undecoded: readonly { readonly offset: number; readonly reason: string }[];
}

/** Which Geneve packets carry the DSR option, for which service, from which client. */
export async function dsrPackets(file: string): Promise<DsrPackets> {
  const packets: DsrPacket[] = [];
  const undecoded: { offset: number; reason: string }[] = [];
  for await (const packet of scanCapture(file, hasDsrOption)) {
    const frame = decodeFrame(packet.frame, packet.linkType);
    const inner = innermost(frame);
    const ip = inner.ipv4 ?? inner.ipv6;
    const ports = inner.tcp ?? inner.udp;
    const { ipv4: outer, geneve, dsr } = frame;
    if (!(outer && geneve && dsr && ip && ports)) {
      const error = frameError(frame);
      const reason = error === undefined ? 'no TCP or UDP inside' : `${error.layer}: ${error.reason}`;
      undecoded.push({ offset: packet.offset, reason });
      continue;
    }
    packets.push({
      timestampUs: packet.timestampUs,
      service: dsr,
      client: { address: ip.source, port: ports.sourcePort },
      backend: { address: ip.destination, port: ports.destinationPort },
      entryNode: outer.source,
      servingNode: outer.destination,
      vni: geneve.vni,
      tcpFlags: inner.tcp?.flags,
    });
  }
  return { packets, undecoded };
}

/** The BGP messages of a capture. */
export function bgp(file: string): Promise<BgpCapture> {
  return bgpMessages(file);
}

/** The capture file of one interface of one host. */
export interface CaptureFile {
  readonly host: string;
  readonly interface: string;
  readonly file: string;
}

/**
 * Flows joined across the capture files of several hosts; all of them are in `captures`, the first argument is not read.
 * The captures may still be going on: a record that is half written is left out.
 */
export function flows(
  _file: string,
  args: { readonly captures: readonly CaptureFile[]; readonly services?: readonly Endpoint[] },
): Promise<readonly Flow[]> {
  const captures = args.captures.map(capture => ({ ...capture, packets: wholeRecords(capture.file) }));
  return joinFlows(captures, args.services === undefined ? {} : { services: args.services });
}

async function* wholeRecords(file: string): AsyncGenerator<CapturedPacket> {
  try {
    yield* readCapture(file);
  } catch (error) {
    if (!(error instanceof CaptureError) || error.code !== 'truncated-record') throw error;
  }
}
