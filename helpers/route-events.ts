import { type ClockOffset, clockOffset } from './clock.ts';
import { ExecError, type Executor } from './exec.ts';
import { type NextHop, type Route, withLength } from './iproute.ts';
import { linesOf, textOf } from './lines.ts';
import { immediateMs } from './timeouts.ts';
import { until } from './waiting.ts';

/** A change of a kernel's routes. */
export interface RouteEvent {
  /** When the host saw it: milliseconds since 1970 by its own clock, to the microsecond. */
  readonly atMs: number;
  /** The kernel tells an addition from a replacement by flags that `ip monitor` does not print: both are `set`. */
  readonly change: 'set' | 'deleted';
  readonly route: Route;
  /** `main`, `local`, or a table's number or name. */
  readonly table: string;
}

/**
 * The route events of a host from one moment on. What the kernel does not announce is not here either: routes that go
 * with their interface, and groups of next hops that change behind a route's back.
 */
export interface RouteWatch extends AsyncIterable<RouteEvent> {
  /** So far, oldest first. */
  readonly events: readonly RouteEvent[];
  /** How the host's clock compares with ours. */
  readonly clock: ClockOffset;
  /** The time of an event by our own clock, in milliseconds since 1970 (compare with `nowMs`). */
  localTimeOf(event: RouteEvent): number;
  stop(): Promise<void>;
}

const command = ['ip', '-o', '-ts', 'monitor', 'route'];

/**
 * Follows a host's routes with `ip monitor`. Resolves when the kernel has it on its list: every change after that
 * is seen. @throws ExecError when it does not run
 */
export async function watchRoutes(host: Executor): Promise<RouteWatch> {
  const clock = await clockOffset(host);
  // Timestamps are local times without a zone.
  const monitor = await host.start(['sh', '-c', `echo $$; TZ=UTC exec ${command.join(' ')}`]);
  const lines = linesOf(monitor.stdout);
  const stderr = textOf(monitor.stderr);
  const pid = (await lines.next()).value;
  const events: RouteEvent[] = [];
  let stopped = false;
  let failure: Error | undefined;
  let wake = (): void => {};
  let changed = new Promise<void>(resolve => {
    wake = resolve;
  });
  const following = (async () => {
    for await (const line of lines) {
      events.push(parseRouteEvent(line));
      wake();
      changed = new Promise(resolve => {
        wake = resolve;
      });
    }
    if (!stopped) throw new ExecError(host.name, command, `it ended: ${(await stderr).trim()}`);
  })()
    .catch((error: Error) => {
      failure = error;
    })
    .finally(() => wake());

  await until(`${command.join(' ')} on ${host.name} to listen`, immediateMs, async () => {
    if (failure !== undefined) return failure;
    const { stdout } = await host.exec(['cat', '/proc/net/netlink']);
    return isSubscribed(stdout, pid) || undefined;
  });
  if (failure !== undefined) throw failure;

  return {
    events,
    clock,
    localTimeOf: event => event.atMs - clock.offsetMs,
    stop: async () => {
      stopped = true;
      monitor.signal('INT');
      await monitor.exited;
      await following;
      if (failure !== undefined) throw failure;
    },
    async *[Symbol.asyncIterator]() {
      for (let next = 0; ; next++) {
        while (next >= events.length) {
          if (failure !== undefined) throw failure;
          if (stopped) return;
          await changed;
        }
        yield events[next] as RouteEvent;
      }
    },
  };
}

/** Whether a process has a netlink socket in a multicast group: /proc/net/netlink, columns Pid and Groups. */
export function isSubscribed(netlink: string, pid: string): boolean {
  return netlink.split('\n').some(line => {
    const [, , port, groups = '0'] = line.trim().split(/\s+/);
    return port === pid && Number.parseInt(groups, 16) !== 0;
  });
}

/**
 * A line of `TZ=UTC ip -o -ts monitor route`, where `\` stands for iproute2's line breaks:
 * `[2026-11-21T03:21:05.882291] Deleted 9.9.8.0/24 proto bgp metric 20 \	nexthop via 192.0.2.1 dev eth1 weight 2 \	…`
 * @throws Error when it is not that
 */
export function parseRouteEvent(line: string): RouteEvent {
  const [, stamp, micros, deleted, description] =
    /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})\] (Deleted )?(?:(?:replace|append|Replaced|Appended) )?(.+)$/.exec(
      line,
    ) ?? [];
  if (stamp === undefined || description === undefined) {
    throw new Error(`ip monitor route printed a line that is no event: ${line}`);
  }
  const [head = '', ...hops] = description.split('\\').map(part => part.trim());
  const words = head.split(/\s+/);
  const type = routeTypes.has(words[0] ?? '') ? (words.shift() as string) : 'unicast';
  const prefix = withLength(words.shift() ?? '');
  const after = (key: string, list: readonly string[] = words): string | undefined => {
    const place = list.indexOf(key);
    return place < 0 ? undefined : list[place + 1];
  };
  const hopIn = (list: readonly string[]): NextHop => {
    const family = after('via', list);
    return {
      via: family === 'inet6' || family === 'inet' ? list[list.indexOf('via') + 2] : family,
      dev: after('dev', list) ?? 'none',
      weight: Number(after('weight', list) ?? 1),
    };
  };
  const mtu = after('mtu');
  const multipath = hops.filter(hop => hop.startsWith('nexthop ')).map(hop => hopIn(hop.split(/\s+/)));
  return {
    atMs: Date.parse(`${stamp}Z`) + Number(micros) / 1000,
    change: deleted === undefined ? 'set' : 'deleted',
    table: after('table') ?? 'main',
    route: {
      prefix,
      type,
      protocol: after('proto') ?? 'boot',
      nextHops: multipath.length > 0 ? multipath : type === 'unicast' ? [hopIn(words)] : [],
      source: after('src'),
      metric: Number(after('metric') ?? 0),
      mtu: mtu === undefined ? undefined : Number(mtu),
    },
  };
}

const routeTypes = new Set([
  ...['unicast', 'local', 'broadcast', 'multicast', 'throw', 'unreachable', 'prohibit', 'blackhole'],
  ...['nat', 'anycast', 'xresolve'],
]);
