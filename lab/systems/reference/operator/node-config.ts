import type {
  BgpClusterConfig,
  BgpNodeConfig,
  BgpNodeConfigOverride,
} from '../../../../helpers/cilium/resources.ts';

export type NodeInstance = BgpNodeConfig['spec']['bgpInstances'][number];
type ClusterInstance = BgpClusterConfig['spec']['bgpInstances'][number];
type NodePeer = NonNullable<NodeInstance['peers']>[number];

/** What a node runs of a cluster config: its instances with the node's overrides laid over them. */
export function nodeInstances(
  config: BgpClusterConfig,
  overrides: BgpNodeConfigOverride | undefined,
): NodeInstance[] {
  return config.spec.bgpInstances.map(instance => {
    const override = overrides?.spec.bgpInstances.find(({ name }) => name === instance.name);
    const peers = instance.peers?.map((peer): NodePeer => {
      const localAddress = override?.peers?.find(({ name }) => name === peer.name)?.localAddress;
      return { ...peer, ...(localAddress === undefined ? {} : { localAddress }) };
    });
    return {
      ...basics(instance),
      ...pick(override, 'localASN'),
      ...pick(override, 'localPort'),
      ...pick(override, 'routerID'),
      ...(peers === undefined ? {} : { peers }),
    };
  });
}

function basics(instance: ClusterInstance): NodeInstance {
  return { name: instance.name, ...pick(instance, 'localASN'), ...pick(instance, 'localPort') };
}

function pick<T extends object, K extends keyof T>(
  from: T | undefined,
  key: K,
): Pick<T, K> | Record<never, never> {
  const value = from?.[key];
  return value === undefined ? {} : { [key]: value };
}

/** @returns the CiliumBGPNodeConfig of a node, owned by the cluster config (operator/pkg/bgp/cluster.go) */
export function nodeConfigFor(
  node: string,
  owner: BgpClusterConfig,
  instances: NodeInstance[],
): BgpNodeConfig {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumBGPNodeConfig',
    metadata: {
      name: node,
      ownerReferences: [
        {
          apiVersion: 'cilium.io/v2',
          kind: 'CiliumBGPClusterConfig',
          name: owner.metadata.name,
          uid: owner.metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec: { bgpInstances: instances },
  };
}

/** The name of the cluster config that owns a node config. */
export function ownerOf(config: BgpNodeConfig): string | undefined {
  return config.metadata.ownerReferences?.find(({ kind }) => kind === 'CiliumBGPClusterConfig')?.name;
}
