/** The nth prefix of `length` inside an IPv4 range; undefined when the range has no nth. */
export function subnet(range: string, length: number, n: number): string | undefined {
  const [base = '', rangeLength = ''] = range.split('/');
  if (n >= 2 ** (length - Number(rangeLength))) return undefined;
  const number =
    base.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0) + n * 2 ** (32 - length);
  return `${[24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.')}/${length}`;
}
