import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestInfo } from '@playwright/test';
import type { Conformance } from './conformance.ts';

/** What a run of Playwright on inline specs left: its output, its exit code, its files. */
export interface InlineRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** `reports/out` of the run. */
  readonly out: string;
  /** @throws Error when there is none */
  readonly report: () => Conformance;
  /** Reads a file of the last run's folder. */
  readonly read: (file: string) => string;
}

/** Head of an inline spec: the functions of `record.ts`, and a lab to hand over. */
export const specHead = `
import { test, expect } from '@playwright/test';
import { evidence, evidenceFile, inconclusive, Inconclusive, measured, notApplicable, recordLab } from '${join(import.meta.dirname, '../fixtures/evidence/record.ts')}';
import { bgp } from '${join(import.meta.dirname, '../lab/topologies/bgp.ts')}';
const lab = {
  provider: 'netns',
  system: { name: 'reference', version: '1.18.0', label: 'reference (our stand-in)' },
  versions: { frr: '8.4.4' },
  topology: bgp,
};
const claim = (id: string) => ({ annotation: { type: 'claim', description: id } });
`;

/** Runs Playwright itself, with our reporter, on specs given as text. The directory is this test's own. */
export async function runInline(
  test: TestInfo,
  specs: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<InlineRun> {
  // It is a run of Playwright in itself, on a machine that may be busy.
  test.setTimeout(test.timeout + 120_000);
  const directory = test.outputPath('inline');
  const files = {
    'playwright.config.ts': `
import { defineConfig } from '@playwright/test';
import { reporters } from '${join(import.meta.dirname, 'reporters.ts')}';
export default defineConfig({
  testDir: 'specs',
  outputDir: 'results',
  workers: 1,
  reporter: reporters(import.meta.dirname),
});
`,
    ...Object.fromEntries(Object.entries(specs).map(([name, text]) => [`specs/${name}`, specHead + text])),
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }

  const cli = join(import.meta.dirname, '../node_modules/@playwright/test/cli.js');
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(UNIT|CI|GITHUB_|TEST_|PLAYWRIGHT|PW_|CONFORMANCE|FORCE_COLOR|NO_COLOR|DEBUG)/.test(name),
  );
  const env = { ...Object.fromEntries(inherited), ...environment };
  const { code, stderr, stdout } = await new Promise<Pick<InlineRun, 'code' | 'stdout' | 'stderr'>>(
    resolve => {
      execFile(process.execPath, [cli, 'test', ...args], { cwd: directory, env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
      );
    },
  );
  const out = join(directory, 'reports/out');
  const read = (file: string): string => {
    const path = join(out, 'latest', file);
    if (!existsSync(path))
      throw new Error(`the run left no ${file}; it exited with ${code} and said:\n${stdout}${stderr}`);
    return readFileSync(path, 'utf8');
  };
  return {
    code,
    stdout,
    stderr,
    out,
    read,
    report: () => JSON.parse(read('conformance.json')) as Conformance,
  };
}

/** Every file below a folder with its text, byte for byte. */
export function filesBelow(folder: string): { name: string; text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => ({ name: entry.name, text: readFileSync(join(entry.parentPath, entry.name), 'latin1') }));
}
