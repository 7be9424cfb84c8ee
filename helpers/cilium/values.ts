/** Helm values as the chart takes them. */
export interface ChartValues {
  readonly [key: string]: ChartValue;
}
export type ChartValue = string | number | boolean | null | readonly ChartValue[] | ChartValues;

/** Flat dotted paths as `--set` takes them, nested: `{'loadBalancer.mode': 'dsr'}` → `{loadBalancer: {mode: 'dsr'}}`. */
export function nested(flat: Readonly<Record<string, ChartValue>>): ChartValues {
  return Object.entries(flat).reduce<ChartValues>(
    (values, [path, value]) =>
      merged(
        values,
        path.split('.').reduceRight<ChartValue>((inner, key) => ({ [key]: inner }), value) as ChartValues,
      ),
    {},
  );
}

/** Flat values, with the lists that are given as `--set` takes them, `{a,b}`, made lists: in a values file those are text. */
export const withLists = (flat: Readonly<Record<string, ChartValue>>): Record<string, ChartValue> =>
  Object.fromEntries(
    Object.entries(flat).map(([path, value]) => {
      const list = typeof value === 'string' ? /^\{(.*)\}$/.exec(value)?.[1] : undefined;
      return [path, list === undefined ? value : list.split(',').filter(each => each !== '')];
    }),
  );

/** As helm merges values files: the later one wins, objects are merged, lists replaced. */
export function merged(base: ChartValues, over: ChartValues): ChartValues {
  const result: Record<string, ChartValue> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isValues(below) && isValues(value) ? merged(below, value) : value;
  }
  return result;
}

/** The inverse of `nested`: every leaf by its dotted path. */
export function flat(values: ChartValues, prefix = ''): Readonly<Record<string, ChartValue>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      isValues(value) && Object.keys(value).length > 0
        ? Object.entries(flat(value, `${prefix}${key}.`))
        : [[`${prefix}${key}`, value]],
    ),
  );
}

/** The dotted path of every leaf, for comparison with what a chart knows. */
export const leafPaths = (values: ChartValues): string[] => Object.keys(flat(values));

const isValues = (value: ChartValue | undefined): value is ChartValues =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
