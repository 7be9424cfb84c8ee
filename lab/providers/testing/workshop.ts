import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { NotToBeHad } from './parts.ts';
import { rootNetwork } from './root-network.ts';

/**
 * What the tests of a file, or of a `describe`, work in: opened before the first and closed after the last of them, this
 * machine's own network being the same before and after. Where it cannot be had the tests are skipped, with the reason.
 * @param open may throw NotToBeHad
 */
export function inWorkshop<W extends { close(): Promise<void> }>(
  open: () => Promise<W>,
  timeoutMs: number,
): () => W {
  let workshop: W | undefined;
  let before: string | undefined;

  test.beforeAll(async () => {
    test.setTimeout(timeoutMs);
    try {
      before = rootNetwork();
      workshop = await open();
    } catch (error) {
      if (error instanceof NotToBeHad) test.skip(true, error.message);
      throw error;
    }
  });

  test.afterAll(async () => {
    await workshop?.close();
  });

  test.afterAll(() => {
    if (workshop !== undefined) expect(rootNetwork()).toBe(before);
  });

  return () => {
    if (workshop === undefined) throw new Error('the workshop is not open');
    return workshop;
  };
}

/** A directory of one's own in which labs are remembered, and all else that is temporary, until it is closed. */
export function ownTemporary(prefix: string): { readonly directory: string; close(): void } {
  const directory = mkdtempSync(path.join(tmpdir(), prefix));
  const previous = process.env.TMPDIR;
  process.env.TMPDIR = directory;
  return {
    directory,
    close: () => {
      if (previous === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = previous;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
