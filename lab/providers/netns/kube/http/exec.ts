import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Pod } from '../../../../../helpers/kube/resources.ts';
import type { ContainerProcess, KubeletHooks } from '../hooks.ts';

/** Channels of the remote command protocol: the first byte of each message. */
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: offered =>
    ['v5.channel.k8s.io', 'v4.channel.k8s.io'].find(protocol => offered.has(protocol)) ?? false,
});

/** Runs a command in a container over a WebSocket, as kubectl and client libraries ask for it. */
export function serveExec(
  hooks: KubeletHooks,
  http: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  pod: Pod,
  query: URLSearchParams,
): void {
  const container = query.get('container') ?? pod.spec.containers[0]?.name ?? '';
  const options = { tty: query.get('tty') === 'true', stdin: query.get('stdin') === 'true' };
  sockets.handleUpgrade(http, socket, head, client => {
    hooks.exec(pod, container, query.getAll('command'), options).then(
      process => void converse(client, process),
      (error: unknown) => finish(client, failure(error instanceof Error ? error.message : String(error))),
    );
  });
}

async function converse(client: WebSocket, process: ContainerProcess): Promise<void> {
  client.on('message', (data: RawData) => {
    const message = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    const body = message.subarray(1);
    if (message[0] === channel.stdin) process.stdin?.write(body);
    else if (message[0] === channel.close && body[0] === channel.stdin) process.stdin?.end();
    else if (message[0] === channel.resize) process.resize?.(parseSize(body));
  });
  process.stdin?.on('error', () => {}); // a command need not read its input
  client.on('close', () => process.kill?.());
  const [code] = await Promise.all([
    process.exit.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
    forward(client, channel.stdout, process.stdout),
    forward(client, channel.stderr, process.stderr),
  ]);
  finish(client, code instanceof Error ? failure(code.message) : ended(code));
}

function parseSize(body: Buffer): { width: number; height: number } {
  const { Width: width, Height: height } = JSON.parse(body.toString()) as { Width: number; Height: number };
  return { width, height };
}

async function forward(client: WebSocket, to: number, from: Readable | undefined): Promise<void> {
  if (from === undefined) return;
  for await (const chunk of from) client.send(Buffer.concat([Buffer.of(to), Buffer.from(chunk as Buffer)]));
}

function finish(client: WebSocket, status: object): void {
  client.send(Buffer.concat([Buffer.of(channel.status), Buffer.from(JSON.stringify(status))]), () =>
    client.close(1000),
  );
}

function ended(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function failure(message: string): object {
  return { metadata: {}, status: 'Failure', reason: 'InternalError', message, code: 500 };
}
