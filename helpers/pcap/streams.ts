import type { DecodedFrame } from './frame.ts';
import { TcpFlag } from './tcp.ts';

/** One direction of a TCP connection. */
export interface StreamKey {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Bytes of a stream in order, each once. */
export interface StreamChunk {
  readonly key: StreamKey;
  /** Of the packet that completed them, in microseconds since 1970. */
  readonly timestampUs: number;
  readonly bytes: Uint8Array;
  /** The bytes do not continue what came before: the capture lacks some, or began later than the connection. */
  readonly afterGap: boolean;
}

/** What a capture lacks of a stream. */
export interface StreamGap {
  readonly key: StreamKey;
  /** When the first packet after the gap was seen, in microseconds since 1970. */
  readonly timestampUs: number;
  readonly missing: 'start' | 'bytes';
  /** Sequence numbers as on the wire: [from, to) was never seen. Undefined for a start. */
  readonly fromSequence: number | undefined;
  readonly toSequence: number;
  /** A sentence for people. */
  readonly reason: string;
}

export interface TcpStreamEvents {
  readonly chunk: (chunk: StreamChunk) => void;
  readonly gap: (gap: StreamGap) => void;
  /** A SYN began (or began anew) the connection this direction belongs to. */
  readonly begin?: (key: StreamKey) => void;
}

export function streamName({ source, sourcePort, destination, destinationPort }: StreamKey): string {
  return `${source}:${sourcePort} > ${destination}:${destinationPort}`;
}

/** Bytes held back, waiting for what is missing, before it is called lost. */
const MOST_HELD = 1 << 20;
const MOST_SEGMENTS_HELD = 1000;

/**
 * Puts TCP segments in order, direction by direction. Retransmitted and overlapping bytes come out once (the first
 * copy counts), segments out of order wait. What never comes is a gap: reported when a new SYN, too much waiting data or
 * the end of the capture shows that it will not. Packets are given in the order of the capture.
 */
export class TcpStreams {
  readonly #events: TcpStreamEvents;
  readonly #streams = new Map<string, Direction>();

  constructor(events: TcpStreamEvents) {
    this.#events = events;
  }

  /** Takes the TCP segment of a frame, if it has one. `bytes` are the whole frame's. */
  add(frame: DecodedFrame, bytes: Uint8Array, timestampUs: number): void {
    const { tcp } = frame;
    const ip = frame.ipv4 ?? frame.ipv6;
    if (tcp === undefined || ip === undefined) return;
    const key: StreamKey = {
      source: ip.source,
      destination: ip.destination,
      sourcePort: tcp.sourcePort,
      destinationPort: tcp.destinationPort,
    };
    const name = streamName(key);
    const syn = (tcp.flags & TcpFlag.syn) !== 0;
    let stream = this.#streams.get(name);
    if (syn) {
      const first = add32(tcp.sequence, 1);
      if (stream === undefined || stream.initial !== first) {
        stream?.finish();
        stream = new Direction(key, this.#events, first);
        this.#streams.set(name, stream);
        this.#events.begin?.(key);
      }
    }
    const payload = bytes.subarray(tcp.payloadStart, tcp.payloadEnd);
    if (stream === undefined) {
      if (payload.length === 0) return;
      stream = new Direction(key, this.#events, undefined);
      this.#streams.set(name, stream);
    }
    stream.add(syn ? add32(tcp.sequence, 1) : tcp.sequence, payload, timestampUs);
  }

  /** Tells what is still missing at the end of the capture. */
  end(): void {
    for (const stream of this.#streams.values()) stream.finish();
  }
}

interface Segment {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly timestampUs: number;
}

function add32(sequence: number, bytes: number): number {
  return (sequence + bytes) >>> 0;
}

/** How far `a` is past `b`, as sequence numbers (RFC 9293 section 3.4): negative when before it. */
function distance(a: number, b: number): number {
  return (a - b) | 0;
}

class Direction {
  /** Sequence of the first byte, when the SYN was seen. */
  readonly initial: number | undefined;
  readonly #key: StreamKey;
  readonly #events: TcpStreamEvents;
  #next: number | undefined;
  #afterGap = false;
  #held: Segment[] = [];
  #heldBytes = 0;

  constructor(key: StreamKey, events: TcpStreamEvents, initial: number | undefined) {
    this.#key = key;
    this.#events = events;
    this.initial = initial;
    this.#next = initial;
  }

  add(sequence: number, bytes: Uint8Array, timestampUs: number): void {
    if (bytes.length === 0) return;
    if (this.#next === undefined) {
      this.#next = sequence;
      this.#gap('start', undefined, sequence, timestampUs);
    }
    if (distance(sequence, this.#next) > 0) {
      // Held for later: a copy, so that the block of packets it came with can go.
      this.#held.push({ sequence, bytes: Uint8Array.from(bytes), timestampUs });
      this.#heldBytes += bytes.length;
      if (this.#heldBytes > MOST_HELD || this.#held.length > MOST_SEGMENTS_HELD) this.finish();
      return;
    }
    this.#emit({ sequence, bytes, timestampUs }, timestampUs);
    this.#release(timestampUs);
  }

  /** Gives up waiting: what is missing before each held segment is reported, then the segment given out. */
  finish(): void {
    while (this.#held.length > 0) {
      this.#held.sort((a, b) => distance(a.sequence, b.sequence));
      const first = this.#held[0];
      if (first === undefined || this.#next === undefined) return;
      if (distance(first.sequence, this.#next) > 0) {
        this.#gap('bytes', this.#next, first.sequence, first.timestampUs);
        this.#next = first.sequence;
      }
      this.#release(first.timestampUs);
    }
  }

  /** Gives out held segments that continue the stream; the packet at `timestampUs` completed them. */
  #release(timestampUs: number): void {
    for (;;) {
      const next = this.#next;
      const index = this.#held.findIndex(
        ({ sequence }) => next !== undefined && distance(sequence, next) <= 0,
      );
      const [segment] = index < 0 ? [] : this.#held.splice(index, 1);
      if (segment === undefined) return;
      this.#heldBytes -= segment.bytes.length;
      this.#emit(segment, timestampUs);
    }
  }

  #emit(segment: Segment, timestampUs: number): void {
    const known = this.#next === undefined ? 0 : distance(this.#next, segment.sequence);
    const bytes = segment.bytes.subarray(known);
    if (bytes.length === 0) return;
    this.#next = add32(segment.sequence, segment.bytes.length);
    this.#events.chunk({ key: this.#key, timestampUs, bytes, afterGap: this.#afterGap });
    this.#afterGap = false;
  }

  #gap(missing: StreamGap['missing'], from: number | undefined, to: number, timestampUs: number): void {
    this.#afterGap = true;
    const reason =
      from === undefined
        ? `${streamName(this.#key)}: the capture began after the connection, at sequence ${to}`
        : `${streamName(this.#key)}: ${distance(to, from)} bytes missing, sequence ${from} to ${to}`;
    this.#events.gap({ key: this.#key, timestampUs, missing, fromSequence: from, toSequence: to, reason });
  }
}
