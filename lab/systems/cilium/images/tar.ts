import type { Readable } from 'node:stream';

/** One member of an archive; its content has to be read, or skipped, before the next one. */
export interface TarEntry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  readonly mode: number;
  readonly size: number;
  readonly linkPath: string;
  content(): AsyncGenerator<Buffer>;
}

const block = 512;
const types: Readonly<Record<string, TarEntry['type']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};

/** Reads a tar archive (POSIX ustar and pax, and GNU's long names). @throws Error when it is cut or is none */
export async function* readTar(stream: Readable): AsyncGenerator<TarEntry> {
  const bytes = new Bytes(stream);
  let next: { path?: string; linkPath?: string; size?: number } = {};
  for (;;) {
    const header = await bytes.take(block);
    if (header === undefined || header.every(byte => byte === 0)) break;
    checkSum(header);
    const size = next.size ?? number(header, 124, 12);
    const flag = String.fromCharCode(header[156] ?? 0);
    const padding = (block - (size % block)) % block;
    if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
      const body = await bytes.must(size + padding);
      const content = body.subarray(0, size);
      if (flag === 'x') next = { ...next, ...pax(content) };
      else if (flag === 'L') next = { ...next, path: text(content, 0, size) };
      else if (flag === 'K') next = { ...next, linkPath: text(content, 0, size) };
      continue;
    }
    const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
    const name = text(header, 0, 100);
    let left = size;
    const content = async function* (): AsyncGenerator<Buffer> {
      while (left > 0) {
        const chunk = await bytes.some(left);
        left -= chunk.length;
        yield chunk;
      }
    };
    yield {
      path: next.path ?? (prefix === '' ? name : `${prefix}/${name}`),
      linkPath: next.linkPath ?? text(header, 157, 100),
      type: types[flag] ?? 'other',
      mode: number(header, 100, 8),
      size,
      content,
    };
    for await (const _ of content());
    if (padding > 0) await bytes.must(padding);
    next = {};
  }
  // What follows the end mark is padding; reading it lets the decompressor check its own sum.
  await bytes.drain();
}

class Bytes {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#source = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Exactly so many; undefined at the end. @throws Error when it ends in between */
  async take(length: number): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    let have = 0;
    while (have < length) {
      const chunk = await this.#upTo(length - have);
      if (chunk === undefined) break;
      chunks.push(chunk);
      have += chunk.length;
    }
    if (have === 0 && length > 0) return undefined;
    if (have < length) throw new Error('the archive ends in the middle of a member');
    return Buffer.concat(chunks);
  }

  async must(length: number): Promise<Buffer> {
    const found = length === 0 ? Buffer.alloc(0) : await this.take(length);
    if (found === undefined) throw new Error('the archive ends in the middle of a member');
    return found;
  }

  /** At least one, at most so many. */
  async some(most: number): Promise<Buffer> {
    const chunk = await this.#upTo(most);
    if (chunk === undefined) throw new Error('the archive ends in the middle of a member');
    return chunk;
  }

  async drain(): Promise<void> {
    while ((await this.#upTo(1 << 20)) !== undefined);
  }

  async #upTo(most: number): Promise<Buffer | undefined> {
    while (this.#held.length === 0) {
      const { value, done } = await this.#source.next();
      if (done === true) return undefined;
      this.#held = value;
    }
    const chunk = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(chunk.length);
    return chunk;
  }
}

function text(buffer: Buffer, start: number, length: number): string {
  const field = buffer.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

/** Octal digits, or with the highest bit set a binary number (GNU, for what octal cannot hold). */
function number(buffer: Buffer, start: number, length: number): number {
  const field = buffer.subarray(start, start + length);
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  const digits = text(buffer, start, length).trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function checkSum(header: Buffer): void {
  const wanted = number(header, 148, 8);
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (sum !== wanted) throw new Error('this is no tar archive: the check sum of a header is wrong');
}

/** Records of `<length> <key>=<value>\n`. */
function pax(content: Buffer): { path?: string; linkPath?: string; size?: number } {
  const found: { path?: string; linkPath?: string; size?: number } = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.subarray(at, space).toString());
    if (!(length > 0)) throw new Error('this is no tar archive: a pax record has no length');
    const [key = '', ...rest] = content
      .subarray(space + 1, at + length - 1)
      .toString('utf8')
      .split('=');
    const value = rest.join('=');
    if (key === 'path') found.path = value;
    else if (key === 'linkpath') found.linkPath = value;
    else if (key === 'size') found.size = Number(value);
    at += length;
  }
  return found;
}
