import type { BgpClusterConfig, BgpPeerConfig } from '../../../../helpers/cilium/resources.ts';
import type { Condition } from '../../../../helpers/kube/types.ts';
import { inOrder } from '../bgp/model.ts';

/**
 * The conditions Cilium's operator reports, with its reasons and messages
 * (operator/pkg/bgp/cluster.go and peer.go). Go prints a list as `[a b]`.
 */

export const managedConditions: readonly string[] = [
  'cilium.io/NoMatchingNode',
  'cilium.io/MissingPeerConfigs',
  'cilium.io/ConflictingClusterConfig',
  'cilium.io/MissingAuthSecret',
];

type Observed = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

function condition(type: string, reason: string, message: string | undefined): Observed {
  return { type, status: message === undefined ? 'False' : 'True', reason, message: message ?? '' };
}

/** `peerConfigs`: names of those that exist. `conflicts`: names of the cluster configs that hold a selected node. */
export function clusterConfigConditions(
  config: BgpClusterConfig,
  matchingNodes: number,
  peerConfigs: ReadonlySet<string>,
  conflicts: ReadonlySet<string>,
): Observed[] {
  const referenced = config.spec.bgpInstances.flatMap(instance =>
    (instance.peers ?? []).flatMap(peer =>
      peer.peerConfigRef === undefined ? [] : [peer.peerConfigRef.name],
    ),
  );
  const missing = [...new Set(referenced)].filter(name => !peerConfigs.has(name)).sort(inOrder);
  return [
    {
      type: 'cilium.io/NoMatchingNode',
      status: matchingNodes === 0 ? 'True' : 'False',
      reason: 'NoMatchingNode',
      // Cilium writes this message whatever the status.
      message: 'No node matches spec.nodeSelector',
    },
    condition(
      'cilium.io/MissingPeerConfigs',
      'MissingPeerConfigs',
      missing.length === 0
        ? undefined
        : `Referenced CiliumBGPPeerConfig(s) are missing: [${missing.join(' ')}]`,
    ),
    condition(
      'cilium.io/ConflictingClusterConfig',
      'ConflictingClusterConfigs',
      conflicts.size === 0
        ? undefined
        : `Selecting the same node(s) with ClusterConfig(s): [${[...conflicts].sort(inOrder).join(' ')}]`,
    ),
  ];
}

/** `secrets`: names of those in the namespace for BGP secrets. */
export function peerConfigConditions(config: BgpPeerConfig, secrets: ReadonlySet<string>): Observed[] {
  const wanted = config.spec.authSecretRef;
  const missing = wanted !== undefined && !secrets.has(wanted);
  return [
    condition(
      'cilium.io/MissingAuthSecret',
      'MissingAuthSecret',
      missing ? `Referenced Auth Secret "${wanted}" is missing` : undefined,
    ),
  ];
}

/**
 * The conditions after an observation: what others wrote stays, ours keep the time of their last change of status.
 * With `observed` undefined ours are removed.
 */
export function mergeConditions(
  before: readonly Condition[] | undefined,
  observed: readonly Observed[] | undefined,
  generation: number | undefined,
  now: string,
): Condition[] {
  const kept = (before ?? []).filter(
    ({ type }) => !(observed === undefined ? managedConditions : observed.map(o => o.type)).includes(type),
  );
  const ours = (observed ?? []).map(next => {
    const last = before?.find(({ type }) => type === next.type);
    const lastTransitionTime = last?.status === next.status ? (last.lastTransitionTime ?? now) : now;
    return {
      ...next,
      lastTransitionTime,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
  return [...kept, ...ours].sort((one, other) => inOrder(one.type, other.type));
}
