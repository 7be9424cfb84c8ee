import type { EffectiveValues } from '../../../../helpers/cilium/chart.ts';

/** What the chart makes of the values below `clustermesh`, beside options of `cilium-config`. */
export interface MeshSettings {
  readonly cluster: { readonly name: string; readonly id: number };
  readonly debug: boolean;
  /** The mesh API runs. */
  readonly server: boolean;
  /** What other clusters share is copied into the cluster's own etcd, and agents read it there. */
  readonly kvstoremesh: boolean;
  /** How remote clusters authenticate: all as one user (`legacy`, `migration`), or each as its own (`cluster`). */
  readonly authMode: 'legacy' | 'migration' | 'cluster';
  readonly maxConnectedClusters: number;
  readonly cacheTtl: string;
  readonly nodePort: number;
  readonly domain: string;
  /** The clusters this one is connected to. */
  readonly clusters: readonly RemoteCluster[];
}

export interface RemoteCluster {
  readonly name: string;
  readonly port: number;
  readonly ips: readonly string[];
}

/** @throws Error for a service type that the lab does not have */
export function meshSettings(values: EffectiveValues): MeshSettings {
  const type = values['clustermesh.apiserver.service.type'];
  if (type !== 'NodePort') {
    throw new Error(`clustermesh.apiserver.service.type=${type}: the lab has only NodePort`);
  }
  const clusters = values['clustermesh.config.enabled'] ? (values['clustermesh.config.clusters'] ?? []) : [];
  return {
    cluster: { name: values['cluster.name'], id: values['cluster.id'] },
    debug: values['debug.enabled'],
    server: values['clustermesh.useAPIServer'],
    kvstoremesh: values['clustermesh.apiserver.kvstoremesh.enabled'],
    authMode: values['clustermesh.apiserver.tls.authMode'],
    maxConnectedClusters: values['clustermesh.maxConnectedClusters'],
    cacheTtl: values['clustermesh.cacheTTL'],
    nodePort: values['clustermesh.apiserver.service.nodePort'],
    domain: values['clustermesh.config.domain'],
    clusters: clusters.map(each => {
      const { name, port, ips } = each as { name: string; port: number; ips: readonly string[] };
      return { name, port, ips };
    }),
  };
}

/** In what a cluster presents itself to the others (clustermesh-apiserver/_helpers.tpl). */
export const remoteUser = ({ authMode, cluster }: MeshSettings): string =>
  authMode === 'cluster' ? `remote-${cluster.name}` : 'remote';

/** Where the other clusters' names lead: for whoever connects to them, the agents or kvstoremesh. */
export const hostAliases = ({ clusters, domain }: MeshSettings): HostAlias[] =>
  clusters.flatMap(({ name, ips }) => ips.map(ip => ({ ip, hostnames: [`${name}.${domain}`] })));

export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

/** Whether agents follow the cluster's own etcd, which kvstoremesh fills, and not the other clusters'. */
export const readsOwnEtcd = ({ server, kvstoremesh }: MeshSettings): boolean => server && kvstoremesh;
