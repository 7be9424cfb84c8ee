import { expect, test } from '@playwright/test';
import { backendName, defaultSeed, lookupTable, type MaglevBackend, tableSize } from './maglev.ts';
import { murmur3 } from './murmur3.ts';

/** The backends of Cilium's pkg/maglev/maglev_test.go: address and port are the number. */
const backend = (number: number, weight = 1): MaglevBackend => ({
  name: backendName({ address: `0.0.0.${number}`, port: number }, 'TCP'),
  weight,
});

function runs(table: Uint16Array): string {
  const found: { value: number; count: number }[] = [];
  for (const value of table) {
    const last = found.at(-1);
    if (last?.value === value) last.count += 1;
    else found.push({ value, count: 1 });
  }
  return found.map(({ value, count }) => `${value}(${count})`).join(',');
}

test('MurmurHash3 x64 128 of the published values', () => {
  const text = (value: string, seed = 0) =>
    murmur3(Buffer.from(value), seed)
      .map(half => half.toString(16).padStart(16, '0'))
      .join('');
  expect(text('')).toBe('0'.repeat(32));
  expect(text('hello')).toBe('cbd8a7b341bd9b025b1e906a48ae1d19');
  expect(text('hello, world')).toBe('342fac623a5ebc8e4cdcbc079642414d');
  expect(text('The quick brown fox jumps over the lazy dog.')).toBe('cd99481f9ee902c9695da1a38987b6e7');
});

test('a small table entry by entry, as in TestReproducible of Cilium', () => {
  const table = lookupTable([backend(1, 2), backend(3, 13), backend(4, 111), backend(5, 10)], 251);
  expect(runs(table)).toBe(
    '2(5),3(1),2(3),1(1),2(2),0(1),2(1),3(1),2(1),3(1),2(1),1(1),2(7),1(1),2(14),3(1),2(1),' +
      '1(2),2(12),3(1),2(3),1(1),2(4),3(1),2(8),3(1),2(2),1(1),2(16),1(2),2(3),3(1),2(11),1(2),2(4),3(1),2(3),' +
      '1(1),2(4),3(1),2(1),0(1),1(1),2(8),1(1),2(7),1(1),2(4),3(1),2(1),3(1),2(9),1(2),2(5),1(1),2(7),3(1),2(1),' +
      '3(1),1(1),2(8),1(1),2(4),0(1),2(1),1(1),2(5),3(1),2(3),1(1),2(4),3(1),2(3),1(1),2(12),0(1),3(1),2(3),3(1),' +
      '2(4),3(1),2(2),1(1),2(7)',
  );
});

test('weights give shares, as in TestWeightedBackendWithRemoval of Cilium', () => {
  const table = lookupTable([backend(1, 2), backend(2, 13), backend(3, 111), backend(4, 10)], 1021);
  const counts = [0, 1, 2, 3].map(index => table.filter(entry => entry === index).length);
  expect(counts).toEqual([16, 98, 832, 75]);
});

test('every entry is filled, in equal shares, and few change hands when a backend goes', () => {
  const three = [backend(1), backend(2), backend(3)];
  const before = lookupTable(three);
  expect(before).toHaveLength(tableSize);
  for (const index of [0, 1, 2]) {
    expect(before.filter(entry => entry === index).length).toBeGreaterThanOrEqual(Math.floor(tableSize / 3));
  }
  const after = lookupTable(three.slice(0, 2));
  const moved = before.filter((entry, slot) => entry < 2 && after[slot] !== entry).length;
  // Cilium's own tests allow one per cent.
  expect(moved / tableSize).toBeLessThan(0.01);
});

test('order and seed of the backends matter: that is why they are sorted, and the seed is shared', () => {
  const sorted = lookupTable([backend(1), backend(2), backend(3)]);
  const rotated = lookupTable([backend(2), backend(3), backend(1)]).map(index => (index + 1) % 3);
  expect(sorted.filter((entry, slot) => entry !== rotated[slot]).length).toBeGreaterThan(0);
  const seeded = lookupTable([backend(1), backend(2), backend(3)], tableSize, defaultSeed + 1);
  expect(sorted.filter((entry, slot) => entry !== seeded[slot]).length / tableSize).toBeGreaterThan(0.5);
});

test('one backend has all entries; none leaves no table to speak of', () => {
  expect(new Set(lookupTable([backend(1)], 251))).toEqual(new Set([0]));
  expect(new Set(lookupTable([], 251))).toEqual(new Set([0]));
});
