import { expect, test } from '@playwright/test';
import type { Executor } from '../../../helpers/exec.ts';
import { partOf, putBack } from './machine-parts.ts';

const nameOf = (line: string): string | undefined => partOf(line.split(' '))?.name;

/** A machine that answers a command with these lines, and remembers the others. */
function machine(answers: Readonly<Record<string, readonly string[] | undefined>>) {
  const did: string[] = [];
  const executor: Executor = {
    name: 'm',
    exec: argv => {
      const line = argv.join(' ');
      if (!(line in answers)) did.push(line);
      const lines = answers[line];
      const code = line in answers && lines === undefined ? 2 : 0;
      return Promise.resolve({ code, stdout: (lines ?? []).map(each => `${each}\n`).join(''), stderr: '' });
    },
    start: () => Promise.reject(new Error('not here')),
  };
  return { did, executor };
}

async function back(
  command: string,
  was: readonly string[],
  answers: Readonly<Record<string, readonly string[] | undefined>>,
): Promise<string[]> {
  const part = partOf(command.split(' '));
  if (part === undefined) throw new Error(`${command} changes nothing that can be taken back`);
  const { did, executor } = machine(answers);
  await putBack(executor, part, was);
  return did;
}

test('commands that change the same thing are about the same part', () => {
  expect(nameOf('ip route replace 172.20.0.0/16 via 192.168.10.200')).toBe('route 172.20.0.0/16 table main');
  expect(nameOf('ip route delete 172.20.0.0/16 via 192.168.10.200')).toBe('route 172.20.0.0/16 table main');
  expect(nameOf('ip route replace 172.16.1.1/32 via 192.168.10.100 table 1789')).toBe(
    'route 172.16.1.1/32 table 1789',
  );
  expect(nameOf('ip address add 10.10.1.10/32 dev loop1')).toBe('address 10.10.1.10/32 dev loop1');
  expect(nameOf('ip rule add priority 1789 lookup 1789')).toBe('rule 1789');
  expect(nameOf('sysctl -qw net.ipv4.fib_multipath_hash_policy=1')).toBe(
    'setting net.ipv4.fib_multipath_hash_policy',
  );
});

test('what cannot be taken back is no part', () => {
  for (const line of [
    'ip route flush table main',
    'ip link set eth1 down',
    'ip -batch -',
    'ip rule add from 10.0.0.0/8 lookup 7',
    'ip address flush dev eth1',
    'sysctl -p',
    'reboot',
  ]) {
    expect(nameOf(line), line).toBeUndefined();
  }
});

test('a route that was made goes, one that was replaced or deleted is there again', async () => {
  const look = 'ip -o route show exact 172.20.0.0/16 table main';
  const theirs = '172.20.0.0/16 via 192.168.10.1 dev eth1 metric 7';
  const ours = '172.20.0.0/16 via 192.168.10.200 dev eth1 ';

  expect(await back('ip route replace 172.20.0.0/16 via 192.168.10.200', [], { [look]: [ours] })).toEqual([
    'ip route delete 172.20.0.0/16 via 192.168.10.200 dev eth1 table main',
  ]);
  expect(
    await back('ip route replace 172.20.0.0/16 via 192.168.10.200', [theirs], { [look]: [ours] }),
  ).toEqual([
    'ip route delete 172.20.0.0/16 via 192.168.10.200 dev eth1 table main',
    `ip route add ${theirs} table main`,
  ]);
  expect(await back('ip route delete 172.20.0.0/16', [theirs], { [look]: [theirs] }), 'as it was').toEqual(
    [],
  );
});

test('several next hops come back as iproute2 shows them; a table that is gone has nothing in it', async () => {
  const look = 'ip -o route show exact 172.16.1.1/32 table 1789';
  const line =
    '172.16.1.1 proto bgp metric 20 \\	nexthop via 192.168.10.100 dev eth1 weight 1 \\	nexthop via 192.168.10.101 dev eth1 weight 1 linkdown';

  expect(
    await back('ip route replace 172.16.1.1/32 via 192.168.10.100 table 1789', [line], { [look]: undefined }),
  ).toEqual([
    'ip route add 172.16.1.1 proto bgp metric 20 nexthop via 192.168.10.100 dev eth1 weight 1 nexthop via 192.168.10.101 dev eth1 weight 1 table 1789',
  ]);
});

test('addresses, rules and settings', async () => {
  const shown = [
    '5: loop1    inet 10.10.1.200/24 scope global loop1',
    '5: loop1    inet 10.10.1.10/32 scope global loop1',
  ];
  expect(
    await back('ip address add 10.10.1.10/32 dev loop1', [], { 'ip -o -4 address show dev loop1': shown }),
  ).toEqual(['ip address delete 10.10.1.10/32 dev loop1']);
  expect(
    await back('ip rule add priority 1789 lookup 1789', [], {
      'ip rule show priority 1789': ['1789:	from all lookup 1789'],
    }),
  ).toEqual(['ip rule delete priority 1789 from all lookup 1789']);
  const key = 'net.ipv4.fib_multipath_hash_policy';
  expect(await back(`sysctl -qw ${key}=1`, ['0'], { [`sysctl -n ${key}`]: ['1'], true: [] })).toEqual([
    `sysctl -qw ${key}=0`,
  ]);
});
