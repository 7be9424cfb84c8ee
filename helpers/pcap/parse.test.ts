import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import type { BgpCapture } from './bgp/session.ts';
import { analyse } from './parse.ts';
import { CaptureError } from './reader.ts';

const analyses = new URL('./analyses.ts', import.meta.url);
const real = fileURLToPath(new URL('./testdata/bgp-session-start.pcap', import.meta.url));

test('runs off the main thread under Playwright, again and again, and several at once', async () => {
  for (let i = 0; i < 3; i++) {
    const both = await Promise.all([
      analyse<BgpCapture>(real, analyses, 'bgp'),
      analyse<BgpCapture>(real, analyses, 'bgp'),
    ]);
    for (const { messages } of both) expect(messages).toHaveLength(39);
  }
});

test('runs under tsx too, from another directory, and lets the process end', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'parse-'));
  try {
    const script = join(directory, 'script.mts');
    const parse = new URL('./parse.ts', import.meta.url).href;
    await writeFile(
      script,
      `import { analyse } from ${JSON.stringify(parse)};
       const { messages } = await analyse(${JSON.stringify(real)}, new URL(${JSON.stringify(analyses.href)}), 'bgp');
       process.stdout.write(String(messages.length));`,
    );
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', loader, script], {
      cwd: directory,
      timeout: 20_000,
    });
    expect(stdout.trim()).toBe('39');
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a faulty capture comes back as the CaptureError it was', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'parse-'));
  try {
    const file = join(directory, 'cut.pcap');
    const bytes = await readFile(real);
    await writeFile(file, bytes.subarray(0, bytes.length - 3));
    const error: unknown = await analyse(file, analyses, 'bgp').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CaptureError);
    expect(error).toMatchObject({ code: 'truncated-record' });
    expect(String(error)).toContain(file);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('an analysis that is not there, and one that is called off', async () => {
  await expect(analyse(real, analyses, 'nothing')).rejects.toThrow(/exports no function nothing/);
  const controller = new AbortController();
  const pending = analyse(real, analyses, 'bgp', undefined, { signal: controller.signal });
  controller.abort(new Error('called off'));
  await expect(pending).rejects.toThrow('called off');
});
