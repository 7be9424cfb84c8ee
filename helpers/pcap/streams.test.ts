import { expect, test } from '@playwright/test';
import { type BgpCapture, bgpMessages } from './bgp/session.ts';
import { asPathOf } from './bgp/update.ts';
import * as build from './build.ts';
import { IpProtocol } from './ipv4.ts';
import { bgpMessage, bgpUpdate, seedMessages } from './seeds.ts';
import { TcpFlag } from './tcp.ts';
import { captureBytes } from './writer.ts';

const NODE = { address: '192.168.10.100', port: 40_000 };
const ROUTER = { address: '192.168.10.200', port: 179 };
const START = 0xffff_fff0; // so that sequence numbers wrap within the first message

interface Segment {
  readonly at: number;
  readonly bytes?: Uint8Array;
  readonly flags?: number;
  readonly fromRouter?: boolean;
}

/** Sends segments, `at` bytes into the stream, one a microsecond; reads what BGP comes out. */
function messagesOf(segments: readonly Segment[]): Promise<BgpCapture> {
  const packets = segments.map((segment, i) => {
    const [from, to] = segment.fromRouter === true ? [ROUTER, NODE] : [NODE, ROUTER];
    const payload = build.tcp(segment.bytes ?? new Uint8Array(0), {
      sourcePort: from.port,
      destinationPort: to.port,
      sequence: (START + segment.at) >>> 0,
      flags: segment.flags ?? TcpFlag.ack,
    });
    const header = { protocol: IpProtocol.tcp, source: from.address, destination: to.address };
    return { timestampUs: i, frame: build.ethernet(build.ipv4(payload, header)) };
  });
  return bgpMessages(captureBytes(packets));
}

const SYN = { at: -1, flags: TcpFlag.syn };
const update = bgpUpdate('', '40 01 01 00 40 02 06 02 01 0000fde9 40 03 04 c0a80a64', '18 ac1400');
const keepalive = bgpMessage(4, new Uint8Array(0));
const stream = build.join(update, keepalive, update);
const part = (from: number, to?: number): Segment => ({ at: from, bytes: stream.slice(from, to) });
const types = ({ messages }: BgpCapture) => messages.map(({ message }) => message.type);
const WHOLE = ['update', 'keepalive', 'update'];

test('messages sharing a segment, and one byte a segment', async () => {
  expect(types(await messagesOf([SYN, part(0)]))).toEqual(WHOLE);
  const bytes = await messagesOf([SYN, ...Array.from(stream, (_, i) => part(i, i + 1))]);
  expect(types(bytes)).toEqual(WHOLE);
  expect(bytes.problems).toEqual([]);
  expect(bytes.messages[0]?.timestampUs).toBe(update.length);
});

test('retransmission, overlap and segments out of order: each byte once', async () => {
  const mixed = await messagesOf([SYN, part(30, 60), part(0, 20), part(0, 20), part(10, 40), part(55)]);
  expect(types(mixed)).toEqual(WHOLE);
  expect(mixed.problems).toEqual([]);
  expect(mixed.messages[0]).toMatchObject({ timestampUs: 4, sourcePort: 40_000, destinationPort: 179 });
});

test('a gap says what is missing, and reading goes on at the next message', async () => {
  const { messages, problems } = await messagesOf([SYN, part(0, 10), part(25)]);
  expect(messages.map(({ message }) => message.type)).toEqual(['keepalive', 'update']);
  expect(problems).toMatchObject([{ kind: 'gap', source: NODE.address }]);
  expect(problems[0]?.reason).toContain('15 bytes missing');
});

test('a capture that begins in the middle finds the first whole message', async () => {
  const { messages, problems } = await messagesOf([part(20)]);
  expect(messages.map(({ message }) => message.type)).toEqual(['keepalive', 'update']);
  expect(problems).toMatchObject([{ kind: 'start' }]);
});

test('a message that never ends is told', async () => {
  const { problems } = await messagesOf([SYN, part(0, 30)]);
  expect(problems).toMatchObject([{ kind: 'incomplete' }]);
  expect(problems[0]?.reason).toContain('30 bytes into a message');
});

test('bytes that are no BGP are told, and what follows is found', async () => {
  const bytes = build.join(new Uint8Array(40), keepalive);
  const { messages, problems } = await messagesOf([SYN, { at: 0, bytes }]);
  expect(messages.map(({ message }) => message.type)).toEqual(['keepalive']);
  expect(problems).toMatchObject([{ kind: 'malformed' }]);
});

test('a second connection on the same ports starts afresh', async () => {
  const again = { at: 100_000, bytes: keepalive };
  const { messages, problems } = await messagesOf([SYN, part(0), { at: 99_999, flags: TcpFlag.syn }, again]);
  expect(messages).toHaveLength(4);
  expect(problems).toEqual([]);
});

test('AS numbers are two bytes wide unless both sides can do four', async () => {
  const narrowOpen = bgpMessage(1, build.bytesOf('04 fde8 0009 c0a80ac8 00'));
  const narrowUpdate = bgpUpdate('', '40 02 04 02 01 fde9', '18 ac1400');
  const [wideOpen] = seedMessages;
  const opened = (router: Uint8Array): Segment[] => [
    SYN,
    { at: -1, flags: TcpFlag.syn | TcpFlag.ack, fromRouter: true },
    { at: 0, bytes: wideOpen },
    { at: 0, bytes: router, fromRouter: true },
  ];
  for (const [router, sent] of [
    [narrowOpen, narrowUpdate],
    [wideOpen, update],
  ] as const) {
    const { messages, problems } = await messagesOf([
      ...opened(router),
      { at: wideOpen.length, bytes: sent },
    ]);
    expect(problems).toEqual([]);
    const last = messages.at(-1)?.message;
    expect(last?.type === 'update' ? asPathOf(last) : []).toEqual([65_001]);
  }
});
