import { type Executor, output } from './exec.ts';

/** FRR through vtysh: the same on every router, whoever started it. */
export interface Frr {
  /** By peer address. */
  neighbors(): Promise<readonly BgpNeighbor[]>;
  /** The IPv4 unicast table, every path. */
  paths(): Promise<readonly BgpPath[]>;
  /** Lines typed in configuration mode. @throws Error with what vtysh said */
  configure(lines: readonly string[]): Promise<void>;
  /** `write memory`: what was typed survives a restart. */
  save(): Promise<void>;
  runningConfig(): Promise<string>;
  /** A command of the enable mode, e.g. `clear bgp 192.168.10.100`. */
  run(command: string): Promise<string>;
}

export interface BgpNeighbor {
  readonly address: string;
  readonly remoteAs: number;
  /** As FRR names it: `Established`, `Active`, … */
  readonly state: string;
  /** Negotiated, in seconds. */
  readonly holdTime: number;
  readonly keepalive: number;
  /** Seconds since 1970; undefined while not established. */
  readonly establishedAt: number | undefined;
  readonly localPort: number | undefined;
  readonly remotePort: number | undefined;
  readonly prefixesReceived: number;
}

export interface BgpPath {
  readonly prefix: string;
  /** `0.0.0.0` for what the router originates. */
  readonly nextHop: string;
  readonly asPath: readonly number[];
  readonly origin: 'IGP' | 'EGP' | 'incomplete';
  readonly best: boolean;
  readonly multipath: boolean;
  readonly stale: boolean;
}

export function frr(host: Executor): Frr {
  const run = (command: string): Promise<string> => output(host, ['vtysh', '-c', command]);
  const json = async (command: string): Promise<unknown> => {
    const text = await run(`${command} json`);
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${host.name}: vtysh -c '${command} json' printed no JSON: ${text.slice(0, 200)}`);
    }
  };
  return {
    neighbors: async () => parseNeighbors(await json('show bgp neighbors')),
    paths: async () => parsePaths(await json('show bgp ipv4 unicast')),
    configure: async lines => {
      const typed = ['configure terminal', ...lines, 'end'].flatMap(line => ['-c', line]);
      const said = await output(host, ['vtysh', ...typed]);
      if (said.includes('%'))
        throw new Error(`${host.name}: vtysh refused ${lines.join('; ')}: ${said.trim()}`);
    },
    save: async () => {
      await run('write memory');
    },
    runningConfig: () => run('show running-config'),
    run,
  };
}

interface NeighborJson {
  remoteAs: number;
  bgpState: string;
  bgpTimerHoldTimeMsecs?: number;
  bgpTimerKeepAliveIntervalMsecs?: number;
  bgpTimerUpEstablishedEpoch?: number;
  portLocal?: number;
  portForeign?: number;
  addressFamilyInfo?: { ipv4Unicast?: { acceptedPrefixCounter?: number } };
}

/** `show bgp neighbors json`, FRR 8.4. */
export function parseNeighbors(json: unknown): BgpNeighbor[] {
  return Object.entries(json as Record<string, NeighborJson>)
    .filter(([, neighbor]) => neighbor?.bgpState !== undefined)
    .map(([address, neighbor]) => ({
      address,
      remoteAs: neighbor.remoteAs,
      state: neighbor.bgpState,
      holdTime: (neighbor.bgpTimerHoldTimeMsecs ?? 0) / 1000,
      keepalive: (neighbor.bgpTimerKeepAliveIntervalMsecs ?? 0) / 1000,
      establishedAt: neighbor.bgpState === 'Established' ? neighbor.bgpTimerUpEstablishedEpoch : undefined,
      localPort: neighbor.portLocal,
      remotePort: neighbor.portForeign,
      prefixesReceived: neighbor.addressFamilyInfo?.ipv4Unicast?.acceptedPrefixCounter ?? 0,
    }));
}

interface PathJson {
  path: string;
  origin: BgpPath['origin'];
  bestpath?: boolean;
  multipath?: boolean;
  stale?: boolean;
  nexthops: { ip: string; used?: boolean }[];
}

/** `show bgp ipv4 unicast json`, FRR 8.4. An empty table has no `routes`. */
export function parsePaths(json: unknown): BgpPath[] {
  const { routes = {} } = json as { routes?: Record<string, PathJson[]> };
  return Object.entries(routes).flatMap(([prefix, paths]) =>
    paths.map(path => ({
      prefix,
      nextHop: path.nexthops[0]?.ip ?? 'none',
      asPath: path.path === '' ? [] : path.path.split(' ').map(Number),
      origin: path.origin,
      best: path.bestpath === true,
      multipath: path.multipath === true,
      stale: path.stale === true,
    })),
  );
}
