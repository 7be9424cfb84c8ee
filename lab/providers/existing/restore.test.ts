import { expect, test } from '@playwright/test';
import { bgp } from '../../topologies/bgp.ts';
import { neighborChanges, othersIn } from './restore.ts';

const configuration = (...lines: string[]): string =>
  [
    'frr version 8.4.4',
    'router bgp 65000',
    ' bgp router-id 192.168.10.200',
    ...lines.map(line => ` ${line}`),
    'exit',
    '!',
    'end',
    '',
  ].join('\n');

const group = ['neighbor CILIUM peer-group', 'neighbor CILIUM remote-as external'];
const node = 'neighbor 192.168.10.100 peer-group CILIUM';
const theirs = ['neighbor 192.168.10.77 remote-as 65077'];

test('neighbours and a group of ours go, members first', () => {
  expect(
    neighborChanges(configuration(...group, ...theirs, node), configuration(...theirs), ['192.168.10.77']),
  ).toEqual(['no neighbor 192.168.10.100', 'no neighbor CILIUM peer-group']);
});

test('what was added to a neighbour goes, what was taken from the router is there again, in its order', () => {
  const before = configuration(...group, node, 'neighbor 192.168.10.101 peer-group CILIUM');
  const after = configuration(
    ...group,
    'neighbor CILIUM password secret',
    node,
    'neighbor 192.168.10.100 shutdown',
  );

  expect(neighborChanges(after, before, [])).toEqual([
    'no neighbor CILIUM password secret',
    'no neighbor 192.168.10.100 shutdown',
    'neighbor 192.168.10.101 peer-group CILIUM',
  ]);
  expect(neighborChanges(configuration(), before, [])).toEqual([
    ...group,
    node,
    'neighbor 192.168.10.101 peer-group CILIUM',
  ]);
});

test('lines of an address family are typed in it; those of others are left', () => {
  const family = [
    'address-family ipv4 unicast',
    ' neighbor CILIUM soft-reconfiguration inbound',
    'exit-address-family',
  ];

  expect(neighborChanges(configuration(...group), configuration(...group, ...family), [])).toEqual([
    'address-family ipv4 unicast',
    'neighbor CILIUM soft-reconfiguration inbound',
    'exit-address-family',
  ]);
  expect(
    neighborChanges(configuration(...theirs, 'neighbor 192.168.10.77 shutdown'), configuration(...theirs), [
      '192.168.10.77',
    ]),
  ).toEqual([]);
  expect(neighborChanges(configuration(...group), configuration(...group), [])).toEqual([]);
});

test('neighbours that are no nodes are others', () => {
  expect(othersIn(configuration(...group, node, ...theirs), bgp)).toEqual(['192.168.10.77']);
});
