import type { PrinterColumn } from '../definitions.ts';
import { isObject, type JsonObject } from '../json.ts';
import { age } from './age.ts';
import type { Column } from './column.ts';

type Step = (values: readonly unknown[]) => readonly unknown[];

function member(name: string): Step {
  return values =>
    values.flatMap(value => (isObject(value) && value[name] !== undefined ? [value[name]] : []));
}

function filter(path: string, wanted: string): Step {
  const read = compile(path);
  return values =>
    values
      .flatMap(value => (Array.isArray(value) ? (value as unknown[]) : []))
      .filter(item => read(item).some(found => String(found) === wanted));
}

const everyItem: Step = values =>
  values.flatMap(value =>
    Array.isArray(value) ? (value as unknown[]) : isObject(value) ? Object.values(value) : [],
  );

/** The JSONPath of printer columns: members, indexes, `[*]` and `[?(@.type=="Ready")]`. */
function compile(path: string): (object: unknown) => readonly unknown[] {
  const steps: Step[] = [];
  const token =
    /\.((?:\\.|[^.[\\])+)|\[(-?\d+)\]|\[\*\]|\['([^']+)'\]|\[\?\(@\.([^=!\s]+)\s*==\s*["']([^"']*)["']\)\]/y;
  token.lastIndex = 0;
  while (token.lastIndex < path.length) {
    const found = token.exec(path);
    if (found === null) return () => [];
    const [text, name, index, quotedName, filterPath, filterValue] = found;
    if (name !== undefined) steps.push(member(name.replaceAll('\\', '')));
    else if (quotedName !== undefined) steps.push(member(quotedName));
    else if (index !== undefined) {
      steps.push(values =>
        values.flatMap(value => (Array.isArray(value) ? [(value as unknown[]).at(Number(index))] : [])),
      );
    } else if (filterPath !== undefined) steps.push(filter(`.${filterPath}`, filterValue ?? ''));
    else if (text === '[*]') steps.push(everyItem);
  }
  return object => steps.reduce<readonly unknown[]>((values, step) => step(values), [object]);
}

function cell(column: PrinterColumn, value: unknown): unknown {
  switch (column.type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? age(value) : null;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

/** `additionalPrinterColumns` as columns. What is absent prints as nothing. */
export function customColumns(columns: readonly PrinterColumn[]): Column[] {
  return columns.map(column => {
    const read = compile(column.jsonPath);
    return {
      name: column.name,
      type: column.type === 'date' ? 'date' : 'string',
      priority: column.priority ?? 0,
      description: column.description ?? '',
      cell: (object: JsonObject) => {
        const [value] = read(object);
        return value === undefined || value === null ? null : cell(column, value);
      },
    };
  });
}
