import type { CiliumNode } from '../../../../helpers/cilium/resources.ts';
import type { RemoteCluster, RemoteStatus } from './remote.ts';
import { cidrOf, type NodeValue, type ServiceValue } from './state.ts';

/** As long as Cilium's agent waits for other clusters before it goes on without them (clustermesh-sync-timeout). */
const syncTimeoutMs = 60_000;

export interface RemoteNode extends CiliumNode {
  readonly cluster: string;
}

/** The mesh's part of one node's agent: what it knows of every other cluster. */
export class MeshAgent {
  readonly #remotes: readonly RemoteCluster[];
  readonly #stale: readonly ServiceValue[];
  readonly #settled: (() => void)[] = [];

  /** @param stale what is taken for shared, too, whether it is or not: a fault's work */
  constructor(remotes: readonly RemoteCluster[], stale: readonly ServiceValue[] = []) {
    this.#remotes = remotes;
    this.#stale = stale;
  }

  start(): void {
    for (const remote of this.#remotes) remote.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#remotes.map(remote => remote.stop()));
  }

  /** Resolves when every other cluster has been read whole, or will not be. */
  async synced(): Promise<void> {
    if (this.#isSynced) return;
    await new Promise<void>(resolve => {
      this.#settled.push(resolve);
      setTimeout(resolve, syncTimeoutMs).unref();
    });
  }

  /** Called for every change. */
  noteChange(): void {
    if (this.#isSynced) for (const resolve of this.#settled.splice(0)) resolve();
  }

  get #isSynced(): boolean {
    return this.#remotes.every(remote => remote.isSynced);
  }

  get status(): RemoteStatus[] {
    return this.#remotes.map(remote => remote.status);
  }

  get nodes(): RemoteNode[] {
    return this.#remotes.flatMap(remote =>
      [...remote.entries('nodes')].map(([, text]) => {
        const value = JSON.parse(text) as NodeValue;
        return {
          apiVersion: 'cilium.io/v2',
          kind: 'CiliumNode',
          metadata: { name: value.Name },
          cluster: value.Cluster,
          spec: {
            addresses: value.IPAddresses.map(({ Type, IP }) => ({ type: Type, ip: IP })),
            ipam: value.IPv4AllocCIDR === null ? {} : { podCIDRs: [cidrOf(value.IPv4AllocCIDR)] },
          },
        };
      }),
    );
  }

  /** Identities of other clusters' pods. */
  get identities(): { id: number; labels: string[] }[] {
    return this.#remotes.flatMap(remote =>
      [...remote.entries('identities')].map(([id, labels]) => ({
        id: Number(id),
        labels: labels.split(';').filter(label => label !== ''),
      })),
    );
  }

  services(service: string): ServiceValue[] {
    return [...this.allServices, ...this.#stale].filter(
      ({ namespace, name }) => `${namespace}/${name}` === service,
    );
  }

  get allServices(): ServiceValue[] {
    return this.#remotes.flatMap(remote =>
      [...remote.entries('services')].map(([, text]) => JSON.parse(text) as ServiceValue),
    );
  }

  get globalServices(): number {
    return new Set(this.allServices.map(({ namespace, name }) => `${namespace}/${name}`)).size;
  }
}
