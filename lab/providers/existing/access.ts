import type { KubeApi } from '../../../helpers/kube/client.ts';
import type { SshHost } from '../ssh-host.ts';
import { connectTo } from './clusters.ts';
import { openHosts } from './connect.ts';
import type { Inventory } from './inventory.ts';
import { openJournal } from './journal.ts';

/** An inventory's machines and clusters, connected. */
export interface Access {
  readonly inventory: Inventory;
  readonly hosts: ReadonlyMap<string, SshHost>;
  readonly kubes: readonly (readonly [cluster: string, kube: KubeApi])[];
  /** @throws Error naming the inventory */
  kube(cluster: string): KubeApi;
  close(): void;
}

/** @throws Error with what is wrong with each machine that cannot be had, and with each kubeconfig */
export async function openAccess(inventory: Inventory): Promise<Access> {
  const journal = openJournal();
  const kubes = inventory.clusters.map(
    ({ name }) =>
      [name, connectTo(inventory, name, (method, path) => journal.request(method, path))] as const,
  );
  const close = (): void => {
    for (const [, kube] of kubes) kube.close();
  };
  const machines = await openHosts(inventory).catch((error: unknown) => {
    close();
    throw error;
  });
  const hosts = new Map([...machines].map(([name, machine]) => [name, journal.machine(machine)]));
  return {
    inventory,
    hosts,
    kubes,
    kube: wanted => {
      const [, kube] = kubes.find(([cluster]) => cluster === wanted) ?? [];
      if (kube === undefined) throw new Error(`${inventory.file} has no cluster ${wanted}`);
      return kube;
    },
    close: () => {
      for (const host of machines.values()) host.close();
      close();
    },
  };
}
