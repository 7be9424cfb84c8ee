import type { ChartValue } from '../../../../helpers/cilium/values.ts';
import { isAtLeast } from '../../../../helpers/version.ts';

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

/**
 * The chart's defaults are those of 1.17 to 1.20 (install/kubernetes/cilium/values.yaml).
 * @throws Error for a value that the lab cannot have
 */
export function meshSettings(values: Readonly<Record<string, ChartValue>>, version: string): MeshSettings {
  const given = (name: string, chartDefault: ChartValue): ChartValue => values[name] ?? chartDefault;
  const flag = (name: string, chartDefault: boolean): boolean => String(given(name, chartDefault)) === 'true';
  const type = given('clustermesh.apiserver.service.type', 'NodePort');
  if (type !== 'NodePort')
    throw new Error(`clustermesh.apiserver.service.type=${String(type)}: the lab has NodePort alone`);
  const authMode = given(
    'clustermesh.apiserver.tls.authMode',
    isAtLeast(version, '1.19') ? 'migration' : 'legacy',
  );
  if (authMode !== 'legacy' && authMode !== 'migration' && authMode !== 'cluster') {
    throw new Error(
      `clustermesh.apiserver.tls.authMode=${String(authMode)} is none of legacy, migration, cluster`,
    );
  }
  return {
    cluster: { name: String(given('cluster.name', 'default')), id: Number(given('cluster.id', 0)) },
    debug: flag('debug.enabled', false),
    server: flag('clustermesh.useAPIServer', false),
    kvstoremesh: flag('clustermesh.apiserver.kvstoremesh.enabled', true),
    authMode,
    maxConnectedClusters: Number(given('clustermesh.maxConnectedClusters', 255)),
    cacheTtl: String(given('clustermesh.cacheTTL', '0s')),
    nodePort: Number(given('clustermesh.apiserver.service.nodePort', 32379)),
    domain: String(given('clustermesh.config.domain', 'mesh.cilium.io')),
    clusters: flag('clustermesh.config.enabled', false)
      ? remotes(given('clustermesh.config.clusters', []))
      : [],
  };
}

function remotes(value: ChartValue): RemoteCluster[] {
  if (!Array.isArray(value)) throw new Error('clustermesh.config.clusters: the lab takes a list alone');
  return value.map((each: ChartValue) => {
    const { name, port, ips } = each as { name: string; port: number; ips: readonly string[] };
    return { name, port, ips };
  });
}

/** The helm values that are read here, or go into `cilium-config` by way of nothing but this. */
export const meshValues = [
  'clustermesh.useAPIServer',
  'clustermesh.apiserver.kvstoremesh.enabled',
  'clustermesh.apiserver.service.type',
  'clustermesh.apiserver.service.nodePort',
  'clustermesh.apiserver.tls.authMode',
  'clustermesh.config.enabled',
  'clustermesh.config.domain',
  'clustermesh.config.clusters',
] as const;

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
