import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import * as build from './build.ts';
import { isGeneve } from './predicates.ts';
import { CaptureError, type CaptureSource, readCapture, readWholeCapture, scanCapture } from './reader.ts';
import { captureBytes, captureHeader, writeCapture } from './writer.ts';

const real = (name: string): string => new URL(`./testdata/${name}`, import.meta.url).pathname;

/** Everything a source gives: packets, and the error it ends with. */
async function read(source: CaptureSource): Promise<{ packets: number; error: CaptureError | undefined }> {
  let packets = 0;
  try {
    for await (const _ of readCapture(source)) packets++;
    return { packets, error: undefined };
  } catch (error) {
    if (error instanceof CaptureError) return { packets, error };
    throw error;
  }
}

const frames = [60, 0, 1, 1500].map((length, i) => ({
  timestampUs: 1_700_000_000_000_000 + i,
  frame: new Uint8Array(length).fill(i),
}));

test('reads what tcpdump wrote', async () => {
  const packets = await readWholeCapture(real('l2-takeover-arp.pcap'));
  expect(packets[0]).toMatchObject({ capturedLength: 58, originalLength: 58, linkType: 1, offset: 24 });
  expect(packets[0]?.timestampUs).toBe(1_795_202_256_064_951);
  expect(packets[0]?.frame).toHaveLength(58);
});

test('gives back what was written, from a file, from memory and from a stream of small pieces', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pcap-'));
  try {
    const file = join(directory, 'a.pcap');
    await writeCapture(file, frames);
    const bytes = await readFile(file);
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
    }
    for (const source of [file, bytes, pieces()]) {
      const packets = await readWholeCapture(source);
      expect(
        packets.map(({ timestampUs, frame }) => [timestampUs, Buffer.from(frame).toString('hex')]),
      ).toEqual(frames.map(({ timestampUs, frame }) => [timestampUs, Buffer.from(frame).toString('hex')]));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('reads big-endian captures', async () => {
  const bytes = captureBytes(frames);
  const swap = (at: number, width: 2 | 4): void => void bytes.subarray(at, at + width).reverse();
  swap(4, 2);
  swap(6, 2);
  for (const at of [0, 8, 12, 16, 20]) swap(at, 4);
  for (let at = 24, i = 0; i < frames.length; i++) {
    for (const field of [0, 4, 8, 12]) swap(at + field, 4);
    at += 16 + (frames[i]?.frame.length ?? 0);
  }
  expect(await read(bytes)).toEqual({ packets: frames.length, error: undefined });
});

test('frames stay as they are while reading goes on', async () => {
  const many = Array.from({ length: 4000 }, (_, i) => ({ timestampUs: i, frame: build.uint(4, i) }));
  const packets = await readWholeCapture(captureBytes(many));
  expect(packets.map(({ frame }) => Buffer.from(frame).readUInt32BE(0))).toEqual(many.map((_, i) => i));
});

test('a capture without packets is an empty one', async () => {
  expect(await read(captureHeader())).toEqual({ packets: 0, error: undefined });
});

test('cut at any byte, it says where and how many whole packets came before', async () => {
  const bytes = await readFile(real('bgp-session-start.pcap'));
  const ends = [24];
  for await (const packet of readCapture(bytes)) ends.push(packet.offset + 16 + packet.capturedLength);
  const wrong: string[] = [];
  for (let cut = 0; cut < bytes.length; cut++) {
    const { packets, error } = await read(bytes.subarray(0, cut));
    const whole = Math.max(0, ends.filter(end => end <= cut).length - 1);
    const told = error && `${error.code} at ${error.offset} after ${error.packetsBefore}`;
    const expected = ends.includes(cut)
      ? undefined
      : cut === 0
        ? 'empty at 0 after 0'
        : cut < 24
          ? 'truncated-header at 0 after 0'
          : `truncated-record at ${ends[whole]} after ${whole}`;
    if (packets !== whole || told !== expected) wrong.push(`cut at ${cut}: ${packets} packets, ${told}`);
  }
  expect(ends.at(-1)).toBe(bytes.length);
  expect(wrong).toEqual([]);
});

function patched(at: number, value: number): Buffer {
  const bytes = captureBytes(frames);
  bytes.writeUInt32LE(value, at);
  return bytes;
}

/** The header of the second record is at 24 + 16 + 60. */
const SECOND = 100;

for (const [code, source, says] of [
  ['bad-magic', patched(0, 0x12345678), /78563412 is not that of a capture/],
  ['nanosecond', patched(0, 0xa1b23c4d), /--time-stamp-precision=micro/],
  ['pcapng', patched(0, 0x0a0d0d0a), /editcap -F pcap/],
  ['unsupported-version', patched(4, 0x0005_0002), /2\.5/],
  ['unsupported-link-type', patched(20, 228), /link type 228/],
  ['impossible-length', patched(SECOND + 8, 0xffffffff), /4294967295 captured bytes/],
  ['impossible-length', patched(SECOND + 8, 61), /61 captured bytes of a packet of 0/],
  ['impossible-time', patched(SECOND + 4, 1_000_000), /1000000 microseconds/],
] as const) {
  test(`${code}: ${says.source}`, async () => {
    const { packets, error } = await read(source);
    const inRecord = code.startsWith('impossible');
    expect(packets).toBe(inRecord ? 1 : 0);
    expect(error).toMatchObject({ code, packetsBefore: packets });
    expect(error?.message).toMatch(says);
    if (inRecord) expect(error?.offset).toBe(SECOND);
  });
}

test('a file that is not there is said so', async () => {
  const { error } = await read('/does/not/exist.pcap');
  expect(error).toMatchObject({ code: 'unreadable' });
  expect(error?.message).toContain('ENOENT');
});

test('a scan gives only what is wanted, in order, and still finds the fault', async () => {
  const inner = build.ethernet(new Uint8Array(46));
  const tunnelled = build.geneveFrame(inner, { source: '192.168.10.100', destination: '192.168.20.100' });
  const bytes = captureBytes(
    Array.from({ length: 3000 }, (_, i) => ({ timestampUs: i, frame: i % 3 === 0 ? tunnelled : inner })),
  );
  const times: number[] = [];
  const offsets: number[] = [];
  const scan = async (): Promise<void> => {
    for await (const packet of scanCapture(bytes.subarray(0, bytes.length - 1), isGeneve)) {
      times.push(packet.timestampUs);
      offsets.push(packet.offset);
    }
  };
  await expect(scan()).rejects.toMatchObject({ code: 'truncated-record', packetsBefore: 2999 });
  expect(times).toEqual(Array.from({ length: 1000 }, (_, i) => i * 3));
  expect(offsets[1]).toBe(24 + 16 + tunnelled.length + 2 * (16 + inner.length));
});
