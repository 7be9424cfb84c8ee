/** Runs one piece of work over and over: once per burst of triggers, never twice at a time, again after a failure. */
export interface Reconciler {
  trigger(): void;
  /** Resolves when nothing triggered so far is left to do, or failing; for orderly ends and tests. */
  idle(): Promise<void>;
  /** No further run starts. Resolves when the one under way has ended. */
  stop(): Promise<void>;
}

const firstRetryMs = 50;
const longestRetryMs = 5_000;

/**
 * Runs `work` in the next macrotask after a trigger, so that the changes of one burst are taken in together.
 * A failing run is repeated after 50 ms, doubled each time up to 5 s; `onError` is told of every failure.
 */
export function createReconciler(
  work: () => Promise<void> | void,
  onError: (error: unknown, nextTryMs: number) => void,
): Reconciler {
  let wanted = false;
  let stopped = false;
  let failures = 0;
  let running: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;

  const run = async (): Promise<void> => {
    await new Promise(resolve => setImmediate(resolve));
    while (wanted && !stopped) {
      wanted = false;
      try {
        await work();
        failures = 0;
      } catch (error) {
        const delay = Math.min(firstRetryMs * 2 ** failures++, longestRetryMs);
        if (!stopped) onError(error, delay);
        retry = setTimeout(trigger, delay);
        return;
      }
    }
  };

  const trigger = (): void => {
    if (stopped) return;
    clearTimeout(retry);
    wanted = true;
    running ??= run().finally(() => {
      running = undefined;
      if (wanted && !stopped) trigger();
    });
  };

  return {
    trigger,
    idle: async () => {
      while (running !== undefined) await running;
    },
    stop: async () => {
      stopped = true;
      clearTimeout(retry);
      await running;
    },
  };
}
