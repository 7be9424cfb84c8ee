import { expect, test } from '@playwright/test';
import { formatIpv4, ipv4, networkOf, overlap, parseIpv4, parsePrefix, prefix, subnet } from './ipv4.ts';

test('addresses and prefixes, there and back, and what is none', () => {
  for (const text of ['0.0.0.0', '10.96.0.1', '192.168.10.200', '255.255.255.255'])
    expect(formatIpv4(ipv4(text))).toBe(text);
  for (const text of ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', ' 1.2.3.4', '1.2.3.x', 'fd00::1'])
    expect(parseIpv4(text), text).toBeUndefined();
  expect(parsePrefix('172.20.1.7/24')).toEqual({ first: ipv4('172.20.1.0'), last: ipv4('172.20.1.255') });
  expect(parsePrefix('0.0.0.0/0')).toEqual({ first: 0, last: 2 ** 32 - 1 });
  for (const text of ['1.2.3.4', '1.2.3.4/', '1.2.3.4/33', '1.2.3.4/-1', '1.2.3.4/24/24'])
    expect(parsePrefix(text), text).toBeUndefined();
  expect(() => ipv4('nonsense')).toThrow('"nonsense" is no IPv4 address');
});

test('prefixes overlap when one holds the other', () => {
  const [lan, wider, other] = ['192.168.10.0/24', '192.168.0.0/16', '192.168.11.0/24'].map(prefix);
  if (lan === undefined || wider === undefined || other === undefined) throw new Error('three prefixes');
  expect(overlap(lan, wider)).toBe(true);
  expect(overlap(lan, other)).toBe(false);
  expect(overlap(prefix('0.0.0.0/0'), lan)).toBe(true);
});

test('parts of a range, and the network of an address', () => {
  expect([0, 1, 255, 256].map(n => subnet('172.20.0.0/16', 24, n))).toEqual([
    '172.20.0.0/24',
    '172.20.1.0/24',
    '172.20.255.0/24',
    undefined,
  ]);
  expect(networkOf('172.16.1.77', 28)).toBe('172.16.1.64/28');
  expect(networkOf('255.255.255.255', 0)).toBe('0.0.0.0/0');
});
