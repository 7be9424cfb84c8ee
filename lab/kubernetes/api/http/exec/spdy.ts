import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { badRequest } from '../../errors.ts';
import type { ContainerProcess } from '../../hooks.ts';
import { type ClientEvents, eventsFor, failure, forwardOutput, type RemoteClient } from './remote-command.ts';
import { SpdyConnection } from './spdy-connection.ts';

const protocol = 'v4.channel.k8s.io';
/** A client that has got all closes the connection; one that does not is not waited for longer. */
const farewellMs = 10_000;

/**
 * Runs a command over SPDY, as kubectl before 1.30 asks for it: a stream each for errors, input, outputs and sizes of
 * the terminal (k8s.io/client-go/tools/remotecommand/v4.go). @throws ApiError 400
 */
export function execOverSpdy(
  http: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  streams: readonly string[],
  start: () => Promise<ContainerProcess>,
): void {
  const offered = String(http.headers['x-stream-protocol-version'] ?? '');
  if (!offered.split(/,\s*/).includes(protocol)) {
    throw badRequest(
      `commands are run by ${protocol}, which the client does not offer (${offered || 'nothing'})`,
    );
  }
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  const ids = new Map<string, number>();
  const waiting: ((events: ClientEvents) => void)[] = [];
  let events: ClientEvents | undefined;
  // What comes before the command runs is kept for it.
  const tell = (what: (to: ClientEvents) => void): void => {
    if (events === undefined) waiting.push(what);
    else what(events);
  };
  const connection = new SpdyConnection(socket, head, {
    opened: (id, headers) => {
      ids.set(headers.get('streamtype') ?? '', id);
      if (streams.every(name => ids.has(name)) && ids.size === streams.length) run();
    },
    data: (id, chunk) => {
      if (id === ids.get('stdin')) tell(to => to.input(chunk));
      else if (id === ids.get('resize')) tell(to => to.resize(chunk));
    },
    ended: id => {
      if (id === ids.get('stdin')) tell(to => to.inputEnd());
    },
    closed: () => tell(to => to.gone()),
  });
  const client: RemoteClient = {
    send: (output, chunk) => {
      const id = ids.get(output);
      if (id !== undefined) connection.write(id, chunk);
    },
    finish: status => {
      const errors = ids.get('error');
      if (errors !== undefined) connection.write(errors, Buffer.from(JSON.stringify(status)));
      for (const name of ['stdout', 'stderr', 'error']) {
        const id = ids.get(name);
        if (id !== undefined) connection.end(id);
      }
      setTimeout(() => connection.close(), farewellMs).unref();
    },
  };
  const run = (): void => {
    start()
      .then(process => {
        events = eventsFor(process);
        for (const what of waiting.splice(0)) what(events);
        return forwardOutput(client, process);
      })
      .catch((error: unknown) => client.finish(failure(error)));
  };
}
