import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { connect, type SshTarget } from './ssh.ts';

export interface Tunnel {
  /** On this machine's loopback. */
  readonly port: number;
  close(): void;
}

/** A port here that leads to an address as seen from an ssh host, like `ssh -L`. @throws Error when there is no way in */
export async function openTunnel(
  target: SshTarget,
  to: { readonly address: string; readonly port: number },
): Promise<Tunnel> {
  const client = await connect(target);
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    client.forwardOut('127.0.0.1', socket.remotePort ?? 0, to.address, to.port, (error, channel) => {
      if (error !== undefined) {
        socket.destroy(error);
        return;
      }
      channel.on('error', () => socket.destroy());
      socket.on('close', () => channel.close());
      socket.pipe(channel).pipe(socket);
    });
  });
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
    client.end();
  };
  // Who uses it sees its connections end.
  client.on('error', close);
  client.on('close', close);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close };
}
