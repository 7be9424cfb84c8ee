import { type Executor, output } from './exec.ts';

export interface NextHop {
  /** Absent for what is on the link. */
  readonly via: string | undefined;
  readonly dev: string;
  readonly weight: number;
}

/** A route of the kernel's main table. */
export interface Route {
  /** `default`, or a prefix with its length. */
  readonly prefix: string;
  /** `bgp`, `kernel`, `static`, …; `boot` when nobody said. */
  readonly protocol: string;
  readonly nextHops: readonly NextHop[];
  readonly source: string | undefined;
  /** `unicast`, `unreachable`, `blackhole`, … */
  readonly type: string;
}

export async function routes(host: Executor): Promise<Route[]> {
  return parseRoutes(await output(host, ['ip', '-j', 'route', 'show', 'table', 'main']));
}

interface RouteJson {
  type?: string;
  dst: string;
  gateway?: string;
  dev?: string;
  protocol?: string;
  prefsrc?: string;
  nexthops?: { gateway?: string; dev: string; weight?: number }[];
}

/** `ip -j route`: single routes, multipath, and next-hop groups, which iproute2 prints with their members. */
export function parseRoutes(text: string): Route[] {
  return (JSON.parse(text === '' ? '[]' : text) as RouteJson[]).map(route => ({
    prefix: route.dst === 'default' || route.dst.includes('/') ? route.dst : `${route.dst}/32`,
    protocol: route.protocol ?? 'boot',
    nextHops: (route.nexthops ?? [{ gateway: route.gateway, dev: route.dev ?? 'none', weight: 1 }]).map(
      hop => ({
        via: hop.gateway,
        dev: hop.dev,
        weight: hop.weight ?? 1,
      }),
    ),
    source: route.prefsrc,
    type: route.type ?? 'unicast',
  }));
}

/** `172.16.1.1/32 proto bgp via 192.168.10.100 dev eth1, via …`: a line that compares. */
export function routeRow({ prefix, protocol, nextHops, type }: Route): string {
  const hops = nextHops.map(hop => `${hop.via === undefined ? '' : `via ${hop.via} `}dev ${hop.dev}`).sort();
  return `${type === 'unicast' ? '' : `${type} `}${prefix} proto ${protocol} ${hops.join(', ')}`;
}

export interface TcpSocket {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Established TCP connections of a host, or its listening sockets. */
export async function tcpSockets(host: Executor, state: 'established' | 'listening'): Promise<TcpSocket[]> {
  return parseSockets(await output(host, ['ss', '-H', '-t', '-n', 'state', state]));
}

/** `ss -H -tn state …`: receive queue, send queue, local, peer. */
export function parseSockets(text: string): TcpSocket[] {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const [local = '', remote = ''] = line.trim().split(/\s+/).slice(2);
      const [localAddress, localPort] = splitPort(local);
      const [remoteAddress, remotePort] = splitPort(remote);
      return { localAddress, localPort, remoteAddress, remotePort };
    });
}

function splitPort(socket: string): [address: string, port: number] {
  const colon = socket.lastIndexOf(':');
  const port = socket.slice(colon + 1);
  const address = socket
    .slice(0, colon)
    .replace(/%.*$/, '')
    .replace(/^\[(?:::ffff:)?(.*)\]$/, '$1');
  return [address, port === '*' ? 0 : Number(port)];
}
