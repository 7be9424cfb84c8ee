import type { Readable } from 'node:stream';

/** The lines of a stream as they come; empty ones are left out. Returns what comes after the last line break. */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string, string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  return rest;
}

/** All of a stream, once it has ended. */
export async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Reads the first line off a stream, and leaves the rest to others. @throws Error when the stream ends before it does */
export function firstLineOf(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text: Buffer = Buffer.alloc(0);
    const done = (): void => {
      stream.off('data', take);
      stream.off('end', ended);
      stream.off('close', ended);
    };
    const ended = (): void => {
      done();
      reject(new Error('the stream ended before its first line did'));
    };
    const take = (chunk: Buffer): void => {
      text = Buffer.concat([text, chunk]);
      const end = text.indexOf('\n');
      if (end < 0) return;
      done();
      stream.pause();
      if (end + 1 < text.length) stream.unshift(text.subarray(end + 1));
      resolve(text.subarray(0, end).toString());
    };
    stream.on('data', take);
    stream.on('end', ended);
    stream.on('close', ended);
  });
}
