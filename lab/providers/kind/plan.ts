import { type ClusterSpec, type HostSpec, hostSpec, type Topology } from '../../contract/topology.ts';
import { kindNodeImage } from '../../versions.ts';
import { type KindConfig, kindConfig } from './kind-config.ts';

/**
 * What a topology becomes in Docker: a network a segment, a network of the uplinks, a kind cluster a cluster, a
 * container for the router. Everything is named after the topology, because an engine has room for one lab of it:
 * addresses are the topology's own.
 */
export interface KindPlan {
  readonly topology: Topology;
  /** eth0 of every machine, with the default route. */
  readonly uplink: string;
  readonly networks: readonly NetworkPlan[];
  readonly clusters: readonly ClusterPlan[];
  readonly router?: MachinePlan;
}

export interface NetworkPlan {
  /** Docker's name for it. */
  readonly name: string;
  /** The Linux bridge that Docker makes of it: 15 characters at most. */
  readonly bridge: string;
  readonly prefix: string;
}

export interface ClusterPlan {
  readonly spec: ClusterSpec;
  /** kind's name for it. */
  readonly name: string;
  readonly image: string;
  readonly config: KindConfig;
  /** In the order of kind's node list. */
  readonly nodes: readonly MachinePlan[];
}

export interface MachinePlan {
  readonly host: HostSpec;
  readonly container: string;
  /** Where it is plugged in after its uplink, in the order of its interfaces: eth1, eth2, … */
  readonly attachments: readonly { readonly network: string; readonly address: string }[];
}

/** All that is ours in an engine carries this label, with the topology's name for a value. */
export const ownershipLabel = 'io.cilium-conformance.topology';

/** What kind makes cannot be labelled; it carries this in its name. */
const prefix = 'conformance';

/** @throws Error when a kind cluster cannot be what the topology says */
export function planLab(topology: Topology): KindPlan {
  const networks = topology.networks.map(({ name, prefix: subnet }) => ({
    name: `${prefix}-${topology.name}-${name}`,
    bridge: `cc-${name}`,
    prefix: subnet,
  }));
  const machine = (name: string, container: string): MachinePlan => {
    const host = hostSpec(topology, name);
    return {
      host,
      container,
      attachments: host.interfaces.map((networkInterface, index) => {
        const network = topology.networks.findIndex(each => each.name === networkInterface.network);
        const expected = `eth${index + 1}`;
        if (networkInterface.name !== expected) {
          throw new Error(
            `${name}: Docker calls its interface ${index + 1} ${expected}, the topology ${networkInterface.name}`,
          );
        }
        return {
          network: networks[network]?.name ?? '',
          address: networkInterface.address.split('/')[0] ?? '',
        };
      }),
    };
  };
  const clusters = topology.clusters.map(spec => {
    const name = clusterName(topology, spec);
    const ordered = [spec.controlPlane, ...spec.nodes.filter(node => node !== spec.controlPlane)];
    return {
      spec,
      name,
      image: kindNodeImage(spec.kubernetesVersion),
      config: kindConfig(topology, spec, name),
      nodes: ordered.map((node, index) => machine(node, containerName(name, index))),
    };
  });
  const router = topology.router?.host;
  return {
    topology,
    uplink: `${prefix}-${topology.name}-uplink`,
    networks,
    clusters,
    ...(router === undefined ? {} : { router: machine(router, `${prefix}-${topology.name}-${router}`) }),
  };
}

/** The documents name their kind clusters after what they are: west, east. A lab's only cluster has the lab's name. */
const clusterName = (topology: Topology, spec: ClusterSpec): string =>
  `${prefix}-${topology.clusters.length === 1 ? topology.name : spec.name}`;

/** kind's own names: `<cluster>-control-plane`, `<cluster>-worker`, `<cluster>-worker2`, … */
function containerName(cluster: string, index: number): string {
  if (index === 0) return `${cluster}-control-plane`;
  return `${cluster}-worker${index === 1 ? '' : index}`;
}

/** Every machine of the plan, the router last. */
export const machinesOf = (plan: KindPlan): MachinePlan[] => [
  ...plan.clusters.flatMap(cluster => cluster.nodes),
  ...(plan.router === undefined ? [] : [plan.router]),
];
