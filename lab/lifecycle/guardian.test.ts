import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { until } from '../../helpers/waiting.ts';

/** A process that posts a guardian, says so, and waits; told `dismiss`, it lets the guardian go. */
function guarded(marker: string, log: string): ReturnType<typeof spawn> {
  const module = fileURLToPath(new URL('./guardian.ts', import.meta.url));
  const script = `
    const { guard } = await import(${JSON.stringify(module)});
    const guardian = guard(['touch', ${JSON.stringify(marker)}], ${JSON.stringify(log)});
    process.stdin.once('data', () => { guardian.dismiss(); setTimeout(() => process.exit(0), 100); });
    console.log('posted');
  `;
  const tsx = fileURLToPath(import.meta.resolve('tsx'));
  return spawn(process.execPath, ['--import', tsx, '--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`a guardian acts when its process is gone by ${signal}`, async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'guardian-'));
    const marker = path.join(directory, 'taken-down');
    const child = guarded(marker, path.join(directory, 'log'));
    if (child.stdout === null) throw new Error('no output');
    await once(child.stdout, 'data');
    expect(existsSync(marker)).toBe(false);
    child.kill(signal);
    await until('the guardian to act', 20_000, async () => (existsSync(marker) ? true : undefined));
    rmSync(directory, { recursive: true });
  });
}

test('a guardian that was dismissed does nothing', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'guardian-'));
  const marker = path.join(directory, 'taken-down');
  const child = guarded(marker, path.join(directory, 'log'));
  if (child.stdout === null) throw new Error('no output');
  await once(child.stdout, 'data');
  child.stdin?.write('dismiss\n');
  expect(await once(child, 'exit')).toEqual([0, null]);
  // One that would act does so at once, like the ones above.
  const witness = guarded(path.join(directory, 'witness'), path.join(directory, 'log'));
  if (witness.stdout === null) throw new Error('no output');
  await once(witness.stdout, 'data');
  witness.kill('SIGKILL');
  await until('the witness', 20_000, async () =>
    existsSync(path.join(directory, 'witness')) ? true : undefined,
  );
  expect(existsSync(marker)).toBe(false);
  rmSync(directory, { recursive: true });
});
