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

/** As helm merges values files: the later one wins, objects are merged, lists replaced. */
export function merged(base: ChartValues, over: ChartValues): ChartValues {
  const result: Record<string, ChartValue> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isValues(below) && isValues(value) ? merged(below, value) : value;
  }
  return result;
}

const isValues = (value: ChartValue | undefined): value is ChartValues =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
