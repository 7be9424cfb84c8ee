/** IPv4 addresses as unsigned 32-bit numbers, so that ranges can be compared, counted and walked. */

/** Both ends included. */
export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

/** Returns undefined for what is not four decimal numbers of 0 to 255. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map(shift => (value >>> shift) & 255).join('.');
}

/** The addresses of a prefix; host bits are ignored. Returns undefined for what is no IPv4 prefix. */
export function parsePrefix(text: string): Ipv4Range | undefined {
  const [address, length, ...rest] = text.split('/');
  const value = parseIpv4(address ?? '');
  if (value === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length ?? '') || Number(length) > 32)
    return undefined;
  const size = 2 ** (32 - Number(length));
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}

export function contains(range: Ipv4Range, address: number): boolean {
  return range.first <= address && address <= range.last;
}

export function overlap(one: Ipv4Range, other: Ipv4Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}

/** As parseIpv4, for text that was checked before. @throws Error naming it */
export function ipv4(text: string): number {
  const value = parseIpv4(text);
  if (value === undefined) throw new Error(`${JSON.stringify(text)} is no IPv4 address`);
  return value;
}

/** As parsePrefix, for text that was checked before. @throws Error naming it */
export function prefix(text: string): Ipv4Range {
  const value = parsePrefix(text);
  if (value === undefined) throw new Error(`${JSON.stringify(text)} is no IPv4 prefix`);
  return value;
}

/** The nth prefix of a length inside a range, counted from 0; undefined when the range has no nth. */
export function subnet(range: string, length: number, n: number): string | undefined {
  const { first, last } = prefix(range);
  const start = first + n * 2 ** (32 - length);
  return start > last ? undefined : `${formatIpv4(start)}/${length}`;
}

/** The prefix of a length that an address lies in. */
export function networkOf(address: string, length: number): string {
  return `${formatIpv4(prefix(`${address}/${length}`).first)}/${length}`;
}
