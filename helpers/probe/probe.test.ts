import { spawnSync } from 'node:child_process';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { test as base, expect } from '@playwright/test';
import type { Executor, RunningCommand } from '../exec.ts';
import { localExecutor } from '../local-executor.ts';
import { until } from '../waiting.ts';
import { parseLog } from './answer.ts';
import { holdConnections, probe, requestsFrom, steadyProbe } from './probe.ts';
import { connectionsOf, summarise } from './summary.ts';

const here = localExecutor('here');
const address = '127.0.0.1';

interface Server {
  readonly port: number;
  close(): void;
}

/** Answers as traefik/whoami does, under a name. */
function whoami(name: string, port = 0): Promise<Server & { readonly connections: Set<net.Socket> }> {
  const server = http.createServer((request, response) => {
    const { remoteAddress, remotePort } = request.socket;
    response.end(
      `Hostname: ${name}\nIP: 127.0.0.1\nRemoteAddr: ${remoteAddress}:${remotePort}\nGET / HTTP/1.1\n`,
    );
  });
  const connections = new Set<net.Socket>();
  server.on('connection', socket => connections.add(socket));
  return listening(server, port).then(started => ({
    ...started,
    connections,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  }));
}

function listening(server: net.Server, port = 0): Promise<Server> {
  server.on('connection', (socket: net.Socket) => socket.on('error', () => {})); // probes end with a reset
  return new Promise(resolve => {
    server.listen(port, address, () =>
      resolve({ port: (server.address() as AddressInfo).port, close: () => server.close() }),
    );
  });
}

const test = base.extend<{ web: Awaited<ReturnType<typeof whoami>> }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's dependencies off this pattern
  web: async ({}, use) => {
    const web = await whoami('webpod-1');
    await use(web);
    web.close();
  },
});

test.beforeEach(() => {
  test.skip(spawnSync('python3', ['--version']).status !== 0, 'python3 is not installed');
});

test('requests come from the chosen sources and ports, and their answers are read', async ({ web }) => {
  const requests = requestsFrom(['127.0.0.2', '127.0.0.3'], 40, 7);
  const answers = await probe(here, { address, port: web.port, requests });
  expect(answers).toHaveLength(requests.length);
  expect(new Set(answers.map(a => `${a.source}:${a.sourcePort}`))).toEqual(
    new Set(requests.map(r => `${r.source}:${r.sourcePort}`)),
  );
  for (const { hostname, seenAs, source, failure, startedMs, endedMs } of answers) {
    expect({ hostname, seenAs, failure }).toEqual({
      hostname: 'webpod-1',
      seenAs: source,
      failure: undefined,
    });
    expect(endedMs - startedMs).toBeGreaterThan(0);
    expect(Math.abs(endedMs - Date.now())).toBeLessThan(30_000);
  }
  // The same ports again, at once: their last connections may still be in TIME_WAIT.
  const again = await probe(here, { address, port: web.port, requests });
  expect(again.filter(answer => answer.failure !== undefined)).toEqual([]);
});

test('ports are those of the seed', () => {
  expect(requestsFrom(['a'], 3, 1)).toEqual(requestsFrom(['a'], 3, 1));
  expect(requestsFrom(['a'], 3, 1)).not.toEqual(requestsFrom(['a'], 3, 2));
  expect(new Set(requestsFrom(['a'], 500, 1).map(r => r.sourcePort)).size).toBe(500);
});

test('requests begin at the wanted rate', async ({ web }) => {
  const requests = requestsFrom([address], 20, 3);
  const answers = await probe(here, { address, port: web.port, requests, ratePerSecond: 100 });
  const starts = answers.map(answer => answer.startedMs).sort((a, b) => a - b);
  const took = (starts.at(-1) ?? 0) - (starts[0] ?? 0);
  expect(took).toBeGreaterThan(170);
  expect(took).toBeLessThan(1_000);
});

test('failures are told apart', async () => {
  const silent = await listening(net.createServer());
  const resetting = await listening(
    net.createServer(socket => socket.once('data', () => socket.resetAndDestroy())),
  );
  const closing = await listening(net.createServer(socket => socket.once('data', () => socket.end())));
  const other = await listening(
    http.createServer((_, response) => response.writeHead(404).end('nothing here')),
  );
  const gone = await listening(net.createServer());
  gone.close();
  const failureAt = async (port: number, target = address): Promise<string | undefined> => {
    const requests = [{ source: target, sourcePort: 0 }];
    const [answer] = await probe(here, { address: target, port, requests, timeoutMs: 300 });
    return answer?.failure;
  };
  expect(await failureAt(silent.port)).toBe('timeout');
  expect(await failureAt(resetting.port)).toBe('reset');
  expect(await failureAt(closing.port)).toBe('closed');
  expect(await failureAt(other.port)).toBe('unexpected');
  expect(await failureAt(gone.port)).toBe('refused');
  for (const server of [silent, resetting, closing, other]) server.close();
});

test("the probe's own trouble is an error, not a finding", async ({ web }) => {
  const requests = [{ source: '192.0.2.77', sourcePort: 0 }];
  await expect(probe(here, { address, port: web.port, requests })).rejects.toThrow(
    'the probe could not send a request: [Errno 99]',
  );
  const noPython = localExecutor('box', ['env', '-i', 'PATH=/nowhere']);
  await expect(probe(noPython, { address, port: web.port, requests })).rejects.toThrow(
    /on box: python3 probe.py: /,
  );
});

test('a steady probe measures an outage', async ({ web }) => {
  const steady = await steadyProbe(here, { address, port: web.port, ratePerSecond: 100, timeoutMs: 500 });
  await until('some answers', 5_000, async () => steady.answers.length > 10 || undefined);
  web.close();
  const outage = Date.now();
  await setTimeout(300); // the outage that is measured
  const back = await whoami('webpod-2', web.port);
  const lengthMs = Date.now() - outage;
  await until(
    'an answer of the other',
    5_000,
    async () => steady.answers.at(-1)?.hostname === 'webpod-2' || undefined,
  );
  const result = await steady.stop();
  back.close();
  expect(Object.keys(result.byHostname)).toEqual(['webpod-1', 'webpod-2']);
  expect(result.bySeenAs).toEqual({ [address]: result.successes });
  expect(result.failures.length).toBeGreaterThan(10);
  expect(new Set(result.failures.map(answer => answer.failure))).not.toContain('timeout');
  expect(result.longestGap.lengthMs).toBeGreaterThan(lengthMs - 50);
  expect(result.longestGap.lengthMs).toBeLessThan(lengthMs + 200);
  expect(result.successes + result.failures.length).toBe(result.answers.length);
});

test('a connection that is held goes on, or says how it ended', async ({ web }) => {
  const plan = { address, port: web.port, connections: 3, intervalMs: 20, timeoutMs: 400 };
  const held = await holdConnections(here, plan);
  await until('more answers', 5_000, async () => held.answers.length > 12 || undefined);
  expect(web.connections.size).toBe(3);
  const [first] = web.connections;
  first?.resetAndDestroy();
  await until('a failure', 5_000, async () => held.answers.some(a => a.failure !== undefined) || undefined);
  const ended = await held.stop();
  expect(ended).toHaveLength(3);
  expect(ended.filter(connection => connection.failure === undefined)).toHaveLength(2);
  expect(ended.find(connection => connection.failure !== undefined)).toMatchObject({
    sourcePort: first?.remotePort,
    hostname: 'webpod-1',
    failure: { failure: 'reset' },
  });
});

test('a connection that falls silent is a timeout', async () => {
  const mute = await listening(
    net.createServer(socket => {
      const body = `Hostname: a\nRemoteAddr: ${address}:1\n`;
      socket.once('data', () =>
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
      );
    }),
  );
  const held = await holdConnections(here, { address, port: mute.port, intervalMs: 10, timeoutMs: 200 });
  await until('a failure', 5_000, async () => held.answers.some(a => a.failure !== undefined) || undefined);
  const [connection] = await held.stop();
  expect(connection).toMatchObject({ answers: 1, failure: { failure: 'timeout' } });
  expect(connection?.slowestMs).toBeGreaterThan(190);
  mute.close();
});

test('a connection that cannot be opened is not held', async () => {
  const gone = await listening(net.createServer());
  gone.close();
  await expect(holdConnections(here, { address, port: gone.port })).rejects.toThrow(
    `here: no connection to 127.0.0.1:${gone.port}: `,
  );
});

test('a probe that was killed concludes nothing', async ({ web }) => {
  let command: RunningCommand | undefined;
  const host: Executor = {
    ...here,
    start: async argv => {
      command = await here.start(argv);
      return command;
    },
  };
  const steady = await steadyProbe(host, { address, port: web.port });
  command?.signal('KILL');
  await expect(steady.stop()).rejects.toThrow('on here: python3 probe.py: it ended (SIGKILL)');
  expect(() => parseLog(['{"beganMs": 1}', '{"connection": 0, "sourcePort": 1}'])).toThrow('cut short');
  expect(() => parseLog([''])).toThrow('cut short');
});

test('gaps include the beginning and the stop', () => {
  const answer = (endedMs: number, failure?: 'refused') => ({
    ...{
      connection: endedMs,
      source: 'a',
      sourcePort: 1,
      startedMs: endedMs - 5,
      endedMs,
      detail: undefined,
    },
    ...{ hostname: failure === undefined ? 'x' : undefined, seenAs: undefined, failure },
  });
  const gapOf = (ends: readonly number[]) =>
    summarise({ beganMs: 0, stoppedMs: 100, answers: ends.map(end => answer(end)) }).longestGap;
  expect(gapOf([70, 80])).toEqual({ fromMs: 0, toMs: 70, lengthMs: 70 });
  expect(gapOf([10, 20])).toEqual({ fromMs: 20, toMs: 100, lengthMs: 80 });
  expect(gapOf([10, 60, 130])).toEqual({ fromMs: 10, toMs: 60, lengthMs: 50 });
  expect(gapOf([])).toEqual({ fromMs: 0, toMs: 100, lengthMs: 100 });
  const answers = [answer(50, 'refused')];
  expect(summarise({ beganMs: 0, stoppedMs: 100, answers }).longestGap.lengthMs).toBe(100);
  expect(connectionsOf({ beganMs: 0, stoppedMs: 100, answers: [] })).toEqual([]);
});
