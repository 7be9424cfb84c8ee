import { expect, test } from '@playwright/test';
import { describeFrame, flagsText } from './describe.ts';
import { decodeFrame } from './frame.ts';
import { readWholeCapture } from './reader.ts';

test('tells a frame in one line, tunnels outermost first', async () => {
  const packets = await readWholeCapture(`${import.meta.dirname}/testdata/vip-cluster-node1.pcap`);
  const lines = packets.map(packet => describeFrame(decodeFrame(packet.frame, packet.linkType)));
  expect(lines[0]).toMatch(/^[\d.]+:\d+ > [\d.]+:\d+ TCP /);
  expect(lines.every(line => !line.includes('undefined'))).toBe(true);
  const arps = await readWholeCapture(`${import.meta.dirname}/testdata/l2-takeover-arp.pcap`);
  expect(describeFrame(decodeFrame(arps[0]?.frame ?? new Uint8Array(), arps[0]?.linkType))).toMatch(/^ARP /);
});

test('names TCP flags, and says where decoding stopped', () => {
  expect(flagsText(0x12)).toBe('SYN ACK');
  expect(flagsText(0)).toBe('none');
  expect(describeFrame(decodeFrame(new Uint8Array(4)))).toContain('not decoded further');
});
