import { expect, test } from '@playwright/test';
import type { GobgpNeighbor } from './gobgp.ts';
import { instanceStatus } from './status.ts';

const peer = {
  name: 'tor-switch',
  address: '192.168.10.200',
  asn: 65_000,
  port: 179,
  localAddress: undefined,
  multihop: 2,
  timers: { connectRetry: 120, hold: 9, keepalive: 3 },
  gracefulRestart: undefined,
  families: [],
  password: undefined,
};
const instance = { name: 'instance-65001', asn: 65_001, peers: [peer] };

test('an established session, as gobgp 3.10 prints it', () => {
  const neighbor: GobgpNeighbor = {
    conf: { neighbor_address: '192.168.10.200', peer_asn: 65_000 },
    state: { session_state: 6 },
    timers: { state: { keepalive_interval: 3, negotiated_hold_time: 9, uptime: { seconds: 1_795_225_129 } } },
    afi_safis: [{ state: { family: { afi: 1, safi: 1 }, received: 4, advertised: 2 } }],
  };
  expect(instanceStatus(instance, [neighbor])).toEqual({
    name: 'instance-65001',
    localASN: 65_001,
    peers: [
      {
        name: 'tor-switch',
        peerAddress: '192.168.10.200',
        peerASN: 65_000,
        peeringState: 'established',
        establishedTime: '2026-11-21T01:38:49Z',
        timers: { appliedHoldTimeSeconds: 9, appliedKeepaliveSeconds: 3 },
        routeCount: [{ afi: 'ipv4', safi: 'unicast', advertised: 2, received: 4 }],
      },
    ],
  });
});

test('a session that is down has no time; a peer unknown to gobgp has no state; AS 0 is learnt', () => {
  const down: GobgpNeighbor = {
    conf: { neighbor_address: '192.168.10.200' },
    state: { session_state: 3, peer_asn: 65_010 },
    timers: { state: { uptime: { seconds: 1 } } },
  };
  expect(instanceStatus(instance, [down]).peers?.[0]).toMatchObject({
    peeringState: 'active',
    routeCount: [],
  });
  expect(instanceStatus(instance, [down]).peers?.[0]).not.toHaveProperty('establishedTime');
  expect(instanceStatus(instance, []).peers?.[0]).not.toHaveProperty('peeringState');
  const open = { ...instance, peers: [{ ...peer, asn: 0 }] };
  expect(instanceStatus(open, [down]).peers?.[0]?.peerASN).toBe(65_010);
});
