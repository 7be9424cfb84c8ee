import { ciliumAgent } from '../helpers/cilium/agent.ts';
import { remoteClusters } from '../helpers/cilium/mesh.ts';
import { bgpAdvertisements, bgpClusterConfigs, bgpPeerConfigs } from '../helpers/cilium/resources.ts';
import { frr } from '../helpers/frr.ts';
import type { KubeApi } from '../helpers/kube/client.ts';
import { deployments, nodes, type Pod, pods, services } from '../helpers/kube/resources.ts';
import { podReadyMs } from '../helpers/timeouts.ts';
import { until } from '../helpers/waiting.ts';
import type { Lab } from './contract/lab.ts';
import type { ClusterSpec } from './contract/topology.ts';
import { neighborLines } from './topologies/frr-config.ts';
import {
  bgpNodeLabel,
  clientPod,
  clusterConfig,
  peerConfig,
  podCidrAdvertisement,
  webpodDeployment,
  webpodService,
} from './topologies/manifests.ts';

/** Agents that have just started find each other in seconds. */
const meshSettleMs = 15_000;

/** A client pod's name: the documents' curl-pod on the control plane, one beside it on every other node. */
export const clientName = (cluster: ClusterSpec, node: string): string =>
  node === cluster.controlPlane ? 'curl-pod' : `curl-pod-${node}`;

/**
 * The state in which every claim finds the lab: BGP configured on all nodes and on the router, webpod with one
 * replica a node, a client pod a node. What is there already stays as it is. Resolves when the pods are ready;
 * sessions may still be coming up.
 */
export async function provisionBaseline(lab: Lab): Promise<void> {
  await Promise.all(
    lab.topology.clusters.map(async cluster => {
      const kube = lab.cluster(cluster.name).connect();
      try {
        if (lab.topology.router !== undefined) {
          await Promise.all([provisionBgp(lab, kube, cluster), provisionRouter(lab)]);
        }
        await provisionPods(kube, cluster);
        if (lab.topology.mesh !== undefined) await meshed(lab, kube, cluster);
      } finally {
        kube.close();
      }
    }),
  );
}

/** Gives the agents time to find the other clusters. Whether they do is for claims to say. */
async function meshed(lab: Lab, kube: KubeApi, cluster: ClusterSpec): Promise<void> {
  await until(`the agents of ${cluster.name} to be in the mesh`, meshSettleMs, async () => {
    const known = await Promise.all(cluster.nodes.map(node => remoteClusters(ciliumAgent(kube, node))));
    const ready = known.every(
      others => others.length === lab.topology.clusters.length - 1 && others.every(other => other.ready),
    );
    return ready ? true : undefined;
  }).catch(() => {});
}

async function provisionBgp(lab: Lab, kube: KubeApi, cluster: ClusterSpec): Promise<void> {
  await Promise.all([
    kube.apply(bgpAdvertisements, podCidrAdvertisement),
    kube.apply(bgpPeerConfigs, peerConfig),
    kube.apply(bgpClusterConfigs, clusterConfig(lab.topology, cluster)),
    ...cluster.nodes.map(node =>
      kube.patch(nodes, node, undefined, {
        metadata: { labels: { [bgpNodeLabel.key]: bgpNodeLabel.value } },
        spec: { unschedulable: null },
      }),
    ),
  ]);
}

async function provisionRouter(lab: Lab): Promise<void> {
  const { router } = lab.topology;
  if (router === undefined || !lab.capabilities.has('router')) return;
  const bgp = frr(lab.host(router.host));
  const running = await bgp.runningConfig();
  const lines = neighborLines(lab.topology);
  if (lines.every(line => running.includes(` ${line}\n`))) return;
  await bgp.configure([`router bgp ${router.asn}`, ...lines]);
  await bgp.save();
}

async function provisionPods(kube: KubeApi, cluster: ClusterSpec): Promise<void> {
  await Promise.all([
    kube.apply(deployments, webpodDeployment(cluster.nodes.length)),
    kube.apply(services, webpodService),
    ...cluster.nodes.map(async node => {
      const name = clientName(cluster, node);
      if ((await kube.get(pods, name, 'default')) === undefined) {
        await kube.create(pods, clientPod(name, node));
      }
    }),
  ]);
  const wanted = 2 * cluster.nodes.length;
  await until(`${wanted} pods of ours to be ready`, podReadyMs, async () => {
    const ours = await kube.list(pods, { namespace: 'default', labelSelector: 'app in (webpod,curl)' });
    return ours.filter(isReady).length === wanted && ours.length === wanted ? true : undefined;
  });
}

/** Ready and not on its way out. */
export function isReady(pod: Pod): boolean {
  const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return ready === true && pod.metadata.deletionTimestamp === undefined;
}
