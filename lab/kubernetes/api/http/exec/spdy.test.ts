import { once } from 'node:events';
import tls from 'node:tls';
import { expect } from '@playwright/test';
import { pods } from '../../../../../helpers/kube/resources.ts';
import { test as apiTest } from '../../api-test.ts';
import type { TestApi } from '../../testing.ts';
import { HeaderBlocks } from './spdy-headers.ts';

const test = apiTest.extend<{ api: TestApi }>({
  api: async ({ api }, use) => {
    const spec = { containers: [{ name: 'main', image: 'curl:1' }], nodeName: 'k8s-ctr' };
    api.store.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod' }, spec });
    await use(api);
  },
});

function frame(first: number, flags: number, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(first);
  header.writeUInt32BE(flags * 2 ** 24 + body.length, 4);
  return Buffer.concat([header, body]);
}
const control = (type: number, body: Buffer): Buffer => frame(0x80030000 + type, 0, body);

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

/** A client of the remote command protocol that opens `streams` in this order, as kubectl does. */
async function connect(
  api: TestApi,
  argv: readonly string[],
  streams: readonly string[],
  offered = 'v4.channel.k8s.io',
) {
  const { hostname, port } = new URL(api.url);
  const { ca, clientCert: cert, clientKey: key } = api.tls;
  const socket = tls.connect({ host: hostname, port: Number(port), ca, cert, key });
  const query = new URLSearchParams([
    ...argv.map((argument): [string, string] => ['command', argument]),
    ...streams.filter(name => name !== 'error').map((name): [string, string] => [name, 'true']),
  ]);
  socket.write(
    [
      `POST /api/v1/namespaces/default/pods/pod/exec?${query.toString()} HTTP/1.1`,
      `Host: ${hostname}`,
      'Connection: Upgrade',
      'Upgrade: SPDY/3.1',
      `X-Stream-Protocol-Version: ${offered}`,
      'Content-Length: 0',
      '\r\n',
    ].join('\r\n'),
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  const blocks = new HeaderBlocks();
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  const ids = new Map(streams.map((name, index) => [name, 2 * index + 1]));
  if (head.toString().startsWith('HTTP/1.1 101')) {
    for (const [name, id] of ids) {
      const block = await blocks.pack(new Map([['streamtype', name]]));
      socket.write(control(1, Buffer.concat([numbers(id, 0), Buffer.alloc(2), block])));
    }
  }
  /** Data frames of a stream so far, and whether the last one ended it. */
  const of = (name: string): { text: string; ended: boolean } => {
    const found = { text: '', ended: false };
    for (let at = 0; at + 8 <= received.length; at += 8 + received.readUIntBE(at + 5, 3)) {
      if (received.readUInt32BE(at) !== ids.get(name)) continue;
      found.text += received.toString('utf8', at + 8, at + 8 + received.readUIntBE(at + 5, 3));
      found.ended ||= (received[at + 4] ?? 0) === 1;
    }
    return found;
  };
  return { socket, head: head.toString(), of, ids, controls: () => received };
}

test('the text both sides begin with is the standard one', async () => {
  // A packed block begins with two bytes of zlib's and the Adler-32 of the dictionary, which for SPDY/3 is this.
  const block = await new HeaderBlocks().pack(new Map());
  expect(block.subarray(2, 6).toString('hex')).toBe('e3c6a7c2');
});

test('a command over SPDY: outputs on their streams, input to its end, exit code', async ({ api }) => {
  const script = 'cat; echo err >&2; exit 3';
  const client = await connect(api, ['sh', '-c', script], ['error', 'stdin', 'stdout', 'stderr']);
  expect(client.head).toContain('X-Stream-Protocol-Version: v4.channel.k8s.io');
  const stdin = client.ids.get('stdin') ?? 0;
  client.socket.write(frame(stdin, 0, Buffer.from('to the command\n')));
  client.socket.write(frame(stdin, 1, Buffer.alloc(0)));
  await expect.poll(() => client.of('error').ended).toBe(true);
  expect([client.of('stdout'), client.of('stderr')]).toEqual([
    { text: 'to the command\n', ended: true },
    { text: 'err\n', ended: true },
  ]);
  expect(JSON.parse(client.of('error').text)).toMatchObject({
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '3' }] },
  });
  client.socket.destroy();
});

test('pings are answered', async ({ api }) => {
  const client = await connect(api, ['sleep', '60'], ['error', 'stdout', 'stderr']);
  const ping = control(6, numbers(7));
  client.socket.write(ping);
  await expect.poll(() => client.controls().includes(ping)).toBe(true);
  client.socket.destroy();
});

test('a client that goes takes its command with it', async ({ api }) => {
  const client = await connect(api, ['sh', '-c', 'echo $$; exec sleep 60'], ['error', 'stdout', 'stderr']);
  await expect.poll(() => client.of('stdout').text).toMatch(/^\d+\n$/);
  const pid = Number(client.of('stdout').text);
  client.socket.destroy();
  await expect.poll(() => isAlive(pid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('headers that cannot be unpacked end the connection', async ({ api }) => {
  const client = await connect(api, ['true'], ['error', 'stdout', 'stderr']);
  client.socket.write(control(1, Buffer.concat([numbers(99, 0), Buffer.alloc(2), Buffer.from('no block')])));
  await once(client.socket, 'close');
});

test('a protocol that is not spoken is refused by name', async ({ api }) => {
  const client = await connect(api, ['true'], ['error', 'stdout'], 'channel.k8s.io');
  expect(client.head).toMatch(/^HTTP\/1\.1 400 /);
  expect(client.head).toContain('run by v4.channel.k8s.io, which the client does not offer (channel.k8s.io)');
  client.socket.destroy();
});
