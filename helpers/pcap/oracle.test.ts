import { expect, test } from '@playwright/test';
import { decodeFrame } from './frame.ts';
import { mutated, randomFrame } from './generate.ts';
import { askTshark, disagreement, type OracleAnswer, tsharkVersion } from './oracle.ts';
import { Random } from './random.ts';
import { readWholeCapture } from './reader.ts';

test.beforeAll(async () => {
  test.skip((await tsharkVersion()) === undefined, 'tshark is not installed (apt-get install tshark)');
});

function compared(frames: readonly Uint8Array[], answers: readonly OracleAnswer[]): readonly string[] {
  return frames.flatMap((frame, i) => {
    const answer = answers[i];
    const why = answer === undefined ? 'no answer' : disagreement(decodeFrame(frame), answer);
    return why === undefined ? [] : [`frame ${i}: ${why}: ${Buffer.from(frame).toString('hex')}`];
  });
}

for (const name of ['bgp-session-start', 'vip-cluster-node1', 'l2-takeover-arp']) {
  test(`agrees with tshark on every field claims use: ${name}`, async () => {
    const file = new URL(`./testdata/${name}.pcap`, import.meta.url).pathname;
    const packets = await readWholeCapture(file);
    const frames = packets.map(({ frame }) => frame);
    expect(compared(frames, await askTshark(frames))).toEqual([]);
  });
}

test('agrees with tshark on 2,000 generated frames, half of them damaged', async () => {
  const random = new Random(1);
  const frames = Array.from({ length: 2000 }, (_, i) =>
    i % 2 === 0 ? randomFrame(random) : mutated(random, randomFrame(random)),
  );
  const answers = await askTshark(frames);
  expect(compared(frames, answers)).toEqual([]);
  const options = answers.flatMap(({ fields }) => fields.get('geneve.option.class') ?? []);
  expect(options.filter(value => value === String(0x014b)).length).toBeGreaterThan(100);
});

test('the comparison can fail: every field, changed, is noticed', async () => {
  const random = new Random(1);
  const frames = Array.from({ length: 300 }, () => randomFrame(random));
  const answers = await askTshark(frames);
  const noticed = new Set<string>();
  for (const [i, frame] of frames.entries()) {
    const answer = answers[i];
    if (answer === undefined) continue;
    for (const [field, values] of answer.fields) {
      if (values.length === 0) continue;
      const fields = new Map(answer.fields).set(field, ['changed', ...values.slice(1)]);
      if (disagreement(decodeFrame(frame), { ...answer, fields })?.startsWith(field) === true)
        noticed.add(field);
    }
  }
  for (const field of [
    'ip.src',
    'tcp.flags',
    'udp.dstport',
    'geneve.option.unknown.data',
    'vxlan.vni',
    'icmp.mtu',
  ]) {
    expect(noticed).toContain(field);
  }
});
