import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Body, bodiesIn } from './sentences.ts';

export const root = join(import.meta.dirname, '../..');

/** Every spec with its text, by its path within the project. */
export function specs(): { readonly file: string; readonly text: string }[] {
  return readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.spec.ts'))
    .sort()
    .map(file => join('tests', file))
    .map(file => ({ file, text: readFileSync(join(root, file), 'utf8') }));
}

/** Every test of a claim. */
export function bodies(): Body[] {
  return specs().flatMap(({ file, text }) => bodiesIn(file, text));
}
