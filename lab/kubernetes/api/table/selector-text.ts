import { type JsonObject, listAt, objectAt, stringAt } from '../json.ts';

/** A label selector as kubectl prints it: `app=web,tier in (a,b)`; `<none>` when it is empty. */
export function selectorText(selector: JsonObject | undefined): string {
  const equalities = Object.entries(objectAt(selector, 'matchLabels') ?? {})
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, value]) => `${key}=${String(value)}`);
  const expressions = listAt(selector, 'matchExpressions').map(expression => {
    const key = stringAt(expression, 'key') ?? '';
    const values = listAt(expression, 'values').join(',');
    switch (stringAt(expression, 'operator')) {
      case 'In':
        return `${key} in (${values})`;
      case 'NotIn':
        return `${key} notin (${values})`;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        return key;
    }
  });
  return [...equalities, ...expressions].join(',') || '<none>';
}
