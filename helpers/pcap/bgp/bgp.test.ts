import { expect, test } from '@playwright/test';
import { bytesOf, join, uint } from '../build.ts';
import { mutated } from '../generate.ts';
import { Random } from '../random.ts';
import { bgpMessage, bgpUpdate, seedMessages } from '../seeds.ts';
import { type BgpMessage, decodeBgpMessage } from './message.ts';
import { capability, openAs } from './open.ts';
import { bgpMessages } from './session.ts';
import { announcedPrefixes, asPathOf, attribute, type BgpUpdate, withdrawnPrefixes } from './update.ts';

const real = new URL('../testdata/bgp-session-start.pcap', import.meta.url).pathname;

function decoded(bytes: Uint8Array, asWidth: 2 | 4 = 4): BgpMessage {
  const result = decodeBgpMessage(bytes, 0, bytes.length, { asWidth });
  if (!result.ok) throw new Error(`${result.error.offset}: ${result.error.reason}`);
  return result.value;
}

function updateOf(withdrawn: string, attributes: string, nlri: string, asWidth: 2 | 4 = 4): BgpUpdate {
  const message = decoded(bgpUpdate(withdrawn, attributes, nlri), asWidth);
  if (message.type !== 'update') throw new Error(message.type);
  return message;
}

test('a real session between Cilium and FRR, from reset to established', async () => {
  const { messages, problems } = await bgpMessages(real);
  expect(new Set(problems.map(({ kind }) => kind))).toEqual(new Set(['start']));
  const from = (source: string, type: BgpMessage['type']) =>
    messages.filter(({ message, ...key }) => key.source === source && message.type === type);

  expect(from('192.168.50.1', 'notification').map(({ message }) => message)).toMatchObject([
    { codeName: 'Cease', subcodeName: 'Administrative Reset' },
    { codeName: 'Cease', subcodeName: 'Administrative Reset' },
    { codeName: 'Cease', subcodeName: 'Administrative Reset' },
  ]);
  const [open] = from('192.168.50.12', 'open');
  if (open?.message.type !== 'open') throw new Error('no OPEN from the node');
  expect(open).toMatchObject({
    destinationPort: 179,
    message: { holdTimeSeconds: 9, routerId: '192.168.50.12' },
  });
  expect(openAs(open.message)).toBe(65_001);
  expect(capability(open.message, 'graceful-restart')).toBeUndefined();
  const [answer] = from('192.168.50.1', 'open');
  if (answer?.message.type !== 'open') throw new Error('no OPEN from the router');
  expect(capability(answer.message, 'graceful-restart')).toMatchObject({
    restartTimeSeconds: 120,
    restarted: false,
  });
  expect(capability(answer.message, 'fqdn')).toMatchObject({ hostname: 'tor' });

  const [update] = from('192.168.50.11', 'update');
  if (update?.message.type !== 'update') throw new Error('no UPDATE from the node');
  expect(announcedPrefixes(update.message)).toEqual(['10.100.0.0/24', '203.0.113.0/32']);
  expect(asPathOf(update.message)).toEqual([65_001]);
  expect(attribute(update.message, 'next-hop')?.address).toBe('192.168.50.11');
  expect(attribute(update.message, 'local-preference')).toBeUndefined();
});

test('OPEN with all capabilities', () => {
  expect(decoded(seedMessages[0])).toEqual({
    type: 'open',
    version: 4,
    as: 0xfde9,
    holdTimeSeconds: 9,
    routerId: '192.168.10.100',
    capabilities: [
      { type: 'multiprotocol', afi: 1, safi: 1 },
      { type: 'route-refresh' },
      { type: 'four-octet-as', as: 65_001 },
      {
        type: 'graceful-restart',
        restarted: true,
        notification: true,
        restartTimeSeconds: 120,
        families: [{ afi: 1, safi: 1, forwardingPreserved: true }],
      },
      { type: 'fqdn', hostname: 'v1.1', domain: 'x' },
      { type: 'extended-message' },
    ],
  });
});

test('End-of-RIB of IPv4 and of IPv6, and an UPDATE that is none', () => {
  expect(updateOf('', '', '').endOfRib).toEqual({ afi: 1, safi: 1 });
  expect(updateOf('', '80 0f 03 0002 01', '').endOfRib).toEqual({ afi: 2, safi: 1 });
  expect(updateOf('18 ac1400', '', '').endOfRib).toBeUndefined();
  expect(updateOf('', '80 0f 08 0002 01 20 fd000001', '').endOfRib).toBeUndefined();
});

test('path attributes', () => {
  const update = updateOf(
    '20 ac100101 09 ac80',
    '40 01 01 02 40 02 0a 01 01 0000fde9 02 01 00030d40'.replace('0a', '0c') +
      '40 03 04 c0a80a64 80 04 04 00000064 40 05 04 000000c8 40 06 00 c0 07 08 0000fde9 c0a80a64' +
      'c0 08 08 fde90064 ffffff01 c0 10 08 0002fde900000064 d0 20 000c 0000fde9 00000001 00000002 c0 63 02 beef',
    '00 0f 0a02',
  );
  expect(withdrawnPrefixes(update)).toEqual(['172.16.1.1/32', '172.128.0.0/9']);
  expect(announcedPrefixes(update)).toEqual(['0.0.0.0/0', '10.2.0.0/15']);
  expect(asPathOf(update)).toEqual([65_001, 200_000]);
  expect(update.attributes.map(({ flags, ...rest }) => rest)).toEqual([
    { type: 'origin', value: 'INCOMPLETE' },
    {
      type: 'as-path',
      segments: [
        { kind: 'set', as: [65_001] },
        { kind: 'sequence', as: [200_000] },
      ],
    },
    { type: 'next-hop', address: '192.168.10.100' },
    { type: 'multi-exit-disc', value: 100 },
    { type: 'local-preference', value: 200 },
    { type: 'atomic-aggregate' },
    { type: 'aggregator', as: 65_001, address: '192.168.10.100' },
    { type: 'communities', values: ['65001:100', 'no-export'] },
    { type: 'extended-communities', values: ['0002fde900000064'] },
    { type: 'large-communities', values: ['65001:1:2'] },
    { type: 'unknown', code: 0x63, data: 'beef' },
  ]);
});

test('AS numbers of two bytes', () => {
  expect(asPathOf(updateOf('', '40 02 06 02 02 fde9 fde8', '', 2))).toEqual([65_001, 65_000]);
});

test('IPv6 prefixes with their next hop', () => {
  const update = updateOf('', '80 0e 1a 0002 01 10 fd000000000000000000000000000064 00 20 fd000001', '');
  expect(attribute(update, 'mp-reach')).toMatchObject({ nextHops: ['fd00::64'], prefixes: ['fd00:1::/32'] });
});

test('NOTIFICATION with the reason an operator gave, ROUTE-REFRESH, KEEPALIVE', () => {
  expect(decoded(bgpMessage(3, bytesOf('06 02 05 68656c6c6f')))).toMatchObject({
    codeName: 'Cease',
    subcodeName: 'Administrative Shutdown',
    shutdownReason: 'hello',
  });
  expect(decoded(bgpMessage(3, bytesOf('04 00')))).toMatchObject({ codeName: 'Hold Timer Expired' });
  expect(decoded(bgpMessage(3, bytesOf('63 07')))).toMatchObject({
    codeName: 'code 99',
    subcodeName: 'subcode 7',
  });
  expect(decoded(bgpMessage(5, bytesOf('0001 02 01')))).toEqual({
    type: 'route-refresh',
    afi: 1,
    safi: 1,
    subtype: 2,
  });
  expect(decoded(bgpMessage(4, new Uint8Array(0)))).toEqual({ type: 'keepalive' });
});

for (const [what, bytes, offset, reason] of [
  ['a marker with a hole', bytesOf(`${'ff'.repeat(8)}00${'ff'.repeat(7)}001304`), 8, /marker/],
  ['a length too small', bytesOf(`${'ff'.repeat(16)}001204`), 16, /length 18/],
  ['an unknown type', bytesOf(`${'ff'.repeat(16)}001309`), 18, /type 9/],
  ['withdrawn routes past the end', bgpMessage(2, bytesOf('00ff 0000')), 19, /255 bytes of withdrawn/],
  ['a prefix of 33 bits', bgpUpdate('', '', '21 0a000000 00'), 23, /prefix length 33/],
  ['a prefix cut short', bgpUpdate('', '', '18 0a00'), 23, /needs 3 bytes, 2 are left/],
  ['an attribute past its area', bgpUpdate('', '40 01 05 00', ''), 23, /attribute 1 of 5 bytes/],
  [
    'an AS path segment past its attribute',
    bgpUpdate('', '40 02 06 02 09 0000fde9', ''),
    26,
    /36 bytes with 4/,
  ],
  [
    'capabilities past their parameter',
    bgpMessage(1, join(bytesOf('04 fde9 0009 c0a80a64 04 02 02 01 09'))),
    31,
    /9 bytes/,
  ],
] as const) {
  test(`${what} is an error with its offset`, () => {
    const result = decodeBgpMessage(bytes);
    expect(result).toMatchObject({ ok: false, error: { layer: 'bgp', offset } });
    if (!result.ok) expect(result.error.reason).toMatch(reason);
  });
}

test('no mutation of a message throws', () => {
  const random = new Random(5);
  const [first, ...rest] = seedMessages;
  let refused = 0;
  for (let i = 0; i < 20_000; i++) {
    const result = decodeBgpMessage(mutated(random, random.pick(first, ...rest)));
    if (!result.ok) refused++;
  }
  expect(refused).toBeGreaterThan(5000);
  expect(decodeBgpMessage(uint(4, 0))).toMatchObject({ ok: false });
});
