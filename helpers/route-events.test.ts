import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@playwright/test';
import { nowMs } from './clock.ts';
import { output } from './exec.ts';
import { routeRow } from './iproute.ts';
import { localExecutor } from './local-executor.ts';
import { isSubscribed, parseRouteEvent, watchRoutes } from './route-events.ts';

test('events as iproute2 6.1 prints them', () => {
  const event = parseRouteEvent(
    '[2026-11-21T03:21:05.882291] 9.9.8.0/24 nhid 7 proto bgp metric 20 \\\tnexthop via 192.168.10.100 dev eth1 weight 2 \\\tnexthop via 192.168.10.101 dev eth1 weight 1 ',
  );
  expect(event).toEqual({
    atMs: Date.UTC(2026, 10, 21, 3, 21, 5) + 882.291,
    change: 'set',
    table: 'main',
    route: {
      prefix: '9.9.8.0/24',
      type: 'unicast',
      protocol: 'bgp',
      nextHops: [
        { via: '192.168.10.100', dev: 'eth1', weight: 2 },
        { via: '192.168.10.101', dev: 'eth1', weight: 1 },
      ],
      source: undefined,
      metric: 20,
    },
  });
  const rows = [
    'Deleted 172.20.1.0/24 nhid 24 via 192.168.10.101 dev eth1 proto bgp metric 20 ',
    'unreachable 9.9.9.0/24 ',
    'Deleted broadcast 9.9.1.255 dev eth1 table local proto kernel scope link src 9.9.1.1 ',
    '9.9.7.7 via inet6 fe80::1 dev eth1 ',
    'default via 10.0.2.2 dev eth0 proto dhcp src 10.0.2.15 metric 100 ',
    '2001:db8::1 dev eth1 metric 1024 pref medium',
  ].map(text => parseRouteEvent(`[2026-11-21T03:21:05.000001] ${text}`));
  expect(rows.map(({ change, table, route }) => `${change} ${table} ${routeRow(route)}`)).toEqual([
    'deleted main 172.20.1.0/24 proto bgp via 192.168.10.101 dev eth1',
    'set main unreachable 9.9.9.0/24 proto boot',
    'deleted local broadcast 9.9.1.255/32 proto kernel',
    'set main 9.9.7.7/32 proto boot via fe80::1 dev eth1',
    'set main default proto dhcp via 10.0.2.2 dev eth0',
    'set main 2001:db8::1/128 proto boot dev eth1',
  ]);
  expect(() => parseRouteEvent('netlink receive error No buffer space available (105)')).toThrow(
    'no event: netlink receive error',
  );
});

test('who listens is told by /proc/net/netlink', () => {
  const text = [
    'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode',
    '00000000e832a76c 0   3069436511 00000000 0        0        0     2        0        1206080 ',
    '00000000e5ce0861 0   410        04000440 0        0        0     2        0        1560098 ',
    '0000000073d21c6d 0   89         00000000 0        0        0     2        0        1206079 ',
  ].join('\n');
  expect(isSubscribed(text, '410')).toBe(true);
  expect(isSubscribed(text, '89')).toBe(false);
  expect(isSubscribed(text, '41')).toBe(false);
});

test.describe('in a network of its own', () => {
  // A namespace, held by a process that reads its input until we end.
  const can = spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
  test.skip(!can, 'needs iproute2 and the right to make network namespaces');
  let holder: ChildProcess;

  test.beforeEach(async () => {
    const script =
      'ip link set lo up && ip link add v0 type veth peer name v1 && ip addr add 192.0.2.1/24 dev v0 && ip link set v0 up && ip link set v1 up && echo ready && exec cat';
    holder = spawn('unshare', ['-n', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout as NodeJS.ReadableStream, 'data');
  });
  test.afterEach(() => {
    holder.kill('SIGKILL');
  });

  test('changes are seen as they happen, with the time at which they did', async () => {
    const host = localExecutor('box', ['nsenter', '-t', String(holder.pid), '-n']);
    const watch = await watchRoutes(host);
    expect(Math.abs(watch.clock.offsetMs)).toBeLessThanOrEqual(watch.clock.uncertaintyMs + 1);

    const before = nowMs();
    await output(host, ['ip', 'route', 'add', '203.0.113.1', 'proto', 'bgp', 'via', '192.0.2.11']);
    const after = nowMs();
    const hops = ['nexthop', 'via', '192.0.2.11', 'nexthop', 'via', '192.0.2.12'];
    await output(host, ['ip', 'route', 'replace', '203.0.113.1', 'proto', 'bgp', ...hops]);
    await output(host, ['ip', 'route', 'del', '203.0.113.1']);

    const seen: string[] = [];
    for await (const event of watch) {
      seen.push(`${event.change} ${routeRow(event.route)}`);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([
      'set 203.0.113.1/32 proto bgp via 192.0.2.11 dev v0',
      'set 203.0.113.1/32 proto bgp via 192.0.2.11 dev v0, via 192.0.2.12 dev v0',
      'deleted 203.0.113.1/32 proto bgp via 192.0.2.11 dev v0, via 192.0.2.12 dev v0',
    ]);
    const [first] = watch.events;
    const at = first === undefined ? 0 : watch.localTimeOf(first);
    expect(at).toBeGreaterThan(before - 20);
    expect(at).toBeLessThan(after + 20);
    await watch.stop();
  });

  test('a watch that cannot run says so', async () => {
    await expect(watchRoutes(localExecutor('box', ['env', 'PATH=/nowhere']))).rejects.toThrow();
  });
});
