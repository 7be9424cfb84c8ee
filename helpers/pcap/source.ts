import { open } from 'node:fs/promises';

/** Where a capture comes from: a file's path, bytes in memory, or a stream (a capture fetched from a host). */
export type CaptureSource = string | Uint8Array | AsyncIterable<Uint8Array>;

/** Bytes in order, copied into the reader's own buffer. `read` returns how many, 0 at the end. */
export interface ByteSource {
  readonly name: string;
  /** Bytes in all, where that is certain. */
  readonly size: number | undefined;
  read(into: Uint8Array, offset: number): Promise<number>;
  close(): Promise<void>;
}

export async function openSource(source: CaptureSource): Promise<ByteSource> {
  if (typeof source === 'string') {
    const file = await open(source, 'r');
    return {
      name: source,
      size: undefined, // tcpdump may still be writing
      read: async (into, offset) => (await file.read(into, offset, into.length - offset, null)).bytesRead,
      close: () => file.close(),
    };
  }
  return source instanceof Uint8Array ? memorySource(source) : streamSource(source);
}

function memorySource(bytes: Uint8Array): ByteSource {
  let at = 0;
  return {
    name: 'capture in memory',
    size: bytes.length,
    read: async (into, offset) => {
      const part = bytes.subarray(at, at + into.length - offset);
      into.set(part, offset);
      at += part.length;
      return part.length;
    },
    close: async () => {},
  };
}

function streamSource(stream: AsyncIterable<Uint8Array>): ByteSource {
  const chunks = stream[Symbol.asyncIterator]();
  let rest = new Uint8Array(0);
  return {
    name: 'capture stream',
    size: undefined,
    read: async (into, offset) => {
      while (rest.length === 0) {
        const next = await chunks.next();
        if (next.done === true) return 0;
        rest = new Uint8Array(next.value);
      }
      const part = rest.subarray(0, into.length - offset);
      into.set(part, offset);
      rest = rest.subarray(part.length);
      return part.length;
    },
    close: async () => {
      await chunks.return?.();
    },
  };
}
