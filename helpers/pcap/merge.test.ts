import { expect, test } from '@playwright/test';
import { mergeByTime, type Packets } from './merge.ts';
import { type CapturedPacket, readCapture } from './reader.ts';
import { captureBytes } from './writer.ts';

const capture = (name: string, ...times: number[]) => ({
  name,
  packets: readCapture(captureBytes(times.map(timestampUs => ({ timestampUs, frame: new Uint8Array(60) })))),
});

async function merged(
  captures: readonly { readonly name: string; readonly packets: Packets }[],
): Promise<string[]> {
  const rows: string[] = [];
  for await (const { from, packet } of mergeByTime(captures)) rows.push(`${from.name} ${packet.timestampUs}`);
  return rows;
}

test('packets of several captures come in the order of time, those of one time in the order of the captures', async () => {
  expect(await merged([capture('a', 1, 4, 5), capture('b', 2, 4, 9), capture('c')])).toEqual([
    'a 1',
    'b 2',
    'a 4',
    'b 4',
    'a 5',
    'b 9',
  ]);
});

test('no captures, and none with packets', async () => {
  expect(await merged([])).toEqual([]);
  expect(await merged([capture('a')])).toEqual([]);
});

test('one packet of each is read ahead, and what is not wanted any more is closed', async () => {
  let read = 0;
  let closed = false;
  const frame = new Uint8Array(60);
  async function* endless(): AsyncGenerator<CapturedPacket> {
    try {
      for (;;) {
        const timestampUs = ++read;
        yield { timestampUs, capturedLength: 60, originalLength: 60, linkType: 1, offset: 0, frame };
      }
    } finally {
      closed = true;
    }
  }
  for await (const { packet } of mergeByTime([{ packets: endless() }])) if (packet.timestampUs === 3) break;
  expect(read).toBe(3);
  expect(closed).toBe(true);
});
