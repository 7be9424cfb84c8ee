import { decodeFrame, innermost } from '../frame.ts';
import { type CapturedPacket, type CaptureSource, readCapture } from '../reader.ts';
import { type StreamChunk, type StreamKey, streamName, TcpStreams } from '../streams.ts';
import {
  BGP_HEADER_LENGTH,
  BGP_PORT,
  type BgpMessage,
  decodeBgpLength,
  decodeBgpMessage,
  LONGEST_EXTENDED_MESSAGE,
  LONGEST_MESSAGE,
} from './message.ts';
import { type BgpOpen, capability } from './open.ts';

/** A BGP message as it crossed the wire. */
export interface TimedBgpMessage extends StreamKey {
  /** Of the packet that completed it, in microseconds since 1970. */
  readonly timestampUs: number;
  readonly message: BgpMessage;
}

/** What kept messages from being seen: bytes the capture lacks, or bytes that are no BGP. */
export interface BgpProblem extends StreamKey {
  readonly timestampUs: number;
  /** `start`: the capture began in the middle of a session, which is no fault of the capture. */
  readonly kind: 'start' | 'gap' | 'malformed' | 'incomplete';
  readonly reason: string;
}

export interface BgpCapture {
  /** In the order in which they were complete. */
  readonly messages: readonly TimedBgpMessage[];
  /** A claim about absence needs this to hold no `gap`, `malformed` or `incomplete`. */
  readonly problems: readonly BgpProblem[];
}

/**
 * All BGP messages of a capture, whatever segments they span or share, inside tunnels too.
 * @throws CaptureError when the capture itself is faulty
 */
export async function bgpMessages(source: CaptureSource): Promise<BgpCapture> {
  const reader = new BgpReader();
  for await (const packet of readCapture(source)) reader.add(packet);
  return reader.end();
}

/** Reads BGP from packets one by one, in the order of the capture. */
export class BgpReader {
  readonly #messages: TimedBgpMessage[] = [];
  readonly #problems: BgpProblem[] = [];
  readonly #directions = new Map<string, { pending: Uint8Array; synchronized: boolean; last: number }>();
  /** The OPEN each side sent last, by the name of its direction. */
  readonly #opens = new Map<string, BgpOpen>();
  readonly #streams = new TcpStreams({
    chunk: chunk => this.#chunk(chunk),
    gap: gap =>
      this.#problem(gap.key, gap.timestampUs, gap.missing === 'start' ? 'start' : 'gap', gap.reason),
    begin: key => {
      this.#incomplete(key);
      this.#directions.delete(streamName(key));
      this.#opens.delete(streamName(key));
    },
  });

  add(packet: CapturedPacket): void {
    const frame = innermost(decodeFrame(packet.frame, packet.linkType));
    if (frame.tcp?.sourcePort !== BGP_PORT && frame.tcp?.destinationPort !== BGP_PORT) return;
    this.#streams.add(frame, packet.frame, packet.timestampUs);
  }

  end(): BgpCapture {
    this.#streams.end();
    for (const name of this.#directions.keys()) this.#incompleteByName(name);
    // What waited behind a gap was given out late.
    const byTime = (a: { timestampUs: number }, b: { timestampUs: number }) => a.timestampUs - b.timestampUs;
    return { messages: this.#messages.sort(byTime), problems: this.#problems.sort(byTime) };
  }

  readonly #keys = new Map<string, StreamKey>();

  #problem(key: StreamKey, timestampUs: number, kind: BgpProblem['kind'], reason: string): void {
    this.#problems.push({ ...key, timestampUs, kind, reason });
  }

  #chunk(chunk: StreamChunk): void {
    const name = streamName(chunk.key);
    this.#keys.set(name, chunk.key);
    let direction = this.#directions.get(name);
    if (direction === undefined || chunk.afterGap) {
      direction = { pending: new Uint8Array(0), synchronized: !chunk.afterGap, last: 0 };
      this.#directions.set(name, direction);
    }
    direction.last = chunk.timestampUs;
    const bytes =
      direction.pending.length === 0 ? chunk.bytes : Buffer.concat([direction.pending, chunk.bytes]);
    direction.pending = bytes.slice(this.#parse(chunk, bytes, direction));
  }

  /** Takes whole messages from the front of `bytes`; returns where the rest begins. */
  #parse(chunk: StreamChunk, bytes: Uint8Array, direction: { synchronized: boolean }): number {
    const { key, timestampUs } = chunk;
    let at = 0;
    for (;;) {
      if (!direction.synchronized) {
        const begin = messageStart(bytes, at);
        if (begin === undefined) return Math.max(at, bytes.length - BGP_HEADER_LENGTH + 1);
        direction.synchronized = true;
        at = begin;
      }
      if (bytes.length - at < BGP_HEADER_LENGTH) return at;
      const session = this.#session(key);
      const length = decodeBgpLength(bytes, at, bytes.length, session.longestMessage);
      if (!length.ok) {
        this.#problem(key, timestampUs, 'malformed', `${streamName(key)}: ${length.error.reason}`);
        direction.synchronized = false;
        at++;
        continue;
      }
      if (at + length.value > bytes.length) return at;
      const message = decodeBgpMessage(bytes, at, at + length.value, session);
      if (message.ok) {
        if (message.value.type === 'open') this.#opens.set(streamName(key), message.value);
        this.#messages.push({ ...key, timestampUs, message: message.value });
      } else {
        const place = `at byte ${message.error.offset - at} of a message`;
        this.#problem(key, timestampUs, 'malformed', `${streamName(key)}: ${place}: ${message.error.reason}`);
      }
      at += length.value;
    }
  }

  /** Four-byte AS numbers and long messages need both sides' word (RFC 6793, RFC 8654); unseen OPENs are benign. */
  #session(key: StreamKey): { asWidth: 2 | 4; longestMessage: number } {
    const own = this.#opens.get(streamName(key));
    const peer = this.#opens.get(streamName(reverse(key)));
    if (own === undefined || peer === undefined) {
      return { asWidth: 4, longestMessage: LONGEST_EXTENDED_MESSAGE };
    }
    const both = (type: 'four-octet-as' | 'extended-message'): boolean =>
      capability(own, type) !== undefined && capability(peer, type) !== undefined;
    return {
      asWidth: both('four-octet-as') ? 4 : 2,
      longestMessage: both('extended-message') ? LONGEST_EXTENDED_MESSAGE : LONGEST_MESSAGE,
    };
  }

  #incomplete(key: StreamKey): void {
    this.#incompleteByName(streamName(key));
  }

  #incompleteByName(name: string): void {
    const direction = this.#directions.get(name);
    const key = this.#keys.get(name);
    if (direction === undefined || key === undefined || !direction.synchronized) return;
    if (direction.pending.length === 0) return;
    const reason = `${name}: the stream ends ${direction.pending.length} bytes into a message`;
    this.#problem(key, direction.last, 'incomplete', reason);
  }
}

function reverse({ source, destination, sourcePort, destinationPort }: StreamKey): StreamKey {
  return {
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  };
}

/** The first place from `at` on where a header may begin. */
function messageStart(bytes: Uint8Array, at: number): number | undefined {
  for (let begin = at; begin + BGP_HEADER_LENGTH <= bytes.length; begin++) {
    if (decodeBgpLength(bytes, begin, bytes.length).ok) return begin;
  }
  return undefined;
}
