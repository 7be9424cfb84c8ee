import { isDeepStrictEqual } from 'node:util';
import {
  type BgpClusterConfig,
  bgpClusterConfigs,
  bgpNodeConfigOverrides,
  bgpNodeConfigs,
  bgpPeerConfigs,
  ciliumNodes,
} from '../../../../helpers/cilium/resources.ts';
import { secrets } from '../../../../helpers/kube/resources.ts';
import type { Condition, KubeObject, ResourceType } from '../../../../helpers/kube/types.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import { matchesLabelSelector } from '../../../kubernetes/api/selectors.ts';
import type { Faults } from '../faults.ts';
import { createReconciler } from '../reconciler.ts';
import { clusterConfigConditions, mergeConditions, peerConfigConditions } from './conditions.ts';
import { nodeConfigFor, nodeInstances, ownerOf } from './node-config.ts';

/** Where the passwords of BGP sessions lie (helm bgpControlPlane.secretsNamespace.name; kube-system by default). */
export interface BgpOperatorSettings {
  readonly secretsNamespace: string;
  readonly statusReport: boolean;
}

export interface BgpOperator {
  configure(settings: BgpOperatorSettings): void;
  stop(): Promise<void>;
}

type Conditional = KubeObject & { status?: { conditions?: Condition[] } };

/**
 * The BGP half of Cilium's operator: every CiliumBGPClusterConfig becomes one CiliumBGPNodeConfig on each node
 * it selects, and says by its conditions what is wrong with it (operator/pkg/bgp).
 */
export function startBgpOperator(
  kube: KubeClient,
  faults: Faults,
  initial: BgpOperatorSettings,
  log: (line: string) => void,
): BgpOperator {
  let settings = initial;

  const writeConditions = <T extends Conditional>(
    type: ResourceType<T>,
    object: T,
    observed: Parameters<typeof mergeConditions>[1],
  ): void => {
    const { name, generation } = object.metadata;
    const wanted = settings.statusReport || faults.has('bgp-status-always-written') ? observed : undefined;
    if (faults.has('bgp-condition-missing')) return;
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const conditions = mergeConditions(object.status?.conditions, wanted, generation, now);
    if (isDeepStrictEqual(conditions, object.status?.conditions ?? [])) return;
    kube.updateStatus(type, name, undefined, draft => {
      draft.status = conditions.length === 0 ? {} : { ...draft.status, conditions };
    });
  };

  const reconcile = (): void => {
    const configs = kube.list(bgpClusterConfigs);
    const names = new Set(configs.map(config => config.metadata.name));
    for (const nodeConfig of kube.list(bgpNodeConfigs)) {
      // In a real cluster the garbage collector does this, by the owner reference.
      if (!names.has(ownerOf(nodeConfig) ?? '')) kube.delete(bgpNodeConfigs, nodeConfig.metadata.name);
    }
    for (const config of configs) reconcileClusterConfig(config);
    const known = new Set(
      kube.list(secrets, { namespace: settings.secretsNamespace }).map(secret => secret.metadata.name),
    );
    for (const config of kube.list(bgpPeerConfigs)) {
      writeConditions(bgpPeerConfigs, config, peerConfigConditions(config, known));
    }
  };

  const reconcileClusterConfig = (config: BgpClusterConfig): void => {
    const { nodeSelector } = config.spec;
    const selected = kube
      .list(ciliumNodes)
      .filter(
        node =>
          nodeSelector === undefined ||
          faults.has('bgp-selector-ignored') ||
          matchesLabelSelector(nodeSelector, node.metadata.labels),
      )
      .map(node => node.metadata.name);
    const conflicts = new Set<string>();
    for (const node of selected) {
      const owner = upsertNodeConfig(node, config);
      if (owner !== config.metadata.name) conflicts.add(owner);
    }
    for (const nodeConfig of kube.list(bgpNodeConfigs)) {
      const { name } = nodeConfig.metadata;
      if (ownerOf(nodeConfig) === config.metadata.name && !selected.includes(name)) {
        kube.delete(bgpNodeConfigs, name);
      }
    }
    const peerConfigs = new Set(kube.list(bgpPeerConfigs).map(({ metadata }) => metadata.name));
    writeConditions(
      bgpClusterConfigs,
      config,
      clusterConfigConditions(config, selected.length, peerConfigs, conflicts),
    );
  };

  /** Returns the name of the cluster config that has the node: the first to select it keeps it. */
  const upsertNodeConfig = (node: string, config: BgpClusterConfig): string => {
    const before = kube.get(bgpNodeConfigs, node);
    const owner = before === undefined ? undefined : ownerOf(before);
    if (owner !== undefined && owner !== config.metadata.name) return owner;
    const overrides = faults.has('bgp-override-ignored') ? undefined : kube.get(bgpNodeConfigOverrides, node);
    const wanted = nodeConfigFor(node, config, nodeInstances(config, overrides));
    if (before === undefined) kube.create(bgpNodeConfigs, wanted);
    else {
      kube.update(bgpNodeConfigs, node, undefined, draft => {
        draft.spec = wanted.spec;
      });
    }
    return config.metadata.name;
  };

  const reconciler = createReconciler(reconcile, (error, next) =>
    log(`operator: reconciling BGP cluster configs failed, again in ${next} ms: ${String(error)}`),
  );
  const stops = [
    bgpClusterConfigs,
    bgpPeerConfigs,
    bgpNodeConfigs,
    bgpNodeConfigOverrides,
    ciliumNodes,
    secrets,
  ].map(type => kube.watch(type as ResourceType, reconciler.trigger));
  return {
    configure(next) {
      settings = next;
      reconciler.trigger();
    },
    async stop() {
      for (const stop of stops) stop();
      await reconciler.stop();
    },
  };
}
