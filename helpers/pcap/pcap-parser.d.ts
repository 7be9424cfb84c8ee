// pcap-parser ships no types. Only what the reader uses is declared.
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events';

  export interface Packet {
    readonly header: {
      readonly timestampSeconds: number;
      readonly timestampMicroseconds: number;
      readonly capturedLength: number;
      readonly originalLength: number;
    };
    readonly data: Buffer;
  }

  export interface Parser {
    on(event: 'packet', listener: (packet: Packet) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  /** Reads the 'data' events of a stream; calls its pause() and resume(). */
  export function parse(input: EventEmitter): Parser;
}
