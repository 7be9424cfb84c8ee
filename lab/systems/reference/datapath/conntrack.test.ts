import { expect, test } from '@playwright/test';
import type { Backend } from '../backend.ts';
import { connectionsAfter } from './conntrack.ts';
import type { Frontend } from './frontends.ts';

const a = { address: '172.20.0.5', port: 80 };
const b = { address: '172.20.1.5', port: 80 };

function frontend(backends: Backend[], draining: Backend[] = [], address = '172.16.1.1'): Frontend {
  return {
    service: 'default/webpod:80',
    kind: 'LoadBalancer',
    scope: 'outside',
    address,
    port: 80,
    protocol: 'TCP',
    backends,
    draining,
    sourceKept: false,
    affinity: false,
  };
}

/** Deletions at each step of a service's life. */
function steps(...life: Frontend[][]): string[][] {
  let { connections } = connectionsAfter(new Map(), []);
  return life.map(frontends => {
    const after = connectionsAfter(connections, frontends);
    connections = after.connections;
    return after.deletions.map(deletion => deletion.join(' '));
  });
}

const deleted = (backend: Backend, address = '--orig-dst 172.16.1.1 ') =>
  `-D -p tcp --orig-port-dst 80 ${address}--reply-src ${backend.address} --reply-port-src 80`;

test('connections to a backend that is gone are deleted, once', () => {
  expect(steps([frontend([a, b])], [frontend([a])], [frontend([a])])).toEqual([[], [deleted(b)], []]);
});

test('a backend that terminates keeps them until it is gone', () => {
  expect(steps([frontend([a, b])], [frontend([a], [b])], [frontend([a])])).toEqual([[], [], [deleted(b)]]);
});

test('a backend that comes back keeps them', () => {
  expect(steps([frontend([a, b])], [frontend([a], [b])], [frontend([a, b])])).toEqual([[], [], []]);
});

test('a service that is gone leaves none; a node port has no address of its own', () => {
  expect(steps([frontend([a])], [])).toEqual([[], [deleted(a)]]);
  expect(steps([frontend([a], [], 'node')], [])).toEqual([[], [deleted(a, '')]]);
});
