import { frr } from '../../../helpers/frr.ts';
import { addresses } from '../../../helpers/iproute.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { nodes as nodeType, services } from '../../../helpers/kube/resources.ts';
import type { Topology } from '../../contract/topology.ts';
import { type DetectedSystem, detectSystem } from '../../systems/installed/detect.ts';
import { openSshHost, type SshHost } from '../ssh-host.ts';
import { messageOf } from './clusters.ts';
import type { Inventory } from './inventory.ts';
import { type Facts, topologyOf } from './topology.ts';

/** Every machine of an inventory, or none: @throws Error with what is wrong with each that cannot be had */
export async function openHosts(inventory: Inventory): Promise<ReadonlyMap<string, SshHost>> {
  const names = Object.keys(inventory.hosts);
  const opened = await Promise.allSettled(
    Object.entries(inventory.hosts).map(([name, login]) =>
      openSshHost(name, inventory.router?.host === name ? 'router' : 'node', login),
    ),
  );
  const problems = opened.flatMap(result => (result.status === 'rejected' ? [messageOf(result.reason)] : []));
  const hosts = opened.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
  if (problems.length > 0) {
    for (const host of hosts) host.close();
    throw new Error(problems.join('\n'));
  }
  return new Map(names.map((name, index) => [name, hosts[index] as SshHost]));
}

/** What is there, asked of it. */
export interface Found {
  readonly topology: Topology;
  readonly systems: Readonly<Record<string, DetectedSystem>>;
}

/** @throws Error saying which cluster or machine did not answer, or does not fit the inventory */
export async function look(
  inventory: Inventory,
  hosts: ReadonlyMap<string, SshHost>,
  kubeOf: (cluster: string) => KubeApi,
): Promise<Found> {
  const router = hosts.get(inventory.router?.host ?? '');
  const [own, routerConfiguration, clusters] = await Promise.all([
    Promise.all([...hosts.values()].map(async host => [host.name, await addresses(host)] as const)),
    router === undefined ? undefined : frr(router).runningConfig(),
    Promise.all(
      inventory.clusters.map(async cluster => {
        const kube = kubeOf(cluster.name);
        const [first] = await kube.list(nodeType);
        const system = await detectSystem(kube, cluster.nodes);
        return {
          name: cluster.name,
          system,
          kubernetesVersion: first?.status?.nodeInfo?.kubeletVersion ?? 'unknown',
          ...(inventory.topology === 'mesh' ? await meshNodePort(kube) : {}),
        };
      }),
    ),
  ]);
  const facts: Facts = {
    addresses: Object.fromEntries(own),
    ...(routerConfiguration === undefined ? {} : { routerConfiguration }),
    clusters: Object.fromEntries(
      clusters.map(({ name, system: { configuration }, ...facts }) => [name, { configuration, ...facts }]),
    ),
  };
  return {
    topology: topologyOf(inventory, facts),
    systems: Object.fromEntries(clusters.map(({ name, system }) => [name, system])),
  };
}

/** Where the cluster offers its state to others, on all of its nodes. */
async function meshNodePort(kube: KubeApi): Promise<{ meshNodePort?: number }> {
  const service = await kube.get(services, 'clustermesh-apiserver', 'kube-system');
  const nodePort = service?.spec.ports?.find(({ port }) => port === 2379)?.nodePort;
  return nodePort === undefined ? {} : { meshNodePort: nodePort };
}
