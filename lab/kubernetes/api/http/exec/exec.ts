import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Pod } from '../../../../../helpers/kube/resources.ts';
import { badRequest } from '../../errors.ts';
import type { ContainerProcess, KubeletHooks } from '../../hooks.ts';
import { execOverSpdy } from './spdy.ts';
import { execOverWebSocket } from './websocket.ts';

/** Runs a command in a container, by the protocol the client wants to change to. @throws ApiError 400 */
export function serveExec(
  hooks: KubeletHooks,
  http: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  pod: Pod,
  query: URLSearchParams,
): void {
  const container = query.get('container') ?? pod.spec.containers[0]?.name ?? '';
  const wants = (name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');
  const options = { tty: wants('tty'), stdin: wants('stdin') };
  const start = (): Promise<ContainerProcess> => hooks.exec(pod, container, query.getAll('command'), options);
  const upgrade = String(http.headers.upgrade ?? '').toLowerCase();
  if (upgrade === 'websocket') execOverWebSocket(http, socket, head, start);
  else if (upgrade === 'spdy/3.1') {
    const streams = ['stdin', 'stdout', 'stderr'].filter(wants);
    execOverSpdy(http, socket, head, ['error', ...streams, ...(options.tty ? ['resize'] : [])], start);
  } else throw badRequest(`commands are run over WebSocket or SPDY/3.1, not over ${upgrade}`);
}
