import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMark } from '../../helpers/capture.ts';
import { BGP_PORT, type BgpMessage } from '../../helpers/pcap/bgp/message.ts';
import { BgpReader } from '../../helpers/pcap/bgp/session.ts';
import { announcedPrefixes, withdrawnPrefixes } from '../../helpers/pcap/bgp/update.ts';
import { describeFrame } from '../../helpers/pcap/describe.ts';
import { decodeFrame, innermost } from '../../helpers/pcap/frame.ts';
import { CaptureError, readCapture } from '../../helpers/pcap/reader.ts';
import type { Conformance, EvidenceFile } from '../conformance.ts';
import { table } from './draw/table.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';

export const captureType = 'application/vnd.tcpdump.pcap';

/** Of a capture the page shows this many packets and BGP messages; the file beside it has all. */
const shown = 40;
/** Larger ones are left to Wireshark: the report has to be written in seconds. */
const largestBytes = 8_000_000;

export interface DecodedCapture {
  readonly packets: number;
  /** The first ones: milliseconds from the first packet, and what it was. */
  readonly first: readonly (readonly [ms: string, what: string])[];
  readonly bgp: readonly (readonly [ms: string, from: string, to: string, message: string])[];
  readonly bgpMessages: number;
  /** Why reading ended early. */
  readonly trouble?: string;
}

/** By the file's path within the run's folder. */
export type DecodedCaptures = ReadonlyMap<string, DecodedCapture>;

/** Decodes the captures of a run; one that cannot be read is there with its trouble. */
export async function decodeCaptures(report: Conformance, folder: string): Promise<DecodedCaptures> {
  const decoded = new Map<string, DecodedCapture>();
  for (const { file } of report.claims.flatMap(claim => claim.evidence).filter(isCapture)) {
    const path = join(folder, file);
    if (existsSync(path) && statSync(path).size <= largestBytes) decoded.set(file, await decode(path));
  }
  return decoded;
}

export function isCapture({ contentType }: Pick<EvidenceFile, 'contentType'>): boolean {
  return contentType.startsWith(captureType);
}

async function decode(path: string): Promise<DecodedCapture> {
  const first: [string, string][] = [];
  const messages: [string, string, string, string][] = [];
  const reader = new BgpReader();
  let packets = 0;
  let zeroUs = 0;
  let trouble: string | undefined;
  const at = (timestampUs: number): string => `${((timestampUs - zeroUs) / 1000).toFixed(1)} ms`;
  try {
    for await (const packet of readCapture(path)) {
      if (isMark(packet.frame)) continue;
      if (packets === 0) zeroUs = packet.timestampUs;
      packets++;
      const frame = decodeFrame(packet.frame, packet.linkType);
      if (first.length < shown) first.push([at(packet.timestampUs), describeFrame(frame)]);
      const { tcp } = innermost(frame);
      if (tcp?.sourcePort === BGP_PORT || tcp?.destinationPort === BGP_PORT) reader.add(packet);
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    trouble = error.message;
  }
  const bgp = reader.end().messages;
  for (const { timestampUs, source, destination, message } of bgp.slice(0, shown)) {
    messages.push([at(timestampUs), source, destination, describeMessage(message)]);
  }
  return {
    packets,
    first,
    bgp: messages,
    bgpMessages: bgp.length,
    ...(trouble === undefined ? {} : { trouble }),
  };
}

function describeMessage(message: BgpMessage): string {
  switch (message.type) {
    case 'open':
      return `OPEN, AS ${message.as}, hold time ${message.holdTimeSeconds} s`;
    case 'update': {
      if (message.endOfRib !== undefined) return 'UPDATE, End-of-RIB';
      const [announced, withdrawn] = [announcedPrefixes(message), withdrawnPrefixes(message)];
      const parts = [
        ...(announced.length > 0 ? [`announces ${announced.join(', ')}`] : []),
        ...(withdrawn.length > 0 ? [`withdraws ${withdrawn.join(', ')}`] : []),
      ];
      return `UPDATE, ${parts.join(', ') || 'of another address family'}`;
    }
    case 'notification':
      return `NOTIFICATION, ${message.codeName}: ${message.subcodeName}`;
    case 'route-refresh':
      return 'ROUTE-REFRESH';
    case 'keepalive':
      return 'KEEPALIVE';
  }
}

export function captureView(name: string, capture: DecodedCapture): Markup {
  const { bgp, bgpMessages, first, packets, trouble } = capture;
  const part = (count: number, all: number): string =>
    count < all ? `the first ${count} of ${all}` : `all ${all}`;
  return markup`${trouble === undefined ? undefined : markup`<p class="note">It could be read only in part: ${trouble}</p>`}
${bgp.length === 0 ? undefined : table(`${name}: BGP messages, ${part(bgp.length, bgpMessages)}`, ['at', 'from', 'to', 'message'], bgp, 'shown')}
${table(`${name}: packets, ${part(first.length, packets)}`, ['at', 'packet'], first, 'shown')}`;
}
