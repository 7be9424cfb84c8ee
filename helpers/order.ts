/** Code units' order: the same on every machine, whatever its locale. */
export const alphabetical = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Each once, in order. */
export const distinct = (all: readonly string[]): string[] => [...new Set(all)].toSorted(alphabetical);
