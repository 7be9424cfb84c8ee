import type { BgpNodeConfig } from '../../../../helpers/cilium/resources.ts';
import type { GobgpNeighbor } from './gobgp.ts';
import type { DesiredInstance, Family } from './model.ts';

export type InstanceStatus = NonNullable<NonNullable<BgpNodeConfig['status']>['bgpInstances']>[number];
type PeerStatus = NonNullable<InstanceStatus['peers']>[number];

/** GoBGP's numbers for the states of RFC 4271, in Cilium's words (pkg/bgp/types/bgp.go). */
const sessionStates = ['unknown', 'idle', 'connect', 'active', 'open_sent', 'open_confirm', 'established'];

export function sessionState(neighbor: GobgpNeighbor): string {
  return sessionStates[neighbor.state?.session_state ?? 0] ?? 'unknown';
}

/** When the session came up, in ms since the epoch; undefined while it is down. */
export function establishedAt(neighbor: GobgpNeighbor): number | undefined {
  const seconds = neighbor.timers?.state?.uptime?.seconds;
  return sessionState(neighbor) === 'established' && seconds !== undefined ? seconds * 1000 : undefined;
}

export interface FamilyCount extends Family {
  /** Routes sent to the peer. */
  readonly advertised: number;
  /** Routes the peer sent, before any filter. */
  readonly received: number;
}

export function familyCounts(neighbor: GobgpNeighbor): FamilyCount[] {
  return (neighbor.afi_safis ?? []).flatMap(({ state }) => {
    if (state?.family?.afi === undefined) return [];
    const afi = state.family.afi === 2 ? 'ipv6' : 'ipv4';
    return [{ afi, safi: 'unicast', advertised: state.advertised ?? 0, received: state.received ?? 0 }];
  });
}

/** ISO 8601 without fractions, as Kubernetes writes times. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** An instance's part of CiliumBGPNodeConfig's status (pkg/bgp/manager/reconciler/crd_status.go). */
export function instanceStatus(
  instance: Pick<DesiredInstance, 'name' | 'asn' | 'peers'>,
  neighbors: readonly GobgpNeighbor[],
): InstanceStatus {
  return {
    name: instance.name,
    localASN: instance.asn,
    peers: instance.peers.map((peer): PeerStatus => {
      const basics = { name: peer.name, peerAddress: peer.address, peerASN: peer.asn };
      const neighbor = neighbors.find(({ conf }) => conf.neighbor_address === peer.address);
      if (neighbor === undefined) return basics;
      const since = establishedAt(neighbor);
      return {
        ...basics,
        ...(peer.asn === 0 ? { peerASN: neighbor.state?.peer_asn ?? 0 } : {}),
        peeringState: sessionState(neighbor),
        ...(since === undefined ? {} : { establishedTime: rfc3339(since) }),
        timers: {
          appliedHoldTimeSeconds: neighbor.timers?.state?.negotiated_hold_time ?? 0,
          appliedKeepaliveSeconds: neighbor.timers?.state?.keepalive_interval ?? 0,
        },
        routeCount: familyCounts(neighbor),
      };
    }),
  };
}
