import { rmSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { startLab, stopLab } from './providers/netns/start.ts';
import { isAlive, makeRunDirectory, readState } from './state.ts';

/** What a test worker asks for. */
export interface LabWish {
  /** Workers run in parallel, each with labs of its own: Playwright's parallelIndex. */
  readonly slot: number;
  readonly topology: string;
  readonly version: string;
  readonly faults: readonly string[];
}

const socketVariable = 'CONFORMANCE_LABS';

/**
 * Owns the labs of a run. It lives in Playwright's main process, because an expensive lab does not belong in a
 * worker: a failed test ends its worker, while its lab goes on and is found again by the next one. Labs start
 * when first asked for, and die with the main process, however that ends.
 */
export async function openBroker(options: { keep: boolean; onProgress: (line: string) => void }): Promise<{
  /** Takes the labs down, those that are starting included, or keeps them when told to. */
  close(): Promise<void>;
}> {
  const directory = makeRunDirectory();
  const closing = new AbortController();
  const socket = path.join(directory, 'broker.sock');
  /** By slot and topology: another fault or version replaces the lab that is there. */
  const labs = new Map<string, { wish: string; name: Promise<string> }>();

  const labFor = (wish: LabWish): Promise<string> => {
    const key = `${wish.topology}-${wish.slot}`;
    const wanted = JSON.stringify(wish);
    const current = labs.get(key);
    const name = (async () => {
      const previous = await current?.name.catch(() => undefined);
      if (previous !== undefined) {
        if (current?.wish === wanted && isRunning(previous)) return previous;
        await stopLab(previous);
      }
      const lab = await startLab({
        ...wish,
        name: `${key}-${process.pid}`,
        lifeline: options.keep ? 'none' : 'starter',
        signal: closing.signal,
        onProgress: options.onProgress,
      });
      options.onProgress(`lab ${lab.name} (topology ${lab.topology}) is up after ${lab.readyMs} ms`);
      return lab.name;
    })();
    labs.set(key, { wish: wanted, name });
    return name;
  };

  const server = http.createServer(async (request, response) => {
    try {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end(JSON.stringify({ name: await labFor(JSON.parse(body) as LabWish) }));
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
    const started = await Promise.allSettled([...labs.values()].map(lab => lab.name));
    const names = started.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
    if (options.keep) {
      for (const name of names) options.onProgress(`kept: ${howToEnd(name)}`);
    } else {
      await Promise.all(names.map(stopLab));
    }
    rmSync(directory, { recursive: true, force: true });
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
    const request = http.request({ socketPath, method: 'POST' }, async response => {
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

function isRunning(name: string): boolean {
  const state = readState(name);
  return state !== undefined && isAlive(state);
}

function howToEnd(name: string): string {
  const state = readState(name);
  return state === undefined ? name : `${name}; take it down with: npm run lab -- down ${name}`;
}
