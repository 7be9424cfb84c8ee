import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';

const root = path.join(import.meta.dirname, '../..');
const table = readFileSync(path.join(root, 'docs/environment.md'), 'utf8');
const documented = new Set([...table.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name));
/** The shell's and the runners' own. */
const notOurs = new Set(['PATH', 'HOME', 'TEST_WORKER_INDEX', 'TEST_PARALLEL_INDEX', 'CI']);

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.mjs'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(file => file !== '' && !/\.(test|live|sample)\.ts$/.test(file));
const code = files.map(file => readFileSync(path.join(root, file), 'utf8')).join('\n');

/** Variables that the code reads: `env.NAME`, `{ NAME } = process.env`, `{ NAME: name } = env`. */
function variablesIn(text: string): Set<string> {
  const named = [...text.matchAll(/\benv\.([A-Z][A-Z_]+)\b/g)].map(([, name = '']) => name);
  const destructured = [...text.matchAll(/\{([^{}]*)\} = (?:process\.)?env\b/g)].flatMap(([, names = '']) =>
    [...names.matchAll(/\b([A-Z][A-Z_]+)\b/g)].map(([, name = '']) => name),
  );
  return new Set([...named, ...destructured].filter(name => !notOurs.has(name)));
}

test('every environment variable that the code reads is in docs/environment.md', () => {
  expect([...variablesIn(code)].filter(name => !documented.has(name))).toEqual([]);
});

test('docs/environment.md names no variable that nothing reads', () => {
  const tests = execFileSync(
    'git',
    ['grep', '-hoE', '\\b[A-Z][A-Z_]{2,}\\b', '--', '*.ts', '*.sh', '.ci/run'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const known = new Set(tests.split('\n'));
  expect([...documented].filter(name => !known.has(name ?? ''))).toEqual([]);
});
