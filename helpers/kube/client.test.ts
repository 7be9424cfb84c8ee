import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test as base, expect } from '@playwright/test';
import { type WebSocket, WebSocketServer } from 'ws';
import { connectKube, type KubeApi, KubeError } from './client.ts';
import { cordon, drain, setLabels } from './operations.ts';
import { configMaps, deployments, nodes } from './resources.ts';

interface Request {
  readonly line: string;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

type Reply = {
  readonly code?: number;
  readonly body?: object;
  readonly text?: string;
  readonly events?: readonly object[];
};

/** An API server that answers what the test says, and remembers what it was asked. */
interface Server {
  readonly url: string;
  readonly requests: readonly Request[];
  /** Answers to requests whose line (`GET /api/v1/…`) begins so, in order; the last one goes on. */
  on(line: string, ...replies: Reply[]): void;
  onExec(serve: (command: readonly string[], socket: WebSocket) => void): void;
}

const test = base.extend<{ server: Server; kube: KubeApi }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's dependencies off this pattern
  server: async ({}, use) => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'api-'));
    const [key, cert] = [path.join(directory, 'key'), path.join(directory, 'cert')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...newKey, ...subject, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const requests: Request[] = [];
    const replies = new Map<string, Reply[]>();
    const server = https.createServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const line = `${request.method} ${request.url}`;
          const text = Buffer.concat(chunks).toString();
          const body: unknown = text === '' ? undefined : JSON.parse(text);
          requests.push({ line, contentType: request.headers['content-type'], body });
          const longestFirst = [...replies.keys()].sort((a, b) => b.length - a.length);
          const queue = replies.get(longestFirst.find(each => line.startsWith(each)) ?? '') ?? [];
          const reply = (queue.length > 1 ? queue.shift() : queue[0]) ?? {
            code: 404,
            body: { message: 'not found' },
          };
          response.writeHead(reply.code ?? 200, { 'Content-Type': 'application/json' });
          if (reply.events === undefined) response.end(reply.text ?? JSON.stringify(reply.body ?? {}));
          else for (const event of reply.events) response.write(`${JSON.stringify(event)}\n`);
          if (reply.events?.length === 0) response.end();
        });
      },
    );
    const sockets = new WebSocketServer({ server, handleProtocols: () => 'v5.channel.k8s.io' });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    await use({
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      requests,
      on: (line, ...answers) => void replies.set(line, answers),
      onExec: serve =>
        void sockets.on('connection', (socket, request) =>
          serve(new URL(request.url ?? '', 'https://x').searchParams.getAll('command'), socket),
        ),
    });
    sockets.close();
    server.close();
    server.closeAllConnections();
    rmSync(directory, { recursive: true });
  },

  kube: async ({ server }, use) => {
    const kube = connectKube(
      JSON.stringify({
        'current-context': 'lab',
        contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
        clusters: [{ name: 'lab', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'lab', user: { token: 'x' } }],
      }),
    );
    await use(kube);
    kube.close();
  },
});

const map = (data: Record<string, string>, resourceVersion = '1') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'default', resourceVersion },
  data,
});
const collection = '/api/v1/namespaces/default/configmaps';
const object = `${collection}/settings`;
const conflict: Reply = { code: 409, body: { message: 'configmaps "settings" already exists' } };

test('what is not there is undefined; every other refusal says what was asked, the code and why', async ({
  server,
  kube,
}) => {
  expect(await kube.get(configMaps, 'settings', 'default')).toBeUndefined();
  server.on(`GET ${object}`, { code: 403, body: { message: 'configmaps "settings" is forbidden' } });
  const refused = kube.get(configMaps, 'settings', 'default');
  await expect(refused).rejects.toThrow(KubeError);
  await expect(refused).rejects.toThrow(`GET ${object}: 403 configmaps "settings" is forbidden`);
  await expect(kube.create(configMaps, map({}))).rejects.toThrow(`POST ${collection}: 404 not found`);
});

test('apply creates, or merges into what is there', async ({ server, kube }) => {
  server.on(`POST ${collection}`, { body: map({ a: '1' }) }, conflict);
  server.on(`PATCH ${object}`, { body: map({ a: '2' }) });
  expect((await kube.apply(configMaps, map({ a: '1' }))).data).toEqual({ a: '1' });
  expect((await kube.apply(configMaps, map({ a: '2' }))).data).toEqual({ a: '2' });
  expect(server.requests.at(-1)).toMatchObject({
    line: `PATCH ${object}`,
    contentType: 'application/merge-patch+json',
  });
});

test('server-side apply names its field manager', async ({ server, kube }) => {
  server.on(`PATCH ${object}`, { body: map({}) });
  await kube.applyServerSide(configMaps, map({}));
  expect(server.requests).toMatchObject([
    {
      line: `PATCH ${object}?fieldManager=cilium-conformance&force=true`,
      contentType: 'application/apply-patch+yaml',
    },
  ]);
});

test('delete waits until it is gone', async ({ server, kube }) => {
  server.on(`DELETE ${object}`, { body: {} });
  server.on(`GET ${object}`, { body: map({}) }, { body: map({}) }, { code: 404 });
  await kube.delete(configMaps, 'settings', 'default');
  expect(server.requests.filter(request => request.line === `GET ${object}`)).toHaveLength(3);
});

test('an eviction that a budget refuses is tried again', async ({ server, kube }) => {
  const eviction = 'POST /api/v1/namespaces/default/pods/web/eviction';
  server.on(eviction, { code: 429, body: { message: 'disruption budget' } }, { code: 201 });
  await kube.evict('web', 'default');
  expect(server.requests.map(request => request.line)).toEqual([eviction, eviction]);
});

test('a drain evicts what is on the node, but for daemons', async ({ server, kube }) => {
  const pod = (name: string, nodeName: string, owner = 'ReplicaSet') => ({
    metadata: { name, namespace: 'default', ownerReferences: [{ kind: owner }] },
    spec: { nodeName },
  });
  const items = [pod('a', 'n1'), pod('b', 'n2'), pod('cilium', 'n1', 'DaemonSet')];
  server.on('PATCH /api/v1/nodes/n1', { body: {} });
  server.on('GET /api/v1/pods', { body: { items } });
  server.on('POST /api/v1/namespaces/default/pods/a/eviction', { body: {} });
  await drain(kube, 'n1');
  expect(server.requests.map(request => request.line)).toEqual([
    'PATCH /api/v1/nodes/n1',
    'GET /api/v1/pods',
    'POST /api/v1/namespaces/default/pods/a/eviction',
  ]);
  expect(server.requests[0]?.body).toEqual({ spec: { unschedulable: true } });
});

test('labels, cordons and scales are the patches that kubectl sends', async ({ server, kube }) => {
  server.on('PATCH ', { body: {} });
  await setLabels(kube, nodes, 'n1', undefined, { 'enable-bgp': 'true', old: null });
  await cordon(kube, 'n1');
  await kube.scale(deployments, 'web', 'default', 2);
  expect(server.requests.map(({ line, body }) => [line, body])).toEqual([
    ['PATCH /api/v1/nodes/n1', { metadata: { labels: { 'enable-bgp': 'true', old: null } } }],
    ['PATCH /api/v1/nodes/n1', { spec: { unschedulable: true } }],
    ['PATCH /apis/apps/v1/namespaces/default/deployments/web/scale', { spec: { replicas: 2 } }],
  ]);
});

test.describe('watchUntil', () => {
  const list = (items: readonly object[], resourceVersion = '7'): Reply => ({
    body: { items, metadata: { resourceVersion } },
  });
  const listing = `GET ${collection}?fieldSelector=metadata.name%3Dsettings`;

  test('is content with what is there, without watching', async ({ server, kube }) => {
    server.on(listing, list([map({ a: '1' })]));
    const found = await kube.watchUntil(configMaps, 'settings', 'default', o => o?.data?.a === '1', 5_000);
    expect(found?.data).toEqual({ a: '1' });
    expect(server.requests).toHaveLength(1);
  });

  test('follows it from there, through a deletion', async ({ server, kube }) => {
    server.on(listing, list([map({ a: '1' })]));
    server.on(`${listing}&watch=true&resourceVersion=7`, {
      events: [
        { type: 'MODIFIED', object: map({ a: '2' }) },
        { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } },
        { type: 'DELETED', object: map({ a: '2' }) },
      ],
    });
    const seen: unknown[] = [];
    const isGone = (each: { data?: object } | undefined): boolean => {
      seen.push(each?.data);
      return each === undefined;
    };
    expect(await kube.watchUntil(configMaps, 'settings', 'default', isGone, 5_000)).toBeUndefined();
    expect(seen).toEqual([{ a: '1' }, { a: '2' }, undefined]);
  });

  test('lists again when its version is too old or the server ends it', async ({ server, kube }) => {
    server.on(listing, list([], '7'), list([], '8'), list([map({ a: '1' })], '9'));
    server.on(`${listing}&watch=true&resourceVersion=7`, {
      events: [{ type: 'ERROR', object: { code: 410 } }],
    });
    server.on(`${listing}&watch=true&resourceVersion=8`, { events: [] });
    const found = await kube.watchUntil(configMaps, 'settings', 'default', o => o !== undefined, 5_000);
    expect(found?.data).toEqual({ a: '1' });
  });

  test('says what it saw last when it takes too long', async ({ server, kube }) => {
    server.on(listing, list([map({ a: '1' })]));
    server.on(`${listing}&watch=true`, { events: [{ type: 'MODIFIED', object: map({ a: '2' }) }] });
    const late = kube.watchUntil(configMaps, 'settings', 'default', o => o?.data?.a === '3', 200);
    await expect(late).rejects.toThrow(
      /^ConfigMap settings: not as wanted within 0.2 s; last seen: .*"data":\{"a":"2"\}/,
    );
  });
});

test.describe('commands in a container', () => {
  const [out, err, statusChannel] = [1, 2, 3];
  const send = (socket: WebSocket, channel: number | undefined, text: string): void =>
    socket.send(Buffer.concat([Buffer.of(channel ?? 0), Buffer.from(text)]));
  const end = (socket: WebSocket, code: number): void =>
    send(
      socket,
      statusChannel,
      JSON.stringify(
        code === 0
          ? { status: 'Success' }
          : { status: 'Failure', details: { causes: [{ reason: 'ExitCode', message: String(code) }] } },
      ),
    );

  test('give both outputs and the exit code', async ({ server, kube }) => {
    server.onExec((command, socket) => {
      send(socket, out, command.join('|'));
      send(socket, err, 'warned');
      end(socket, 3);
    });
    expect(await kube.exec('web', 'default', 'main', ['echo', 'a b', ''])).toEqual({
      code: 3,
      stdout: 'echo|a b|',
      stderr: 'warned',
    });
  });

  test('read their input to its end', async ({ server, kube }) => {
    server.onExec((_, socket) => {
      let input = '';
      socket.on('message', (data: Buffer) => {
        if (data[0] === 0) input += data.subarray(1).toString();
        if (data[0] !== 255) return;
        send(socket, out, input.toUpperCase());
        end(socket, 0);
      });
    });
    const box = kube.executor('web', 'default', 'main');
    expect(box.name).toBe('pod default/web');
    expect((await box.exec(['tr'], { input: 'hello' })).stdout).toBe('HELLO');
  });

  test('that do not end, end without a code, or cannot start are errors', async ({ server, kube }) => {
    server.onExec((command, socket) => {
      if (command[0] === 'vanish') socket.close();
      if (command[0] === 'break') {
        send(socket, statusChannel, JSON.stringify({ status: 'Failure', message: 'container not found' }));
      }
    });
    const box = kube.executor('web', 'default', 'main');
    await expect(box.exec(['sleep'], { timeoutMs: 50 })).rejects.toThrow(
      'on pod default/web: sleep: it did not end within 50 ms',
    );
    await expect(box.exec(['vanish'])).rejects.toThrow('vanish: the connection closed before it ended');
    await expect(box.exec(['break'])).rejects.toThrow('break: container not found');
  });

  test('that go on give their output as it comes, and take signals', async ({ server, kube }) => {
    const running: WebSocket[] = [];
    server.onExec((command, socket) => {
      if (command[2]?.startsWith('kill') === true) {
        send(socket, out, '');
        end(socket, command[2] === 'kill -s TERM 77' ? 0 : 1);
        for (const each of running) end(each, 143);
        return;
      }
      running.push(socket);
      send(socket, out, '77\nfirst ');
      send(socket, out, 'second');
    });
    const command = await kube.executor('web', 'default', 'main').start(['tail', '-f']);
    let text = '';
    for await (const chunk of command.stdout) {
      text += chunk.toString();
      if (text === 'first second') command.signal('TERM');
    }
    expect(text).toBe('first second');
    expect(await command.exited).toEqual({ code: undefined, signal: 'SIGTERM' });
  });
});

test('a server that is not there, and a kubeconfig without one', async ({ kube, server }) => {
  const other = connectKube(
    JSON.stringify({
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      clusters: [{ name: 'x', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'x', user: {} }],
    }),
  );
  await expect(other.list(nodes)).rejects.toThrow('GET /api/v1/nodes: connect ECONNREFUSED 127.0.0.1:1');
  expect(() => connectKube('{}')).toThrow(/kubeconfig/);
  server.on('GET /api/v1/nodes', { body: { items: [] } });
  expect(await kube.list(nodes)).toEqual([]);
});

test('logs are the last lines of each container of a pod, as they are', async ({ kube, server }) => {
  const pod = '/api/v1/namespaces/kube-system/pods/mesh-1';
  server.on(`GET ${pod}`, { body: { spec: { containers: [{ name: 'etcd' }, { name: 'apiserver' }] } } });
  server.on(`GET ${pod}/log?container=etcd&tailLines=2`, { text: 'one\ntwo\n' });
  server.on(`GET ${pod}/log?container=apiserver&tailLines=2`, { text: '' });

  expect([...(await kube.logs('mesh-1', 'kube-system', 2))]).toEqual([
    ['etcd', 'one\ntwo\n'],
    ['apiserver', ''],
  ]);
});
