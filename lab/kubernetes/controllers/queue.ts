/** Keys of objects to reconcile. */
export interface WorkQueue {
  add(key: string): void;
  stop(): void;
}

const firstRetryMs = 10;
const lastRetryMs = 5_000;

/**
 * Calls `work` once for every key added since the last turn of the event loop, however often it was added: a
 * burst of events costs one reconciliation. A key whose work throws is logged and tried again, ever later.
 */
export function workQueue(work: (key: string) => void, log: (line: string) => void): WorkQueue {
  const pending = new Set<string>();
  const failures = new Map<string, number>();
  const retries = new Set<NodeJS.Timeout>();
  let scheduled = false;
  let stopped = false;

  const add = (key: string): void => {
    if (stopped) return;
    pending.add(key);
    if (scheduled) return;
    scheduled = true;
    setImmediate(drain);
  };

  const retryLater = (key: string, error: unknown): void => {
    const count = failures.get(key) ?? 0;
    failures.set(key, count + 1);
    // The first failure is mostly a race that the retry settles.
    if (count > 0) log(`${key}: ${error instanceof Error ? error.message : String(error)}`);
    const timer = setTimeout(
      () => {
        retries.delete(timer);
        add(key);
      },
      Math.min(firstRetryMs * 2 ** count, lastRetryMs),
    );
    retries.add(timer);
  };

  const drain = (): void => {
    scheduled = false;
    const keys = [...pending];
    pending.clear();
    for (const key of keys) {
      if (stopped) return;
      try {
        work(key);
        failures.delete(key);
      } catch (error) {
        retryLater(key, error);
      }
    }
  };

  return {
    add,
    stop: () => {
      stopped = true;
      for (const timer of retries) clearTimeout(timer);
    },
  };
}
