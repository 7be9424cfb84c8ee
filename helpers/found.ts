/** @param otherwise begins the error, e.g. `topology bgp has no host` @throws Error naming what there is */
export function found<T>(all: ReadonlyMap<string, T>, name: string, otherwise: string): T {
  const value = all.get(name);
  if (value === undefined) throw new Error(`${otherwise} ${name}; it has ${[...all.keys()].join(', ')}`);
  return value;
}
