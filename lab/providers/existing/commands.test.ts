import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { datagramsScript } from '../../../helpers/probe/datagrams.ts';
import { judge } from './commands.ts';

const others = ['10.0.0.1'];
const onRouter = (line: string) => judge(line.split(' '), 'router', others);
const onNode = (line: string) => judge(line.split(' '), 'node', others);
const vtysh = (...lines: string[]) =>
  judge(['vtysh', ...lines.flatMap(line => ['-c', line])], 'router', others);
const looks = { leaves: 'as it was' };

test('looking and listening needs nobody’s leave', () => {
  expect(onNode('ip -j route show table main')).toEqual(looks);
  expect(onNode('ip -j link')).toEqual(looks);
  expect(onNode('env TZ=UTC ip -ts monitor route')).toEqual(looks);
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
  const why = /neighbour 10\.0\.0\.1 of the router is none of ours/;
  expect(vtysh('configure terminal', 'router bgp 65000', 'no neighbor 10.0.0.1', 'end')).toEqual({
    refused: expect.stringMatching(why),
  });
  expect(vtysh('clear bgp 10.0.0.1')).toEqual({ refused: expect.stringMatching(why) });
  expect(vtysh('clear bgp *')).toHaveProperty('refused');
});

test('what nobody here knows how to take back is refused', () => {
  const why = { refused: expect.stringMatching(/^there is no way here to take it back/) };
  expect(vtysh('configure terminal', 'route-map X permit 10', 'end')).toEqual(why);
  expect(onRouter('ip route flush table main')).toEqual(why);
  expect(onRouter('ip rule add from 10.0.0.0/8 lookup 7')).toEqual(why);
  expect(onRouter('ip address flush dev eth1')).toEqual(why);
  expect(onRouter('sysctl -p')).toEqual(why);
  expect(onNode('ip link add x type veth')).toEqual(why);
});

test('what is not known is refused', () => {
  for (const line of [
    'rm -rf /',
    'systemctl stop kubelet',
    'ip link set eth1 down',
    'sysctl -w a=1',
    'ip -batch -',
  ]) {
    expect(onNode(line), line).toHaveProperty('refused');
  }
  expect(judge(['sh', '-c', 'echo $$; TZ=UTC exec ip monitor; reboot'], 'node', others)).toHaveProperty(
    'refused',
  );
  expect(judge(['python3', '-c', 'import os'], 'node', others)).toHaveProperty('refused');
  expect(onNode('vtysh -c show')).toHaveProperty('refused');
  expect(onNode('env A=1')).toHaveProperty('refused');
  expect(onNode('tee /etc/frr/frr.conf')).toHaveProperty('refused');
});
