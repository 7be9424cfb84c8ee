/**
 * Runs `work` for every call, but never twice at once, and once for any number of calls that come while it
 * runs or before it starts. Resolves when a run that began after the call has ended.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let waiting: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    // Changes that belong together (a Deployment's pods, a service and its slice) come in one turn of the loop.
    await new Promise(resolve => setImmediate(resolve));
    waiting = undefined;
    running = work();
    await running;
  };
  return () => {
    waiting ??= (running ?? Promise.resolve()).then(begin, begin);
    return waiting;
  };
}
