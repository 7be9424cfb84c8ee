import type { Backend } from '../backend.ts';
import type { Frontend } from './frontends.ts';

/** What a node's open connections may be translated to: backends by frontend. */
export type OpenConnections = ReadonlyMap<string, ReadonlySet<string>>;

export interface Flushed {
  readonly connections: OpenConnections;
  /** Arguments of `conntrack`, one deletion each. */
  readonly deletions: readonly (readonly string[])[];
}

/**
 * After a backend has gone, its open connections would go on to an address nobody has, without a word. Cilium
 * drops their translation, so that the next packet meets the service anew and is reset. A backend that
 * terminates keeps its connections until it is gone.
 */
export function connectionsAfter(before: OpenConnections, frontends: readonly Frontend[]): Flushed {
  const now = new Map<string, Frontend>();
  for (const frontend of frontends) now.set(frontendKey(frontend), frontend);

  const connections = new Map<string, ReadonlySet<string>>();
  const deletions: string[][] = [];
  for (const key of new Set([...before.keys(), ...now.keys()])) {
    const frontend = now.get(key);
    const serving = new Set((frontend?.backends ?? []).map(backendKey));
    const draining = new Set((frontend?.draining ?? []).map(backendKey));
    for (const backend of before.get(key) ?? []) {
      if (serving.has(backend)) continue;
      if (draining.has(backend)) serving.add(backend);
      else deletions.push(deletion(key, backend));
    }
    if (serving.size > 0) connections.set(key, serving);
  }
  return { connections, deletions };
}

function frontendKey({ address, protocol, port, scope }: Frontend): string {
  return `${address} ${protocol.toLowerCase()} ${port} ${scope}`;
}

function backendKey({ address, port }: Backend): string {
  return `${address} ${port}`;
}

function deletion(frontend: string, backend: string): string[] {
  const [address = '', protocol = '', port = ''] = frontend.split(' ');
  const [backendAddress = '', backendPort = ''] = backend.split(' ');
  return [
    ...['-D', '-p', protocol, '--orig-port-dst', port],
    ...(address === 'node' ? [] : ['--orig-dst', address]),
    ...['--reply-src', backendAddress, '--reply-port-src', backendPort],
  ];
}
