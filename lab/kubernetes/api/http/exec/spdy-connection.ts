import type { Duplex } from 'node:stream';
import { HeaderBlocks } from './spdy-headers.ts';

/** The frames of SPDY/3.1 that remote commands need. There is no flow control: Go's spdystream has none. */

const type = { synStream: 1, synReply: 2, ping: 6 } as const;
const fin = 1;
const headerLength = 8;
const controlBit = 0x80;
const largestFrame = 16 * 1024 * 1024 - 1;

export interface SpdyHandlers {
  /** The client opened a stream. */
  opened(stream: number, headers: ReadonlyMap<string, string>): void;
  data(stream: number, chunk: Buffer): void;
  /** The client will send nothing more on a stream. */
  ended(stream: number): void;
  closed(): void;
}

export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #handlers: SpdyHandlers;
  readonly #headers = new HeaderBlocks();
  #buffered: Buffer;
  #working = Promise.resolve();

  constructor(socket: Duplex, head: Buffer, handlers: SpdyHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#buffered = head;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#headers.close();
      handlers.closed();
    });
    this.#receive(Buffer.alloc(0));
  }

  write(stream: number, chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += largestFrame) {
      this.#send(stream, 0, chunk.subarray(at, at + largestFrame));
    }
  }

  end(stream: number): void {
    this.#send(stream, fin, Buffer.alloc(0));
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(first: number, flags: number, body: Buffer): void {
    if (!this.#socket.writable) return;
    const header = Buffer.alloc(headerLength);
    header.writeUInt32BE(first);
    header.writeUInt32BE(flags * 2 ** 24 + body.length, 4);
    this.#socket.write(Buffer.concat([header, body]));
  }

  #sendControl(kind: number, body: Buffer): void {
    this.#send(controlBit * 2 ** 24 + 3 * 2 ** 16 + kind, 0, body);
  }

  #receive(chunk: Buffer): void {
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    while (this.#buffered.length >= headerLength) {
      const length = this.#buffered.readUIntBE(5, 3);
      if (this.#buffered.length < headerLength + length) return;
      const frame = this.#buffered.subarray(0, headerLength + length);
      this.#buffered = this.#buffered.subarray(headerLength + length);
      // One after the other: headers are unpacked in the order they were packed.
      this.#working = this.#working.then(() => this.#handle(frame)).catch(() => this.close());
    }
  }

  async #handle(frame: Buffer): Promise<void> {
    const body = frame.subarray(headerLength);
    const isLast = ((frame[4] ?? 0) & fin) !== 0;
    if (((frame[0] ?? 0) & controlBit) === 0) {
      const stream = frame.readUInt32BE(0);
      if (body.length > 0) this.#handlers.data(stream, body);
      if (isLast) this.#handlers.ended(stream);
      return;
    }
    switch (frame.readUInt16BE(2)) {
      case type.synStream: {
        const stream = body.readUInt32BE(0) % 2 ** 31;
        const headers = await this.#headers.unpack(body.subarray(10));
        this.#sendControl(
          type.synReply,
          Buffer.concat([body.subarray(0, 4), await this.#headers.pack(new Map())]),
        );
        this.#handlers.opened(stream, headers);
        if (isLast) this.#handlers.ended(stream);
        return;
      }
      case type.ping:
        this.#sendControl(type.ping, body);
        return;
      default:
      // Settings, resets, window updates and farewells ask for nothing.
    }
  }
}
