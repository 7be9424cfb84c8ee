import { CaptureError, type CaptureErrorCode } from './capture-error.ts';
import { LinkType } from './cooked.ts';
import { type ByteSource, type CaptureSource, openSource } from './source.ts';

export const FILE_HEADER_LENGTH = 24;
export const RECORD_HEADER_LENGTH = 16;
/** MAXIMUM_SNAPLEN of libpcap: no record of a sane capture is longer. */
const LONGEST_RECORD = 262_144;
/** Holds the longest record, and enough of the short ones that reading costs few calls. */
const BUFFER_LENGTH = 1 << 20;

const LINK_TYPES: readonly number[] = Object.values(LinkType);

/** The file header of a capture. */
export interface CaptureHeader {
  readonly littleEndian: boolean;
  readonly snapLength: number;
  readonly linkType: number;
}

/** Whole, checked records: bytes [0, length) of `bytes`, valid until the next region is asked for. */
export interface Region {
  readonly bytes: Buffer;
  readonly length: number;
  /** Of its first byte in the file. */
  readonly offset: number;
  readonly packetsBefore: number;
}

/**
 * Reads a classic capture (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-06.html) region by region
 * and checks each record's bounds before anything else sees it. One buffer, reused: memory stays constant.
 */
export class CaptureGuard {
  readonly header: CaptureHeader;
  readonly headerBytes: Buffer;
  readonly name: string;
  readonly #source: ByteSource;
  readonly #buffer: Buffer;
  #filled: number;

  private constructor(
    source: ByteSource,
    buffer: Buffer,
    filled: number,
    header: CaptureHeader,
    headerBytes: Buffer,
  ) {
    this.#source = source;
    this.#buffer = buffer;
    this.#filled = filled;
    this.header = header;
    this.headerBytes = headerBytes;
    this.name = source.name;
  }

  /** @throws CaptureError when it is not a capture the reader takes */
  static async open(from: CaptureSource): Promise<CaptureGuard> {
    const source = await openSource(from).catch((error: unknown) => {
      const name = typeof from === 'string' ? from : 'capture';
      throw new CaptureError('unreadable', name, 0, 0, `it could not be opened: ${messageOf(error)}`);
    });
    try {
      const buffer = Buffer.allocUnsafeSlow(
        Math.min(BUFFER_LENGTH, Math.max(source.size ?? BUFFER_LENGTH, FILE_HEADER_LENGTH)),
      );
      const filled = await fill(source, buffer, 0, FILE_HEADER_LENGTH);
      const header = fileHeader(source.name, buffer, filled);
      const headerBytes = Buffer.from(buffer.subarray(0, FILE_HEADER_LENGTH));
      buffer.copyWithin(0, FILE_HEADER_LENGTH, filled);
      return new CaptureGuard(source, buffer, filled - FILE_HEADER_LENGTH, header, headerBytes);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** @throws CaptureError at the first record that is cut or impossible, after the whole ones were given out */
  async *regions(): AsyncGenerator<Region, void, undefined> {
    let offset = FILE_HEADER_LENGTH;
    let packets = 0;
    const fault = (code: CaptureErrorCode, reason: string): CaptureError =>
      new CaptureError(code, this.name, offset, packets, reason);
    try {
      for (;;) {
        const before = this.#filled;
        this.#filled = await fill(this.#source, this.#buffer, before, RECORD_HEADER_LENGTH).catch(
          (error: unknown) => {
            throw fault('unreadable', `it could not be read on: ${messageOf(error)}`);
          },
        );
        const walk = this.#walk();
        if (walk.length > 0) {
          yield { bytes: this.#buffer, length: walk.length, offset, packetsBefore: packets };
          offset += walk.length;
          packets += walk.packets;
          this.#buffer.copyWithin(0, walk.length, this.#filled);
          this.#filled -= walk.length;
        }
        if (walk.impossible !== undefined) throw fault(walk.impossible.code, walk.impossible.reason);
        if (walk.length === 0 && this.#filled === before) {
          if (this.#filled === 0) return;
          throw fault('truncated-record', this.#cut());
        }
      }
    } finally {
      await this.#source.close();
    }
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  #u32(at: number): number {
    return this.header.littleEndian ? this.#buffer.readUInt32LE(at) : this.#buffer.readUInt32BE(at);
  }

  /** How far the buffer holds whole records, and what is impossible about the one after them. */
  #walk(): {
    length: number;
    packets: number;
    impossible?: { readonly code: CaptureErrorCode; readonly reason: string };
  } {
    let length = 0;
    let packets = 0;
    while (length + RECORD_HEADER_LENGTH <= this.#filled) {
      const microseconds = this.#u32(length + 4);
      const captured = this.#u32(length + 8);
      const original = this.#u32(length + 12);
      if (captured > LONGEST_RECORD || captured > original) {
        const reason =
          captured > LONGEST_RECORD
            ? `a record claims ${captured} captured bytes, more than any capture holds (${LONGEST_RECORD})`
            : `a record claims ${captured} captured bytes of a packet of ${original}`;
        return { length, packets, impossible: { code: 'impossible-length', reason } };
      }
      if (microseconds > 999_999) {
        const reason = `a record's time has ${microseconds} microseconds`;
        return { length, packets, impossible: { code: 'impossible-time', reason } };
      }
      const next = length + RECORD_HEADER_LENGTH + captured;
      if (next > this.#filled) break;
      length = next;
      packets++;
    }
    return { length, packets };
  }

  #cut(): string {
    const killed = 'the file ends in the middle of a record, as when the capture was killed while writing';
    if (this.#filled < RECORD_HEADER_LENGTH) {
      return `${killed}: ${this.#filled} of ${RECORD_HEADER_LENGTH} header bytes are there`;
    }
    return `${killed}: ${this.#filled - RECORD_HEADER_LENGTH} of ${this.#u32(8)} captured bytes are there`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reads until the buffer holds at least `wanted` bytes more than it must, or the source ends. */
async function fill(source: ByteSource, buffer: Buffer, filled: number, wanted: number): Promise<number> {
  let total = filled;
  do {
    if (total === buffer.length) break;
    const read = await source.read(buffer, total);
    if (read === 0) break;
    total += read;
  } while (total < wanted);
  return total;
}

function fileHeader(name: string, bytes: Buffer, filled: number): CaptureHeader {
  const fault = (code: CaptureErrorCode, reason: string, offset = 0): CaptureError =>
    new CaptureError(code, name, offset, 0, reason);
  if (filled === 0) throw fault('empty', 'the file is empty: the capture never started');
  if (filled < 4) throw fault('truncated-header', `the file has ${filled} bytes, a file header has 24`);
  const magic = bytes.readUInt32BE(0);
  if (magic === 0x0a0d0d0a) {
    throw fault(
      'pcapng',
      'this is a pcapng file; take the capture with tcpdump, or convert it: editcap -F pcap',
    );
  }
  if (magic === 0xa1b23c4d || magic === 0x4d3cb2a1) {
    throw fault('nanosecond', 'times are in nanoseconds; take the capture with --time-stamp-precision=micro');
  }
  if (magic !== 0xa1b2c3d4 && magic !== 0xd4c3b2a1) {
    throw fault('bad-magic', `magic number ${bytes.toString('hex', 0, 4)} is not that of a capture`);
  }
  if (filled < FILE_HEADER_LENGTH) {
    throw fault(
      'truncated-header',
      `the file header is cut: ${filled} of ${FILE_HEADER_LENGTH} bytes are there`,
    );
  }
  const littleEndian = magic === 0xd4c3b2a1;
  const u16 = (at: number): number => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  if (u16(4) !== 2 || u16(6) !== 4) {
    throw fault('unsupported-version', `file format ${u16(4)}.${u16(6)}, only 2.4 is known`, 4);
  }
  // The upper bits say whether frames end in a checksum; tcpdump on Linux leaves them 0.
  const linkType = u32(20);
  if (!LINK_TYPES.includes(linkType)) {
    throw fault(
      'unsupported-link-type',
      `link type ${linkType} is not decoded (known: 1 Ethernet, 113 and 276 Linux cooked)`,
      20,
    );
  }
  return { littleEndian, snapLength: u32(16), linkType };
}
