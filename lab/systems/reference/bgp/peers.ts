import type { BgpPeerConfig } from '../../../../helpers/cilium/resources.ts';
import type { NodeInstance } from '../operator/node-config.ts';
import type { Family, Peer } from './model.ts';
import { isLastNode, type NodeView } from './view.ts';

type NodePeer = NonNullable<NodeInstance['peers']>[number];
type PeerSpec = BgpPeerConfig['spec'];
export type FamilyConfig = NonNullable<PeerSpec['families']>[number];

/** Cilium's defaults (pkg/k8s/apis/cilium.io/v2/bgp_peer_types.go); seconds. */
const defaults = {
  port: 179,
  multihop: 1,
  timers: { connectRetry: 120, hold: 90, keepalive: 30 },
  restartTime: 120,
  families: [
    { afi: 'ipv6', safi: 'unicast' },
    { afi: 'ipv4', safi: 'unicast' },
  ],
} as const satisfies Record<string, unknown>;

const longestHoldTime = 65_535;
const longestRestartTime = 4095;

/** A peer that can be configured, with what its families advertise. */
export interface ConfiguredPeer {
  readonly peer: Peer;
  readonly families: readonly FamilyConfig[];
}

/**
 * The peers of an instance that have an address, and whose peer config exists.
 * @throws Error for a secret without a password: nothing is dialed until it has one
 */
export function configuredPeers(instance: NodeInstance, view: NodeView): ConfiguredPeer[] {
  return (instance.peers ?? []).flatMap(nodePeer => {
    const spec = peerSpec(nodePeer, view.peerConfigs);
    if (nodePeer.peerAddress === undefined || nodePeer.peerASN === undefined || spec === undefined) return [];
    const families = spec.families?.length ? spec.families : [...defaults.families];
    const peer: Peer = {
      name: nodePeer.name,
      address: nodePeer.peerAddress,
      asn: nodePeer.peerASN,
      port: spec.transport?.peerPort ?? defaults.port,
      localAddress: nodePeer.localAddress,
      multihop: spec.ebgpMultihop ?? defaults.multihop,
      timers: timersOf(spec, view),
      gracefulRestart: restartOf(spec, view),
      families: families.filter(isUnicast).map(({ afi, safi }) => ({ afi, safi })),
      password: view.faults.has('bgp-md5-ignored') ? undefined : passwordOf(spec, view),
      ...(view.faults.has('bgp-node-never-dials') && isLastNode(view) ? { passive: true } : {}),
      ...(view.faults.has('bgp-no-end-of-rib') ? { withoutEndOfRib: true } : {}),
    };
    return [{ peer, families }];
  });
}

function isUnicast(family: { readonly afi: string; readonly safi: string }): family is Family {
  return family.safi === 'unicast' && (family.afi === 'ipv4' || family.afi === 'ipv6');
}

/** Undefined when it refers to a peer config that does not exist. */
function peerSpec(peer: NodePeer, configs: readonly BgpPeerConfig[]): PeerSpec | undefined {
  const name = peer.peerConfigRef?.name;
  if (name === undefined || name === '') return {};
  return configs.find(({ metadata }) => metadata.name === name)?.spec;
}

function timersOf({ timers }: PeerSpec, { faults }: NodeView): Peer['timers'] {
  if (faults.has('bgp-timers-not-applied')) return defaults.timers;
  const hold = timers?.holdTimeSeconds ?? defaults.timers.hold;
  return {
    connectRetry: timers?.connectRetryTimeSeconds ?? defaults.timers.connectRetry,
    hold: faults.has('bgp-hold-timer-ignored') ? longestHoldTime : hold,
    keepalive: timers?.keepAliveTimeSeconds ?? defaults.timers.keepalive,
  };
}

function restartOf({ gracefulRestart }: PeerSpec, { faults }: NodeView): Peer['gracefulRestart'] {
  if (gracefulRestart?.enabled !== true && !faults.has('bgp-graceful-always')) return undefined;
  const restartTime = gracefulRestart?.restartTimeSeconds ?? defaults.restartTime;
  return {
    restartTime: faults.has('bgp-stale-forever') ? longestRestartTime : restartTime,
    afterNotification: !faults.has('cilium-31346'),
  };
}

/** A missing secret means no password: the session does not come up, and the operator's condition says why. */
function passwordOf({ authSecretRef }: PeerSpec, { secrets }: NodeView): string | undefined {
  if (authSecretRef === undefined) return undefined;
  const secret = secrets.find(({ metadata }) => metadata.name === authSecretRef);
  if (secret === undefined) return undefined;
  const password = Buffer.from(secret.data?.password ?? '', 'base64').toString();
  if (password === '') throw new Error(`failed to fetch secret "${authSecretRef}": missing password key`);
  return password;
}
