import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { ContainerProcess } from '../../hooks.ts';
import { eventsFor, failure, forwardOutput, type RemoteClient } from './remote-command.ts';

/** Channels of the remote command protocol: the first byte of each message. */
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: offered =>
    ['v5.channel.k8s.io', 'v4.channel.k8s.io'].find(protocol => offered.has(protocol)) ?? false,
});

/** Runs a command over a WebSocket, as kubectl from 1.30 on and client libraries ask for it. */
export function execOverWebSocket(
  http: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  start: () => Promise<ContainerProcess>,
): void {
  sockets.handleUpgrade(http, socket, head, webSocket => {
    const client = clientOf(webSocket);
    start()
      .then(process => {
        listen(webSocket, process);
        return forwardOutput(client, process);
      })
      .catch((error: unknown) => client.finish(failure(error)));
  });
}

function clientOf(socket: WebSocket): RemoteClient {
  return {
    send: (output, chunk) => socket.send(Buffer.concat([Buffer.of(channel[output]), chunk])),
    finish: status =>
      socket.send(Buffer.concat([Buffer.of(channel.status), Buffer.from(JSON.stringify(status))]), () =>
        socket.close(1000),
      ),
  };
}

function listen(socket: WebSocket, process: ContainerProcess): void {
  const events = eventsFor(process);
  socket.on('message', (data: RawData) => {
    const message = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    const body = message.subarray(1);
    if (message[0] === channel.stdin) events.input(body);
    else if (message[0] === channel.close && body[0] === channel.stdin) events.inputEnd();
    else if (message[0] === channel.resize) events.resize(body);
  });
  socket.on('close', () => events.gone());
}
