import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { parse } from 'yaml';
import packageJson from '../package.json' with { type: 'json' };

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<string, { readonly 'timeout-minutes'?: number; readonly steps: readonly Step[] }>
  >;
}

const folder = join(import.meta.dirname, '../.github/workflows');
const files = readdirSync(folder);
const scripts = Object.keys(packageJson.scripts);

test('there is a workflow for pull requests and one for nights', () => {
  expect(files.sort((a, b) => a.localeCompare(b))).toEqual(['nightly.yml', 'pull-request.yml']);
});

for (const file of files) {
  test(`${file}: actions are pinned, commands exist, nothing runs for ever or with more rights than it needs`, () => {
    const text = readFileSync(join(folder, file), 'utf8');
    // Anchors would be resolved here and refused by GitHub.
    const workflow = parse(text, { maxAliasCount: 0 }) as Workflow;
    const steps = Object.values(workflow.jobs).flatMap(job => job.steps);
    expect(workflow.permissions.contents).toBe('read');
    expect(Object.values(workflow.permissions)).not.toContain('write');
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
    for (const { uses } of steps) {
      if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    }
    const commands = steps.flatMap(({ run = '' }) => [
      ...[...run.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(match => match[1] ?? ''),
      ...(/\bnpm test\b/.test(run) ? ['test'] : []),
    ]);
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) expect(scripts).toContain(command);
    // A title or branch name in a script would be run as part of it.
    for (const { run = '' } of steps) expect(run).not.toMatch(/\$\{\{\s*github\.(?:event|head_ref)/);
  });
}
