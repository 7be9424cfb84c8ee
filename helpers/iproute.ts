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
  /** 0 when none is given. */
  readonly metric: number;
  /** Of packets that take it, in bytes; undefined where the interface's own counts. */
  readonly mtu: number | undefined;
}

/** The main table, IPv4. */
export async function routes(host: Executor): Promise<Route[]> {
  const text = await output(host, ['ip', '-j', 'route', 'show', 'table', 'main']);
  // With nexthop_compat_mode off the kernel names next-hop objects without saying what they are.
  const needsObjects = parseJson<RouteJson>('ip -j route', text).some(isBareObject);
  return parseRoutes(text, needsObjects ? await output(host, ['ip', '-j', 'nexthop']) : '[]');
}

interface RouteJson {
  type?: string;
  dst: string;
  gateway?: string;
  /** A next hop of the other address family (RFC 8950). */
  via?: { host: string };
  dev?: string;
  protocol?: string;
  prefsrc?: string;
  metric?: number;
  metrics?: { mtu?: number }[];
  nhid?: number;
  nexthops?: HopJson[];
}

interface HopJson {
  gateway?: string;
  via?: { host: string };
  dev?: string;
  weight?: number;
}

interface NextHopObjectJson extends HopJson {
  id: number;
  group?: { id: number; weight?: number }[];
}

const isBareObject = (route: RouteJson): boolean =>
  route.nhid !== undefined && route.dev === undefined && route.nexthops === undefined;

/**
 * `ip -j route`: single routes, multipath, and next-hop groups, which iproute2 prints with their members.
 * @param nextHopObjects `ip -j nexthop`, for routes that only name theirs
 * @throws Error when it is not that
 */
export function parseRoutes(text: string, nextHopObjects = '[]'): Route[] {
  const objects = new Map(
    parseJson<NextHopObjectJson>('ip -j nexthop', nextHopObjects).map(object => [object.id, object]),
  );
  const membersOf = (id: number): HopJson[] => {
    const object = objects.get(id);
    return object?.group === undefined
      ? [object ?? {}]
      : object.group.map(({ id: member, weight = 1 }) => ({ ...objects.get(member), weight }));
  };
  return parseJson<RouteJson>('ip -j route', text).map(route => {
    if (typeof route.dst !== 'string') {
      throw new Error(`ip -j route: an entry without dst: ${JSON.stringify(route)}`);
    }
    const { type = 'unicast' } = route;
    const single: HopJson[] = isBareObject(route) ? membersOf(route.nhid ?? 0) : [route];
    // Types like unreachable have no next hop, though IPv6 shows them on dev lo.
    const hops: HopJson[] =
      type === 'unicast' || route.nexthops !== undefined ? (route.nexthops ?? single) : [];
    return {
      prefix: withLength(route.dst),
      protocol: route.protocol ?? 'boot',
      nextHops: hops.map(({ gateway, via, dev = 'none', weight = 1 }) => ({
        via: gateway ?? via?.host,
        dev,
        weight,
      })),
      source: route.prefsrc,
      type,
      metric: route.metric ?? 0,
      mtu: route.metrics?.find(({ mtu }) => mtu !== undefined)?.mtu,
    };
  });
}

/** iproute2 leaves out the length of a host route. */
export function withLength(destination: string): string {
  if (destination === 'default' || destination.includes('/')) return destination;
  return `${destination}/${destination.includes(':') ? 128 : 32}`;
}

function parseJson<T>(command: string, text: string): T[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.trim() === '' ? '[]' : text);
  } catch {
    throw new Error(`${command} printed no JSON: ${text.slice(0, 200)}`);
  }
  if (!Array.isArray(parsed)) throw new Error(`${command} printed no list: ${text.slice(0, 200)}`);
  // iproute2 prints {} for what it leaves out by a filter.
  return parsed.filter(
    each => typeof each === 'object' && each !== null && Object.keys(each).length > 0,
  ) as T[];
}

/** `172.16.1.1/32 proto bgp via 192.168.10.100 dev eth1, via …`: a line that compares. */
export function routeRow({ prefix, protocol, nextHops, type }: Route): string {
  const hops = nextHops.map(hop => `${hop.via === undefined ? '' : `via ${hop.via} `}dev ${hop.dev}`).sort();
  return `${type === 'unicast' ? '' : `${type} `}${prefix} proto ${protocol} ${hops.join(', ')}`.trimEnd();
}

export interface Link {
  readonly name: string;
  readonly macAddress: string | undefined;
  readonly mtu: number;
  /** `UP`, `DOWN`, `UNKNOWN` (for interfaces that cannot tell), … */
  readonly state: string;
  readonly flags: readonly string[];
}

export async function links(host: Executor): Promise<Link[]> {
  return parseLinks(await output(host, ['ip', '-j', 'link', 'show']));
}

/** `ip -j link` */
export function parseLinks(text: string): Link[] {
  interface LinkJson {
    ifname: string;
    address?: string;
    mtu: number;
    operstate: string;
    flags: string[];
  }
  return parseJson<LinkJson>('ip -j link', text).map(({ ifname, address, mtu, operstate, flags }) => ({
    name: ifname,
    macAddress: address,
    mtu,
    state: operstate,
    flags,
  }));
}

export interface InterfaceAddress {
  readonly dev: string;
  /** With its length: `192.168.10.200/24`. */
  readonly address: string;
  readonly family: 'inet' | 'inet6';
  readonly scope: string;
}

export async function addresses(host: Executor): Promise<InterfaceAddress[]> {
  return parseAddresses(await output(host, ['ip', '-j', 'address', 'show']));
}

/** `ip -j address` */
export function parseAddresses(text: string): InterfaceAddress[] {
  interface AddressJson {
    ifname: string;
    addr_info?: { family: 'inet' | 'inet6'; local: string; prefixlen: number; scope: string }[];
  }
  return parseJson<AddressJson>('ip -j address', text).flatMap(({ ifname, addr_info = [] }) =>
    addr_info.map(({ family, local, prefixlen, scope }) => ({
      dev: ifname,
      address: `${local}/${prefixlen}`,
      family,
      scope,
    })),
  );
}

export interface Neighbour {
  readonly address: string;
  readonly dev: string;
  /** Undefined while it is not resolved. */
  readonly macAddress: string | undefined;
  /** `REACHABLE`, `STALE`, `FAILED`, … */
  readonly states: readonly string[];
}

export async function neighbours(host: Executor): Promise<Neighbour[]> {
  return parseNeighbours(await output(host, ['ip', '-j', 'neigh', 'show']));
}

/** `ip -j neigh` */
export function parseNeighbours(text: string): Neighbour[] {
  interface NeighbourJson {
    dst: string;
    dev: string;
    lladdr?: string;
    state?: string[];
  }
  return parseJson<NeighbourJson>('ip -j neigh', text).map(({ dst, dev, lladdr, state = [] }) => ({
    address: dst,
    dev,
    macAddress: lladdr,
    states: state,
  }));
}

export interface TcpSocket {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  /** 0 for a listening socket. */
  readonly remotePort: number;
  /** Undefined when ss was not asked, may not know, or nobody has it open. */
  readonly process: { readonly name: string; readonly pid: number } | undefined;
}

/** Established TCP connections of a host, or its listening sockets. */
export async function tcpSockets(host: Executor, state: 'established' | 'listening'): Promise<TcpSocket[]> {
  return parseSockets(await output(host, ['ss', '-H', '-t', '-n', '-p', 'state', state]));
}

/** `ss -tnp`, with or without header and state: receive queue, send queue, local, peer, process. */
export function parseSockets(text: string): TcpSocket[] {
  return text
    .split('\n')
    .filter(line => line.trim() !== '' && !line.startsWith('State '))
    .map(line => {
      const found =
        /^(?:[A-Z0-9-]+\s+)?\d+\s+\d+\s+(\S+):(\d+|\*)\s+(\S+):(\d+|\*)\s*(?:users:\(\("([^"]*)",pid=(\d+))?/.exec(
          line,
        );
      if (found === null) throw new Error(`ss -tn printed a line that is no socket: ${line}`);
      const [, local = '', localPort, remote = '', remotePort, name, pid] = found;
      return {
        localAddress: plainAddress(local),
        localPort: portOf(localPort),
        remoteAddress: plainAddress(remote),
        remotePort: portOf(remotePort),
        process: name === undefined ? undefined : { name, pid: Number(pid) },
      };
    });
}

const portOf = (text: string | undefined): number => (text === '*' ? 0 : Number(text));

/** Without the brackets of IPv6, the prefix of IPv4 within it, and the interface. */
function plainAddress(text: string): string {
  return text.replace(/%[^\]]*/, '').replace(/^\[(?:::ffff:)?(.*)\]$/, '$1');
}
