import type { Backend } from '../../backend.ts';
import { murmur3 } from './murmur3.ts';

/** Cilium's default (pkg/maglev, DefaultTableSize), and the size the documents show. */
export const tableSize = 16_381;

/** The first word of Cilium's default maglev.hashSeed, which seeds the permutations. The second seeds the hash of packets: program.c. */
export const defaultSeed = Buffer.from('JLfvgnHc2kaSUFaI', 'base64').readUInt32BE(0);

/** A backend as Maglev knows it: by a text that is the same on every node. */
export interface MaglevBackend {
  readonly name: string;
  readonly weight: number;
}

/** The text Cilium hashes and sorts by (pkg/maglev, setHashString): it must never change, or nodes disagree. */
export function backendName({ address, port }: Backend, protocol: 'TCP' | 'UDP'): string {
  return `[${address}:${port}/${protocol},State:active]`;
}

/**
 * Maglev's lookup table (https://research.google/pubs/pub44824, section 3.4) as Cilium fills it (pkg/maglev,
 * computeLookupTable): `size` entries, each an index into `backends`. Backends take turns; each takes the next free
 * entry of its own permutation, which its offset and skip give. With weights a backend's turn may pass to the next.
 * Who is first in the list is first in turn: sort by name, or two nodes get two tables.
 */
export function lookupTable(
  backends: readonly MaglevBackend[],
  size: number = tableSize,
  seed: number = defaultSeed,
): Uint16Array {
  const free = 0xffff;
  const table = new Uint16Array(size).fill(free);
  const count = backends.length;
  if (count === 0) return table.fill(0);
  const permutations = backends.map(({ name }) => permutation(name, size, seed));
  const weightSum = backends.reduce((sum, { weight }) => sum + weight, 0);
  const weighted = Math.floor(weightSum / count) > 1;
  const thresholds = backends.map(({ weight }) => weight / count);

  for (let turn = 0; turn < size; turn += 1) {
    let index = turn % count;
    while (weighted && (turn + 1) * (backends[index]?.weight ?? 0) < Math.floor(thresholds[index] ?? 0)) {
      index = (index + 1) % count;
    }
    thresholds[index] = (thresholds[index] ?? 0) + weightSum;
    const next = permutations[index] as () => number;
    let entry = next();
    while (table[entry] !== free) entry = next();
    table[entry] = index;
  }
  return table;
}

/** Walks a backend's permutation of the entries. */
function permutation(name: string, size: number, seed: number): () => number {
  const [first, second] = murmur3(Buffer.from(name), seed);
  const skip = Number(second % BigInt(size - 1)) + 1;
  let entry = Number(first % BigInt(size)) - skip;
  return () => {
    entry = (entry + skip + size) % size;
    return entry;
  };
}
