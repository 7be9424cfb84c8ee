import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { datagramsScript } from '../../../helpers/probe/datagrams.ts';
import { probeScript } from '../../../helpers/probe/probe.ts';
import { judge } from './commands.ts';
import { readRecording } from './footprint.ts';

const others = ['10.0.0.1'];
const onRouter = (line: string) => judge(line.split(' '), 'router', others);
const onNode = (line: string) => judge(line.split(' '), 'node', others);
const vtysh = (...lines: string[]) =>
  judge(['vtysh', ...lines.flatMap(line => ['-c', line])], 'router', others);
const looks = { leaves: 'as it was' };

test('reading and listening need no permission', () => {
  expect(onNode('ip -j route show table main')).toEqual(looks);
  expect(onNode('ip -j link')).toEqual(looks);
  expect(onNode('ip -ts monitor route')).toEqual(looks);
  expect(onNode('ss -H -t -n -p state established')).toEqual(looks);
  expect(onRouter('sysctl -n net.ipv4.fib_multipath_hash_policy')).toEqual(looks);
  expect(onRouter('tcpdump -i eth1 -n -U --immediate-mode -w - tcp')).toEqual(looks);
  expect(vtysh('show bgp neighbors json')).toEqual(looks);
  expect(judge(['sh', '-c', 'echo $$; TZ=UTC exec ip -ts -o monitor route'], 'node', others)).toEqual(looks);
  const probe = readFileSync(new URL('../../../helpers/probe/probe.py', import.meta.url), 'utf8');
  expect(judge(['python3', '-c', probe, '{}'], 'router', others)).toEqual(looks);
  const datagrams = ['python3', '-c', datagramsScript];
  expect(judge([...datagrams, JSON.stringify({ mode: 'send', port: 1 })], 'router', others)).toEqual(looks);
  expect(judge([...datagrams, JSON.stringify({ mode: 'serve', port: 1 })], 'router', others)).toHaveProperty(
    'refused',
  );
});

test('what changes a machine needs the permission that says so', () => {
  expect(onNode('ip route replace 172.20.0.0/16 via 192.168.10.200')).toEqual({ needs: 'node-network' });
  expect(onNode('ip address add 192.168.10.150/32 dev eth1')).toEqual({ needs: 'node-network' });
  expect(onRouter('ip address add 10.10.1.10/32 dev loop1')).toEqual({ needs: 'router-settings' });
  expect(onRouter('sysctl -qw net.ipv4.fib_multipath_hash_policy=1')).toEqual({ needs: 'router-settings' });
  expect(onRouter('tee -a /etc/frr/frr.conf')).toEqual({ needs: 'router-neighbors' });
  expect(vtysh('configure terminal', 'router bgp 65000', 'neighbor CILIUM peer-group', 'end')).toEqual({
    needs: 'router-neighbors',
  });
  expect(vtysh('clear bgp 192.168.10.100')).toEqual({ needs: 'router-neighbors' });
  expect(onRouter('ip route flush table 1789')).toEqual({ needs: 'router-settings' });
  expect(onRouter('ip neigh del 192.168.10.211 dev eth1')).toEqual({ needs: 'router-settings' });
});

test("the router's other neighbours are left alone", () => {
  const why = /neighbour 10\.0\.0\.1 of the router does not belong to the suite/;
  expect(vtysh('configure terminal', 'router bgp 65000', 'no neighbor 10.0.0.1', 'end')).toEqual({
    refused: expect.stringMatching(why),
  });
  expect(vtysh('clear bgp 10.0.0.1')).toEqual({ refused: expect.stringMatching(why) });
  expect(vtysh('clear bgp *')).toHaveProperty('refused');
});

test('changes that the suite cannot undo are refused', () => {
  const why = { refused: expect.stringMatching(/^the suite cannot undo it/) };
  expect(vtysh('configure terminal', 'route-map X permit 10', 'end')).toEqual(why);
  expect(onRouter('ip route flush table main')).toEqual(why);
  expect(onRouter('ip rule add from 10.0.0.0/8 lookup 7')).toEqual(why);
  expect(onRouter('ip address flush dev eth1')).toEqual(why);
  expect(onNode('ip link add x type veth')).toEqual(why);
});

test('unknown commands are refused', () => {
  for (const line of [
    'rm -rf /',
    'systemctl stop kubelet',
    'ip link set eth1 down',
    'sysctl -w a=1',
    'sysctl -p',
    'ip -batch -',
  ]) {
    expect(onNode(line), line).toHaveProperty('refused');
  }
  expect(judge(['sh', '-c', 'echo $$; TZ=UTC exec ip monitor; reboot'], 'node', others)).toHaveProperty(
    'refused',
  );
  expect(judge(['python3', '-c', 'import os'], 'node', others)).toHaveProperty('refused');
  expect(onNode('vtysh -c show')).toHaveProperty('refused');
  expect(onNode('env LD_PRELOAD=/tmp/x.so ip link')).toHaveProperty('refused');
  expect(onNode('tee /etc/frr/frr.conf')).toHaveProperty('refused');
});

test('the refusal says what to do', () => {
  expect(onNode('rm -rf /')).toEqual({
    refused:
      'unknown command: not on the allowlist; to allow a command on existing machines, add a rule to lab/providers/existing/commands.ts',
  });
});

test('a second command behind a harmless one is refused', () => {
  for (const argv of [
    ['vtysh', '-c', 'show version\nconfigure terminal'],
    ['vtysh', '-c', 'show version', '-f', '/tmp/frr.conf'],
    ['vtysh'],
    ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.tcp_syncookies=0'],
    ['sysctl', '-n', '-w', 'net.ipv4.ip_forward=1'],
    ['tee', '/etc/passwd', '/etc/frr/frr.conf'],
    ['tee', '/etc/frr/../passwd'],
    ['sh', '-c', 'echo $$; TZ=UTC exec ip -b monitor'],
    ['sh', '-c', 'echo $$; TZ=UTC exec ip route add default dev eth1'],
    ['python3', '-c', datagramsScript, '{"mode":"send","mode":"serve"}'],
    ['ip', 'route', 'add', '10.0.0.0/8', 'dev', 'eth1', 'table', '7', 'table', '8'],
  ]) {
    expect(judge(argv, 'router', others), argv.join(' ')).toHaveProperty('refused');
  }
});

/** Harmless arguments, a group for each option with its value, and arguments that change a machine or its clock. */
const forms: Readonly<Record<string, { harmless: readonly string[][]; changing: readonly string[][] }>> = {
  date: {
    harmless: [['+%s.%N']],
    changing: [['-s', '1 May'], ['--set=1 May'], ['-us', '1 May'], ['112803002026'], ['--set', '0']],
  },
  hostname: { harmless: [['-f'], ['-s']], changing: [['other'], ['-F', '/tmp/name'], ['-b', 'other']] },
  curl: {
    harmless: [['-sS'], ['--noproxy', '*'], ['--max-time', '5'], ['http://172.16.1.1/']],
    changing: [
      ...[['-o', '/etc/passwd'], ['-o/etc/passwd'], ['-sSo', '/etc/passwd'], ['-O'], ['--output=/etc/x']],
      ...[['-T', 'file'], ['-X', 'POST'], ['-XDELETE'], ['-d', 'a=b'], ['--request=PUT'], ['-F', 'a=b']],
      ...[['-K', 'config'], ['-c', 'jar'], ['-D', 'headers'], ['--trace', 'file'], ['file:///etc/shadow']],
    ],
  },
  tcpdump: {
    harmless: [['-n'], ['-U'], ['-i', 'eth1'], ['-s', '4096'], ['-w', '-'], ['(tcp) or icmp']],
    changing: [
      ...[['-w', '/etc/passwd'], ['-w/etc/passwd'], ['-nw', '/etc/passwd'], ['-z', 'reboot'], ['-Z', 'root']],
      ...[['-G', '1'], ['-C', '1'], ['-W', '2'], ['-nUz', 'reboot'], ['--relinquish-privileges=root']],
    ],
  },
  sysctl: {
    harmless: [['-n'], ['net.ipv4.ip_forward']],
    changing: [['-w', 'a.b=1'], ['a.b=1'], ['-p'], ['--write', 'a.b=1'], ['-nw', 'a.b=1'], ['--load=/tmp/f']],
  },
  ss: {
    harmless: [['-H'], ['-t'], ['-n'], ['state', 'established']],
    changing: [['-K'], ['--kill'], ['-HtK'], ['-D', '/etc/passwd'], ['--diag=/etc/passwd']],
  },
  ping: { harmless: [['-n'], ['-c', '1'], ['192.168.10.100']], changing: [['-f'], ['-nf'], ['-m', '7']] },
  tail: { harmless: [['-n', '40'], ['/var/log/frr/frr.log']], changing: [['--pid=1'], ['/dev/watchdog']] },
  cat: { harmless: [['/etc/frr/frr.conf']], changing: [['/dev/watchdog'], ['/etc/frr/../shadow']] },
  uname: { harmless: [['-r']], changing: [['--set']] },
  ip: {
    harmless: [['-j'], ['-o'], ['-4']],
    changing: [
      ...[['-b', '/tmp/f'], ['-batch', '-'], ['-n', 'other', 'link', 'del', 'eth1'], ['-force']],
      ...[
        ['link', 'set', 'eth1', 'down'],
        ['-jb', '/tmp/f'],
        ['netns', 'exec', 'x', 'reboot', 'show'],
      ],
      ...[['route', 'flush', 'cache'], ['address', 'del', '10.0.0.1/8', 'dev', 'eth1'], ['-netns=x']],
    ],
  },
  nft: {
    harmless: [['list', 'ruleset']],
    changing: [
      ['flush', 'ruleset'],
      ['-f', '/tmp/f'],
    ],
  },
  conntrack: { harmless: [['-L']], changing: [['-D'], ['-F'], ['-LD']] },
  journalctl: { harmless: [['-n', '10']], changing: [['--vacuum-size=1'], ['--rotate']] },
  find: { harmless: [['/etc']], changing: [['-delete'], ['-exec', 'reboot', ';']] },
  awk: { harmless: [['{print}']], changing: [['BEGIN{system("reboot")}']] },
};

test('no arguments that change a machine pass for harmless, wherever they stand', () => {
  for (const [program, { harmless, changing }] of Object.entries(forms)) {
    const anyOrder = fc
      .tuple(fc.shuffledSubarray([...harmless]), fc.shuffledSubarray([...changing], { minLength: 1 }))
      .chain(([some, bad]) =>
        fc.shuffledSubarray([...some, ...bad], { minLength: some.length + bad.length }),
      );
    fc.assert(
      fc.property(anyOrder, fc.constantFrom('node' as const, 'router' as const), (groups, role) => {
        const judgement = judge([program, ...groups.flat()], role, others);
        // These two change what the inventory's owner may allow.
        return 'refused' in judgement || ('needs' in judgement && ['ip', 'sysctl'].includes(program));
      }),
      { numRuns: 300 },
    );
  }
});

test('the harmless arguments alone pass', () => {
  for (const program of ['date', 'curl', 'tcpdump', 'sysctl', 'ss', 'ping', 'tail', 'cat', 'uname']) {
    expect(judge([program, ...(forms[program]?.harmless.flat() ?? [])], 'node', others), program).toEqual(
      looks,
    );
  }
});

/** What stands in braces in a recorded command, as on some lab. */
const placeholders: Readonly<Record<string, string>> = {
  'helpers/probe/probe.py': probeScript,
  'helpers/probe/datagrams.py': datagramsScript,
  script: '{"mode":"send","port":1}',
  interface: 'eth1',
  loopback: 'loop1',
  mark: 'c0ffee',
  AS: '65000',
  'client address': '10.10.1.10/32',
  'client network': '10.10.1.0/24',
  'pod network': '172.20.0.0/16',
  'pod prefix': '172.20.1.0/24',
};

function argvOf(recorded: string): string[] {
  const words = recorded.match(/'[^']*'|(?:\{[^}]*\}|\S)+/g) ?? [];
  return words.map(word =>
    word
      .replace(/^'(.*)'$/, '$1')
      .replace(/\{([^}]+)\}/g, (_, of: string) => placeholders[of] ?? '192.168.10.100'),
  );
}

test('the commands of all recorded claims are judged as they were recorded', () => {
  for (const [claim, { looks: reads, changes }] of Object.entries(readRecording().claims)) {
    const recorded = [
      ...reads.map(command => [command, looks] as const),
      ...Object.entries(changes).flatMap(([needs, commands]) =>
        commands.map(command => [command, { needs }] as const),
      ),
    ];
    for (const [command, judgement] of recorded) {
      const [, role, line = ''] = /^(node|router): (.*)$/s.exec(command) ?? [];
      // Other commands run in pods or through the API; these two are judged by their permission.
      if (role === undefined || /^(pkill|systemctl) /.test(line)) continue;
      expect(judge(argvOf(line), role as 'node' | 'router', others), `${claim}: ${command}`).toEqual(
        judgement,
      );
    }
  }
});
