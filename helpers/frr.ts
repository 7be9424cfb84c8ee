import { type Executor, output } from './exec.ts';
import { parseJson, Shape } from './shape.ts';

/** FRR through vtysh: the same on every router, whoever started it. */
export interface Frr {
  /** By peer address. */
  neighbors(): Promise<readonly BgpNeighbor[]>;
  /** The IPv4 unicast table, every path. */
  paths(): Promise<readonly BgpPath[]>;
  /** One prefix with what only its own page tells; no paths when it is not in the table. */
  pathsTo(prefix: string): Promise<readonly BgpPathDetail[]>;
  summary(): Promise<BgpSummary>;
  /** Lines typed in configuration mode. @throws Error with what vtysh said */
  configure(lines: readonly string[]): Promise<void>;
  /** `write memory`: what was typed survives a restart. */
  save(): Promise<void>;
  runningConfig(): Promise<string>;
  /** e.g. `8.4.4` */
  version(): Promise<string>;
  /** A command of the enable mode, e.g. `clear bgp 192.168.10.100`. */
  run(command: string): Promise<string>;
}

export interface BgpNeighbor {
  readonly address: string;
  readonly remoteAs: number;
  readonly localAs: number;
  /** Its BGP identifier; undefined while there is no session. */
  readonly routerId: string | undefined;
  /** As FRR names it: `Established`, `Active`, … */
  readonly state: string;
  /** Negotiated while established, else what is configured, in seconds. */
  readonly holdTime: number;
  readonly keepalive: number;
  /** What this side was told to ask for, in seconds. */
  readonly configured: { readonly holdTime: number; readonly keepalive: number };
  /** How many sessions there have been, this one included; undefined while not established. */
  readonly session: number | undefined;
  /** Seconds since 1970, as FRR computes it from the time since: a second more or less each time it is asked. */
  readonly establishedAt: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly remotePort: number | undefined;
  readonly prefixesReceived: number;
  readonly prefixesSent: number;
  readonly messages: Readonly<Record<MessageType, { readonly sent: number; readonly received: number }>>;
  /** Why the last session ended, in FRR's words; undefined when none has. */
  readonly lastReset: string | undefined;
  readonly gracefulRestart: GracefulRestart;
}

export type MessageType = 'open' | 'notification' | 'update' | 'keepalive' | 'routeRefresh';

/** RFC 4724, as seen from the router. */
export interface GracefulRestart {
  /** `Restart`, `Helper`, `Disable`; FRR's mark for "as the router's own setting" is left out. */
  readonly localMode: string;
  /** What the neighbour's OPEN said; `NotApplicable` while there is no session. */
  readonly remoteMode: string;
  /** The neighbour's restart time, in seconds; 0 when it announced none. */
  readonly remoteRestartTime: number;
  /** Seconds until the routes of a neighbour that went away are dropped; undefined while it is here. */
  readonly remaining: number | undefined;
  /** Address families of this session for which End-of-RIB went out, and came in: `ipv4Unicast`, … */
  readonly endOfRib: { readonly sent: readonly string[]; readonly received: readonly string[] };
}

export interface BgpPath {
  readonly prefix: string;
  /** `0.0.0.0` for what the router originates. */
  readonly nextHop: string;
  readonly asPath: readonly number[];
  readonly origin: 'IGP' | 'EGP' | 'incomplete';
  readonly valid: boolean;
  readonly best: boolean;
  readonly multipath: boolean;
  /** Kept for a neighbour that is restarting. */
  readonly stale: boolean;
  /** MULTI_EXIT_DISC, when there is one. */
  readonly med: number | undefined;
  /** When there is one: LOCAL_PREF does not cross an eBGP session. */
  readonly localPreference: number | undefined;
  /** The neighbour it came from; undefined for what the router originates. */
  readonly peer: string | undefined;
}

export interface BgpPathDetail extends BgpPath {
  /** `65001:100`, and the well-known ones by their names of RFC 1997: `no-export`, … */
  readonly communities: readonly string[];
  /** `65001:1:2` */
  readonly largeCommunities: readonly string[];
}

export interface BgpSummary {
  readonly routerId: string;
  readonly asn: number;
  readonly peers: readonly {
    readonly address: string;
    readonly remoteAs: number;
    readonly state: string;
    readonly prefixesReceived: number;
    readonly prefixesSent: number;
    readonly connectionsDropped: number;
  }[];
}

export function frr(host: Executor): Frr {
  const run = (command: string): Promise<string> => output(host, ['vtysh', '-c', command]);
  const json = async (command: string): Promise<unknown> =>
    parseJson(`${host.name}: vtysh -c '${command} json'`, await run(`${command} json`));
  return {
    neighbors: async () => parseNeighbors(await json('show bgp neighbors')),
    paths: async () => parsePaths(await json('show bgp ipv4 unicast')),
    pathsTo: async prefix => parsePathsTo(await json(`show bgp ipv4 unicast ${prefix}`)),
    summary: async () => parseSummary(await json('show bgp ipv4 unicast summary')),
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
    version: async () => parseVersion(await run('show version')),
    run,
  };
}

/** `show version` @throws Error when it is another program's */
export function parseVersion(text: string): string {
  const version = /^FRRouting (\S+)/.exec(text)?.[1];
  if (version === undefined) throw new Error(`not the version of FRRouting: ${text.slice(0, 100)}`);
  return version;
}

/** `show bgp neighbors json`, FRR 8.4. Without neighbours it is empty. @throws Error naming what is not as expected */
export function parseNeighbors(json: unknown): BgpNeighbor[] {
  return new Shape('show bgp neighbors', json).entries().map(([address, neighbor]) => {
    const state = neighbor.string('bgpState');
    const established = state === 'Established';
    const seconds = (name: string): number => neighbor.number(name) / 1000;
    const ipv4 = neighbor.optionalChild('addressFamilyInfo')?.optionalChild('ipv4Unicast');
    const statistics = neighbor.child('messageStats');
    const messages = (name: string): { sent: number; received: number } => ({
      sent: statistics.number(`${name}Sent`),
      received: statistics.number(`${name}Recv`),
    });
    return {
      address,
      remoteAs: neighbor.number('remoteAs'),
      localAs: neighbor.number('localAs'),
      routerId: established ? neighbor.string('remoteRouterId') : undefined,
      state,
      holdTime: seconds('bgpTimerHoldTimeMsecs'),
      keepalive: seconds('bgpTimerKeepAliveIntervalMsecs'),
      configured: {
        holdTime: seconds('bgpTimerConfiguredHoldTimeMsecs'),
        keepalive: seconds('bgpTimerConfiguredKeepAliveIntervalMsecs'),
      },
      session: established ? neighbor.number('connectionsEstablished') : undefined,
      establishedAt: established ? neighbor.number('bgpTimerUpEstablishedEpoch') : undefined,
      localAddress: neighbor.optionalString('hostLocal'),
      localPort: neighbor.optionalNumber('portLocal'),
      remotePort: neighbor.optionalNumber('portForeign'),
      prefixesReceived: ipv4?.optionalNumber('acceptedPrefixCounter') ?? 0,
      prefixesSent: ipv4?.optionalNumber('sentPrefixCounter') ?? 0,
      messages: {
        open: messages('opens'),
        notification: messages('notifications'),
        update: messages('updates'),
        keepalive: messages('keepalives'),
        routeRefresh: messages('routeRefresh'),
      },
      lastReset: neighbor.optionalString('lastResetDueTo'),
      gracefulRestart: gracefulRestartOf(neighbor.optionalChild('gracefulRestartInfo')),
    };
  });
}

function gracefulRestartOf(info: Shape | undefined): GracefulRestart {
  const timers = info?.optionalChild('timers');
  return {
    localMode: info?.optionalString('localGrMode')?.replace('*', '') ?? 'NotApplicable',
    remoteMode: info?.optionalString('remoteGrMode') ?? 'NotApplicable',
    remoteRestartTime: timers?.optionalNumber('receivedRestartTimer') ?? 0,
    remaining: timers?.optionalNumber('restartTimerRemaining'),
    endOfRib: {
      sent: info?.optionalChild('endOfRibSend')?.flags() ?? [],
      received: info?.optionalChild('endOfRibRecv')?.flags() ?? [],
    },
  };
}

/** `show bgp ipv4 unicast json`, FRR 8.4. An empty table has no `routes`. @throws Error naming what is not as expected */
export function parsePaths(json: unknown): BgpPath[] {
  const table = new Shape('show bgp ipv4 unicast', json).optionalChild('routes');
  return (table?.lists() ?? []).flatMap(([prefix, paths]) =>
    paths.map(path => {
      const peer = path.string('peerId');
      return {
        ...commonOf(prefix, path),
        asPath: asNumbers(path.string('path')),
        best: path.flag('bestpath'),
        peer: peer === '(unspec)' ? undefined : peer,
      };
    }),
  );
}

/** `show bgp ipv4 unicast <prefix> json`, FRR 8.4: `{}` for a prefix that is not there. */
export function parsePathsTo(json: unknown): BgpPathDetail[] {
  const page = new Shape('show bgp ipv4 unicast <prefix>', json);
  return page.children('paths').map(path => ({
    ...commonOf(page.string('prefix'), path),
    asPath: asNumbers(path.child('aspath').string('string')),
    best: path.optionalChild('bestpath')?.flag('overall') ?? false,
    peer: path.flag('local') ? undefined : path.child('peer').optionalString('peerId'),
    communities: communitiesIn(path.optionalChild('community')),
    largeCommunities: communitiesIn(path.optionalChild('largeCommunity')),
  }));
}

function commonOf(prefix: string, path: Shape): Omit<BgpPath, 'asPath' | 'best' | 'peer'> {
  return {
    prefix,
    nextHop: path.children('nexthops')[0]?.string('ip') ?? 'none',
    origin: path.string('origin') as BgpPath['origin'],
    valid: path.flag('valid'),
    multipath: path.flag('multipath'),
    stale: path.flag('stale'),
    med: path.optionalNumber('metric'),
    localPreference: path.optionalNumber('locPrf'),
  };
}

/** Empty, or `Local`, for what the router originates; members of an AS_SET count as they come. */
const asNumbers = (path: string): number[] => (path.match(/\d+/g) ?? []).map(Number);

/** The string keeps the names of RFC 1997, which the list spells in FRR's own way. */
const communitiesIn = (attribute: Shape | undefined): string[] =>
  attribute?.string('string').split(' ') ?? [];

/** `show bgp ipv4 unicast summary json`, FRR 8.4. */
export function parseSummary(json: unknown): BgpSummary {
  const summary = new Shape('show bgp summary', json);
  return {
    routerId: summary.string('routerId'),
    asn: summary.number('as'),
    peers: summary
      .child('peers')
      .entries()
      .map(([address, peer]) => ({
        address,
        remoteAs: peer.number('remoteAs'),
        state: peer.string('state'),
        prefixesReceived: peer.optionalNumber('pfxRcd') ?? 0,
        prefixesSent: peer.optionalNumber('pfxSnt') ?? 0,
        connectionsDropped: peer.number('connectionsDropped'),
      })),
  };
}
