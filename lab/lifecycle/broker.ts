import { rmSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import type { LabWish, Provider, RunningLab } from '../contract/provider.ts';
import { makeRunDirectory } from './state.ts';

const socketVariable = 'CONFORMANCE_LABS';

/** Whether this process was started by one that owns labs and gives them to it. */
export const hasBroker = (): boolean => process.env[socketVariable] !== undefined;

/**
 * Owns the labs of a run. It lives in Playwright's main process, because an expensive lab does not belong in a
 * worker: a failed test ends its worker, while its lab goes on and is found again by the next one. Labs start
 * when first asked for, and die with the main process, however that ends.
 */
export async function openBroker(
  provider: Provider,
  options: { keep: boolean; onProgress: (line: string) => void },
): Promise<{
  /**
   * Takes the labs down, those that are starting included, or keeps them when told to.
   * @throws Error of a lab that could not be taken down, or is not as it was found
   */
  close(): Promise<void>;
}> {
  const directory = makeRunDirectory();
  const closing = new AbortController();
  const socket = path.join(directory, 'broker.sock');
  /** By slot and topology: another fault or version replaces the lab that is there. */
  const labs = new Map<string, { wish: string; lab: Promise<RunningLab> }>();

  const labFor = (wish: LabWish): Promise<RunningLab> => {
    const key = `${wish.topology}-${wish.slot}`;
    const wanted = JSON.stringify(wish);
    const current = labs.get(key);
    const lab = (async () => {
      const previous = await current?.lab.catch(() => undefined);
      if (previous !== undefined) {
        if (current?.wish === wanted && previous.isRunning()) return previous;
        await previous.stop();
      }
      const started = await provider.start(wish, {
        name: `${key}-${process.pid}`,
        keep: options.keep,
        signal: closing.signal,
        onProgress: options.onProgress,
      });
      options.onProgress(`lab ${started.name} (topology ${wish.topology}) ${started.how}`);
      return started;
    })();
    labs.set(key, { wish: wanted, lab });
    return lab;
  };

  const server = http.createServer(async (request, response) => {
    try {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { name } = await labFor(JSON.parse(body) as LabWish);
      response.end(JSON.stringify({ name }));
    } catch (error) {
      response.statusCode = 500;
      response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    }
  });
  await new Promise<void>(resolve => server.listen(socket, resolve));
  process.env[socketVariable] = socket; // workers inherit it

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    closing.abort();
    const started = await Promise.allSettled([...labs.values()].map(({ lab }) => lab));
    const running = started.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
    if (options.keep) {
      for (const lab of running) options.onProgress(`kept: ${lab.name}; take it down with: ${lab.endedBy}`);
    }
    const ended = options.keep ? [] : await Promise.allSettled(running.map(lab => lab.stop()));
    rmSync(directory, { recursive: true, force: true });
    for (const result of ended) if (result.status === 'rejected') throw result.reason;
  };
  return {
    // Asked for by a signal and at the end of the run: once is enough.
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

/** From a test worker: the name of a running lab. @throws Error with the lab's own message */
export function askForLab(wish: LabWish): Promise<string> {
  const socketPath = process.env[socketVariable];
  if (socketPath === undefined) {
    throw new Error(
      `no labs here: ${socketVariable} is not set; run the claims through playwright.config.ts`,
    );
  }
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, method: 'POST', agent: false }, async response => {
      let body = '';
      for await (const chunk of response) body += chunk;
      const answer = JSON.parse(body) as { name?: string; error?: string };
      if (answer.name !== undefined) resolve(answer.name);
      else reject(new Error(answer.error));
    });
    request.on('error', reject);
    request.end(JSON.stringify(wish));
  });
}
