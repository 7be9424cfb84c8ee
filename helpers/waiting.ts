import { setTimeout } from 'node:timers/promises';

const pollMs = 50;

/**
 * Looks until something is there, and answers it.
 * @throws Error naming what was waited for, and the last error of looking
 */
export async function until<T>(
  what: string,
  deadlineMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  let last = '';
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
      last = '';
    } catch (error) {
      last = `; the last look failed: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (performance.now() >= end) throw new Error(`${what}: not within ${deadlineMs / 1000} s${last}`);
    await setTimeout(pollMs);
  }
}
