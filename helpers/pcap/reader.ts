import { EventEmitter } from 'node:events';
import { type Packet, parse } from 'pcap-parser';
import { CaptureError } from './capture-error.ts';
import { CaptureGuard, type CaptureHeader, RECORD_HEADER_LENGTH, type Region } from './guard.ts';
import type { CaptureSource } from './source.ts';

export { CaptureError, type CaptureErrorCode } from './capture-error.ts';
export type { CaptureSource } from './source.ts';

/** One packet of a capture. */
export interface CapturedPacket {
  /** Microseconds since 1970, a whole number (exact until the year 2255). */
  readonly timestampUs: number;
  /** Bytes in `frame`. */
  readonly capturedLength: number;
  /** Bytes on the wire; more than `capturedLength` where the snap length cut it. */
  readonly originalLength: number;
  /** Of the capture, for decodeFrame. */
  readonly linkType: number;
  /** Where its record begins in the file, in bytes. */
  readonly offset: number;
  /** Stays valid; shares memory with its neighbours, so copy it before keeping one of many for long. */
  readonly frame: Uint8Array;
}

/** Decides from raw bytes [start, end) whether a packet is wanted, before anything is built for it. */
export type FramePredicate = (bytes: Uint8Array, start: number, end: number, linkType: number) => boolean;

/**
 * Reads a capture packet by packet in constant memory. No packets is a valid capture.
 * @throws CaptureError at the first fault, after every whole packet before it
 */
export function readCapture(source: CaptureSource): AsyncGenerator<CapturedPacket, void, undefined> {
  return packets(source, undefined);
}

/** All packets of a small capture. @throws CaptureError as readCapture does */
export async function readWholeCapture(source: CaptureSource): Promise<readonly CapturedPacket[]> {
  const whole: CapturedPacket[] = [];
  for await (const packet of readCapture(source)) whole.push(packet);
  return whole;
}

/**
 * As readCapture, but gives only the packets `wanted` accepts. Each record is still checked; those not wanted
 * cost no allocation, which is what makes large captures quick to search.
 */
export function scanCapture(
  source: CaptureSource,
  wanted: FramePredicate,
): AsyncGenerator<CapturedPacket, void, undefined> {
  return packets(source, wanted);
}

async function* packets(
  source: CaptureSource,
  wanted: FramePredicate | undefined,
): AsyncGenerator<CapturedPacket, void, undefined> {
  const guard = await CaptureGuard.open(source);
  const parser = new GuardedParser(guard);
  for await (const region of guard.regions()) {
    if (wanted === undefined) yield* parser.parse(region);
    else yield* parser.parseMatching(region, wanted);
  }
}

/**
 * pcap-parser behind the guard. It is fed whole records only, so that it answers at once, and what it answers is
 * weighed against what it was fed: a byte it kept to itself is an error.
 */
class GuardedParser {
  readonly #guard: CaptureGuard;
  readonly #header: CaptureHeader;
  readonly #stream = Object.assign(new EventEmitter(), { pause() {}, resume() {} });
  #packets: Packet[] = [];
  #failure: Error | undefined;

  constructor(guard: CaptureGuard) {
    this.#guard = guard;
    this.#header = guard.header;
    parse(this.#stream)
      .on('packet', packet => this.#packets.push(packet))
      .on('error', error => {
        this.#failure = error;
      });
    // Fed alone: from the second piece on the parser copies what it gets, so frames never alias the guard's buffer.
    this.#stream.emit('data', guard.headerBytes);
  }

  *parse(region: Region): Generator<CapturedPacket> {
    let offset = region.offset;
    for (const packet of this.#feed(region.bytes, 0, region.length, region)) {
      yield this.#captured(packet, offset);
      offset += RECORD_HEADER_LENGTH + packet.data.length;
    }
  }

  /** The matches of a region are fed in one piece: fed one by one, the parser's own copying is most of the time. */
  *parseMatching(region: Region, wanted: FramePredicate): Generator<CapturedPacket> {
    const { bytes, length } = region;
    const { littleEndian, linkType } = this.#header;
    const records: Buffer[] = [];
    const offsets: number[] = [];
    for (let at = 0; at < length; ) {
      const start = at + RECORD_HEADER_LENGTH;
      const end = start + (littleEndian ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8));
      if (wanted(bytes, start, end, linkType)) {
        records.push(bytes.subarray(at, end));
        offsets.push(region.offset + at);
      }
      at = end;
    }
    if (records.length === 0) return;
    const matches = Buffer.concat(records);
    for (const [i, packet] of this.#feed(matches, 0, matches.length, region).entries()) {
      yield this.#captured(packet, offsets[i] ?? region.offset);
    }
  }

  #feed(bytes: Buffer, from: number, to: number, region: Region): readonly Packet[] {
    this.#packets = [];
    this.#stream.emit('data', bytes.subarray(from, to));
    const answered = this.#packets;
    const weight = answered.reduce((sum, { data }) => sum + RECORD_HEADER_LENGTH + data.length, 0);
    if (this.#failure !== undefined || weight !== to - from) {
      throw new CaptureError(
        'lost-data',
        this.#guard.name,
        region.offset + from,
        region.packetsBefore,
        this.#failure?.message ?? `pcap-parser gave ${weight} of ${to - from} bytes back`,
      );
    }
    return answered;
  }

  #captured({ header, data }: Packet, offset: number): CapturedPacket {
    return {
      timestampUs: header.timestampSeconds * 1_000_000 + header.timestampMicroseconds,
      capturedLength: header.capturedLength,
      originalLength: header.originalLength,
      linkType: this.#header.linkType,
      offset,
      frame: data,
    };
  }
}
