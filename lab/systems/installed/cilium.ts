import type { HelmValues } from '../../../helpers/cilium/chart.ts';
import { type CiliumRelease, ciliumRelease } from '../../../helpers/cilium/release.ts';
import { type ChartValues, nested } from '../../../helpers/cilium/values.ts';
import type { Executor } from '../../../helpers/exec.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { nodes as nodeType } from '../../../helpers/kube/resources.ts';
import { until } from '../../../helpers/waiting.ts';
import type { Host, Lab, SystemUnderTest } from '../../contract/lab.ts';
import { type ClusterSpec, hostAddress, type Topology } from '../../contract/topology.ts';
import { resolve } from '../values/cilium-values.ts';
import { agentSwitch, restartOperator } from './agents.ts';
import { collect, detectSystem, whyNoGeneveDsr, whyNoRouter, whyNoTunnel } from './detect.ts';
import { shareCertificateAuthority, untilMeshReady } from './mesh-ready.ts';

/** Clusters of a lab that we made, with real Cilium to be put in: what kind's and Vagrant's have in common. */
export interface RealClusters {
  readonly topology: Topology;
  /** Where helm and kubectl run. */
  readonly tools: Executor;
  /** A kubeconfig file where the tools run. */
  kubeconfig(cluster: ClusterSpec): string;
  connect(cluster: ClusterSpec): KubeApi;
  /** Called when every cluster has another version. */
  onUpgrade?(version: string): void;
}

const valuesOf = (
  { topology }: RealClusters,
  cluster: ClusterSpec,
  version: string,
  overrides: HelmValues = {},
): ChartValues => nested(resolve(topology, cluster, {}, overrides, version));

const releaseOf = (clusters: RealClusters, cluster: ClusterSpec, version: string): CiliumRelease =>
  ciliumRelease({
    tools: clusters.tools,
    kubeconfig: clusters.kubeconfig(cluster),
    installed: valuesOf(clusters, cluster, version),
    // A chart that is there already, in place of the one from Cilium's repository.
    ...(process.env.CILIUM_CHART === undefined ? {} : { chart: process.env.CILIUM_CHART }),
  });

/** Kubelets that were restarted register within seconds. */
const nodesMs = 120_000;

/**
 * Installs Cilium with the documents' values in every cluster, one certificate authority for all, and waits until agents
 * are ready and clusters connected. What is installed already is brought to this.
 */
export async function installCilium(
  clusters: RealClusters,
  version: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const { topology } = clusters;
  const [first, ...others] = topology.clusters.map(spec => ({ spec, kube: clusters.connect(spec) }));
  if (first === undefined) throw new Error(`topology ${topology.name} has no cluster`);
  const all = [first, ...others];
  try {
    for (const { spec, kube } of all) {
      await untilAddressed(topology, spec, kube);
      await admitWorkloads(spec, kube);
      if (spec !== first.spec) await shareCertificateAuthority(first.kube, kube);
      onProgress(`Cilium ${version} in cluster ${spec.name} (images are pulled; minutes)`);
      await releaseOf(clusters, spec, version).install(version, valuesOf(clusters, spec, version));
    }
    for (const { spec, kube } of topology.mesh === undefined ? [] : all) {
      const remote = all.filter(other => other.spec !== spec).map(other => other.spec.name);
      onProgress(`mesh: ${spec.name} connects to ${remote.join(', ')}`);
      await untilMeshReady(kube, spec.nodes, remote);
    }
  } finally {
    for (const { kube } of all) kube.close();
  }
}

/** Every node is known by its address in the topology: next hops, tunnels and the mesh are made of them. */
async function untilAddressed(topology: Topology, cluster: ClusterSpec, kube: KubeApi): Promise<void> {
  const wanted = cluster.nodes.map(node => `${node} ${hostAddress(topology, node)}`).sort();
  await until(`nodes ${wanted.join(', ')}`, nodesMs, async () => {
    const found = (await kube.list(nodeType)).map(
      ({ metadata, status }) =>
        `${metadata.name} ${status?.addresses?.find(({ type }) => type === 'InternalIP')?.address}`,
    );
    return wanted.join() === found.sort().join() ? true : undefined;
  });
}

/** The documents' control plane runs pods like any other node. */
async function admitWorkloads(cluster: ClusterSpec, kube: KubeApi): Promise<void> {
  const taint = 'node-role.kubernetes.io/control-plane';
  const node = await kube.get(nodeType, cluster.controlPlane);
  const taints = node?.spec?.taints ?? [];
  if (taints.some(({ key }) => key === taint)) {
    const left = taints.filter(({ key }) => key !== taint);
    await kube.patch(nodeType, cluster.controlPlane, undefined, { spec: { taints: left } });
  }
}

export const whyNoIsolation = 'the clusters hang on one switch, and no cable between them can be pulled';

/** What tests may do with Cilium, and what can be observed here: asked of the running lab. */
export async function describeCilium(
  clusters: RealClusters,
  hosts: ReadonlyMap<string, Host>,
  /** Why wires cannot be cut, or clusters not be isolated, where they cannot. */
  wires: { readonly 'cut-links'?: string | undefined; readonly 'isolate-clusters'?: string } = {},
): Promise<Pick<Lab, 'capabilities' | 'lacking' | 'system'>> {
  const { topology } = clusters;
  const [first] = topology.clusters;
  if (first === undefined) throw new Error(`topology ${topology.name} has no cluster`);
  const kube = clusters.connect(first);
  try {
    const { name, version, configuration } = await detectSystem(kube, first.nodes);
    const nodes = topology.clusters.flatMap(({ nodes: names }) => names);
    const onNodes = nodes.flatMap(node => hosts.get(node) ?? []);
    const router = hosts.get(topology.router?.host ?? '');
    return {
      system: systemIn(clusters, hosts, { name, version }),
      ...collect({
        'cut-links': wires['cut-links'],
        'restart-agents': undefined,
        'restart-operator': undefined,
        'isolate-clusters': wires['isolate-clusters'],
        configure: undefined,
        upgrade: undefined,
        router:
          router === undefined || topology.router === undefined
            ? `topology ${topology.name} has no router`
            : await whyNoRouter(router, topology.router.asn),
        'geneve-dsr': await whyNoGeneveDsr(onNodes, configuration),
        'vxlan-tunnel': await whyNoTunnel(onNodes, 'vxlan'),
        'geneve-tunnel': await whyNoTunnel(onNodes, 'geneve'),
      }),
    };
  } finally {
    kube.close();
  }
}

function systemIn(
  clusters: RealClusters,
  hosts: ReadonlyMap<string, Host>,
  detected: Pick<SystemUnderTest, 'name' | 'version'>,
): SystemUnderTest {
  const system: SystemUnderTest & { version: string } = {
    ...detected,
    ...controls(clusters, hosts, () => system.version),
    // One cluster after the other, as an operator of a mesh would.
    upgrade: async (version: string): Promise<void> => {
      for (const spec of clusters.topology.clusters)
        await releaseOf(clusters, spec, version).upgrade(version);
      system.version = version;
      clusters.onUpgrade?.(version);
    },
  };
  return system;
}

function controls(
  clusters: RealClusters,
  hosts: ReadonlyMap<string, Host>,
  version: () => string,
): Pick<SystemUnderTest, 'configure' | 'stopAgents' | 'startAgents' | 'restartOperator'> {
  const { topology } = clusters;
  const clusterOf = (node: string): ClusterSpec => {
    const found = topology.clusters.find(({ nodes }) => nodes.includes(node));
    if (found === undefined) throw new Error(`no cluster of topology ${topology.name} has a node ${node}`);
    return found;
  };
  const clusterNamed = (wanted: string | undefined): ClusterSpec => {
    const found = topology.clusters.find(({ name }) => wanted === undefined || name === wanted);
    if (found === undefined) throw new Error(`topology ${topology.name} has no cluster ${wanted}`);
    return found;
  };
  const switches = new Map(
    topology.clusters.map(spec => [
      spec.name,
      agentSwitch(
        node => {
          const host = hosts.get(node);
          if (host === undefined) throw new Error(`node ${node} has no host in topology ${topology.name}`);
          return host;
        },
        () => clusters.connect(spec),
      ),
    ]),
  );
  const eachCluster = async (nodes: readonly string[], what: 'stop' | 'start'): Promise<void> => {
    await Promise.all(
      topology.clusters.map(async spec => {
        const own = nodes.filter(node => clusterOf(node) === spec);
        if (own.length > 0) await switches.get(spec.name)?.[what](own);
      }),
    );
  };
  return {
    configure: async (values, cluster) => {
      const spec = clusterNamed(cluster);
      const release = releaseOf(clusters, spec, version());
      await release.configure(valuesOf(clusters, spec, version(), values));
    },
    stopAgents: nodes => eachCluster(nodes, 'stop'),
    startAgents: nodes => eachCluster(nodes, 'start'),
    restartOperator: async cluster => {
      const kube = clusters.connect(clusterNamed(cluster));
      await restartOperator(kube).finally(() => kube.close());
    },
  };
}

/** For labs whose clusters hang on one switch that nobody may touch; the capability `isolate-clusters` is missing there. */
export const onOneSwitch: Pick<Lab, 'isolate' | 'rejoin'> = {
  isolate: cluster => Promise.reject(new Error(`cluster ${cluster}: ${whyNoIsolation}`)),
  rejoin: cluster => Promise.reject(new Error(`cluster ${cluster}: ${whyNoIsolation}`)),
};
