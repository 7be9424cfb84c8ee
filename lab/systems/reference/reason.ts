/**
 * What a failing check must say to have failed because of a fault: it names the broken value. All parts that are given
 * must hold; of rows, one of them.
 */
export interface Reason {
  /** What the check looks at: the first line of its message. */
  readonly about?: RegExp;
  /** A row that was observed, as it should be or not: a long message is cut off before what is missing. */
  readonly observed?: RegExp;
  readonly missing?: RegExp;
  readonly tooMany?: RegExp;
  /** For messages without rows: any part of it. */
  readonly says?: RegExp;
}

type Part = (literals: TemplateStringsArray, ...values: readonly (string | number | RegExp)[]) => Reason;

/** The text is a pattern; a value put into it stands for itself, if it is not a pattern as well. */
const part =
  (name: keyof Reason): Part =>
  (literals, ...values) => ({ [name]: pattern(literals, ...values) });

export const about = part('about');
export const observed = part('observed');
export const missing = part('missing');
export const tooMany = part('tooMany');
export const says = part('says');

export function pattern(
  { raw }: TemplateStringsArray,
  ...values: readonly (string | number | RegExp)[]
): RegExp {
  const sources = values.map(value =>
    value instanceof RegExp ? `(?:${value.source})` : String(value).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'),
  );
  return new RegExp(raw.map((literal, i) => literal + (sources[i] ?? '')).join(''));
}

/** Any address of a prefix whose length is a multiple of eight. */
export function inside(prefix: string): RegExp {
  const [address = '', length] = prefix.split('/');
  const bytes = address.split('.').map((byte, i) => (i < Number(length) / 8 ? byte : '\\d+'));
  return new RegExp(bytes.join('\\.'));
}

/** Whether the message of a failing check gives this reason. */
export function gives(message: string, { about: heading, says: text, ...rows }: Reason): boolean {
  const [first = ''] = message.split('\n');
  return (
    (heading?.test(first) ?? true) &&
    (text?.test(message) ?? true) &&
    hasRow(message, 'observed \\(\\d+\\)', rows.observed) &&
    hasRow(message, 'missing', rows.missing) &&
    hasRow(message, 'too many', rows.tooMany)
  );
}

function hasRow(message: string, section: string, row: RegExp | undefined): boolean {
  if (row === undefined) return true;
  const rows = new RegExp(`^${section}:\\n((?: {2}.*(?:\\n|$))*)`, 'm').exec(message)?.[1] ?? '';
  return rows.split('\n').some(line => row.test(line.trim()));
}
