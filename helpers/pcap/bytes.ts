// Reads in network byte order. Callers check bounds first; a byte past the end reads as 0 and never throws.

export function u8(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}

export function u16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

export function u24(bytes: Uint8Array, offset: number): number {
  return (u16(bytes, offset) << 8) | u8(bytes, offset + 2);
}

export function u32(bytes: Uint8Array, offset: number): number {
  return u16(bytes, offset) * 0x10000 + u16(bytes, offset + 2);
}

export function hex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start)).toString('hex');
}

const HEX_BYTE = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));

/** Six bytes as `0e:e2:90:35:f1:74`. */
export function macAddress(bytes: Uint8Array, offset: number): string {
  let text = HEX_BYTE[u8(bytes, offset)] ?? '';
  for (let i = 1; i < 6; i++) text += `:${HEX_BYTE[u8(bytes, offset + i)]}`;
  return text;
}

/** Four bytes as `192.168.10.100`. */
export function ipv4Address(bytes: Uint8Array, offset: number): string {
  return `${u8(bytes, offset)}.${u8(bytes, offset + 1)}.${u8(bytes, offset + 2)}.${u8(bytes, offset + 3)}`;
}

/** Sixteen bytes in the canonical form of RFC 5952: lower case, the longest run of zero groups as `::`. */
export function ipv6Address(bytes: Uint8Array, offset: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => u16(bytes, offset + 2 * i));
  let runStart = -1;
  let runLength = 1; // a single zero group is not shortened (RFC 5952 4.2.2)
  for (let i = 0; i < 8; ) {
    let length = 0;
    while (groups[i + length] === 0) length++;
    if (length > runLength) {
      runStart = i;
      runLength = length;
    }
    i += Math.max(1, length);
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map(group => group.toString(16))
      .join(':');
  return runStart < 0 ? text(0, 8) : `${text(0, runStart)}::${text(runStart + runLength, 8)}`;
}
