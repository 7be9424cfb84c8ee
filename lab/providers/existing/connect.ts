import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { frr } from '../../../helpers/frr.ts';
import { addresses } from '../../../helpers/iproute.ts';
import { connectKube, type KubeApi } from '../../../helpers/kube/client.ts';
import { nodes as nodeType } from '../../../helpers/kube/resources.ts';
import { type DetectedSystem, detectSystem } from '../../detect.ts';
import { openSshHost, type SshHost } from '../../ssh-host.ts';
import type { Topology } from '../../topology.ts';
import type { Inventory, InventoryCluster } from './inventory.ts';
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

/** The kubeconfig of a cluster with the inventory's context as the current one. @throws Error naming the contexts there are */
export function kubeconfigOf({ kubeconfig: file, context }: InventoryCluster): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`the kubeconfig cannot be read: ${messageOf(error)}`);
  }
  const config = new KubeConfig();
  config.loadFromString(text);
  const known = config.getContexts().map(({ name }) => name);
  const wanted = context ?? config.getCurrentContext();
  if (!known.includes(wanted))
    throw new Error(`${file} has no context ${wanted}; it has ${known.join(', ')}`);
  config.setCurrentContext(wanted);
  return config.exportConfig();
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
        return [cluster.name, system, first?.status?.nodeInfo?.kubeletVersion ?? 'unknown'] as const;
      }),
    ),
  ]);
  const facts: Facts = {
    addresses: Object.fromEntries(own),
    ...(routerConfiguration === undefined ? {} : { routerConfiguration }),
    clusters: Object.fromEntries(
      clusters.map(([name, { configuration }, kubernetesVersion]) => [
        name,
        { configuration, kubernetesVersion },
      ]),
    ),
  };
  return {
    topology: topologyOf(inventory, facts),
    systems: Object.fromEntries(clusters.map(([name, system]) => [name, system])),
  };
}

/** Connects with a cluster as the inventory says. */
export const connectTo = (
  inventory: Inventory,
  name: string,
  onRequest: (method: string, path: string) => void = () => {},
): KubeApi => {
  const cluster = inventory.clusters.find(each => each.name === name);
  if (cluster === undefined) throw new Error(`${inventory.file} has no cluster ${name}`);
  return connectKube(kubeconfigOf(cluster), { onRequest });
};

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
