const mask = 0xffff_ffff_ffff_ffffn;
const c1 = 0x87c3_7b91_1142_53d5n;
const c2 = 0x4cf5_ad43_2745_937fn;

const multiply = (a: bigint, b: bigint): bigint => (a * b) & mask;
const rotate = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & mask;

function mix(value: bigint): bigint {
  let k = value ^ (value >> 33n);
  k = multiply(k, 0xff51_afd7_ed55_8ccdn);
  k ^= k >> 33n;
  k = multiply(k, 0xc4ce_b9fe_1a85_ec53n);
  return k ^ (k >> 33n);
}

/** Up to eight bytes as a little-endian number. */
function word(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** MurmurHash3_x64_128 (https://github.com/aappleby/smhasher), both halves; Cilium's pkg/murmur3. `seed` has 32 bits. */
export function murmur3(bytes: Uint8Array, seed: number): readonly [bigint, bigint] {
  let h1 = BigInt(seed);
  let h2 = BigInt(seed);
  const scramble1 = (k: bigint): bigint => multiply(rotate(multiply(k, c1), 31n), c2);
  const scramble2 = (k: bigint): bigint => multiply(rotate(multiply(k, c2), 33n), c1);

  const tail = bytes.length - (bytes.length % 16);
  for (let at = 0; at < tail; at += 16) {
    h1 ^= scramble1(word(bytes.subarray(at, at + 8)));
    h1 = (multiply((rotate(h1, 27n) + h2) & mask, 5n) + 0x52dc_e729n) & mask;
    h2 ^= scramble2(word(bytes.subarray(at + 8, at + 16)));
    h2 = (multiply((rotate(h2, 31n) + h1) & mask, 5n) + 0x3849_5ab5n) & mask;
  }
  h1 ^= scramble1(word(bytes.subarray(tail, tail + 8)));
  h2 ^= scramble2(word(bytes.subarray(tail + 8)));

  h1 ^= BigInt(bytes.length);
  h2 ^= BigInt(bytes.length);
  h1 = (h1 + h2) & mask;
  h2 = (h2 + h1) & mask;
  h1 = mix(h1);
  h2 = mix(h2);
  h1 = (h1 + h2) & mask;
  return [h1, (h2 + h1) & mask];
}
