import { expect, test } from '@playwright/test';
import { bgp } from '../../topologies/bgp.ts';
import type { JournalEntry } from './journal.ts';
import { footprintsOf, parseRequest, requestsOf } from './summarise.ts';

const command = (host: string, line: string, needs?: 'node-network'): JournalEntry => ({
  claim: 'LB-01',
  host,
  argv: line.split(' '),
  ...(needs === undefined ? {} : { needs }),
});

const request = (text: string): JournalEntry => ({ claim: 'LB-01', access: parseRequest(text) });

test('what a claim did, without what differs from lab to lab and time to time', () => {
  const footprints = footprintsOf(
    [
      { claim: 'baseline', object: 'Pod curl-pod-k8s-w0' },
      { claim: 'LB-01', object: 'Service webpod-lb' },
      { claim: 'LB-01', object: 'Service webpod-lb' },
      command('k8s-w1', 'ip route replace 172.20.0.0/16 via 192.168.10.200', 'node-network'),
      command('k8s-w0', 'ip route replace 172.20.0.0/16 via 192.168.20.200', 'node-network'),
      command('router', 'ping -c 1 -p c0ffee4d41524bff3b280fd6b0e4b649 192.168.10.100'),
      command('router', 'ip address add 10.10.1.17/32 dev loop1'),
      { claim: 'LB-01', host: 'router', argv: ['python3', '-c', 'import x\n', '{"a": 1}'] },
      { claim: 'LB-01', need: 'drain-nodes' },
      { claim: 'LB-01', need: 'label-nodes' },
    ],
    bgp,
  );

  expect(footprints).toEqual({
    'LB-01': {
      objects: ['Service webpod-lb'],
      looks: [
        'router: ip address add {client address} dev {loopback}',
        'router: ping -c 1 -p {mark} {node address}',
        'router: python3 -c {script} {script}',
      ],
      changes: {
        'drain-nodes': [],
        'label-nodes': [],
        'node-network': ['node: ip route replace {pod network} via {router address}'],
      },
    },
    baseline: { objects: ['Pod curl-pod-{node}'], looks: [], changes: {} },
  });
});

test('requests: each once, names of nodes and pods left out', () => {
  const journal = [
    request('get /nodes - k8s-w1'),
    request('get /nodes - k8s-w0'),
    request('get /pods ours webpod-7c4'),
    request('get cilium.io/ciliumbgppeerconfigs - cilium-peer'),
    request('get cilium.io/ciliumbgppeerconfigs - cilium-peer'),
  ];

  expect(requestsOf(journal, bgp)).toEqual([
    'get /nodes - -',
    'get /pods ours -',
    'get cilium.io/ciliumbgppeerconfigs - cilium-peer',
  ]);
});
