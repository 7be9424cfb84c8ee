import type { Container, Deployment } from '../../../../helpers/kube/resources.ts';
import { isAtLeast } from '../../../../helpers/version.ts';
import { apiLabels, apiName, meshNamespace } from '../../mesh/objects.ts';
import { projections, volumeSource } from './projection.ts';
import { hostAliases, type MeshSettings } from './settings.ts';

/** The image that etcd, the API server and kvstoremesh are in. */
export const apiImage = 'quay.io/cilium/clustermesh-apiserver';

/** The volumes of its pods, by the chart's names. */
export const apiVolumes = [
  'etcd-server-secrets',
  'etcd-admin-client',
  'etcd-users-config',
  'kvstoremesh-secrets',
  'etcd-data-dir',
] as const;
export type ApiVolume = (typeof apiVolumes)[number];

/** Stands for the pod's uid, as the chart takes it from `metadata.uid`. */
export const podUid = '$(INITIAL_CLUSTER_TOKEN)';

const server = '/usr/bin/clustermesh-apiserver';
const mount = (name: ApiVolume, mountPath: string): { name: string; mountPath: string } => ({
  name,
  mountPath,
});

/**
 * The Deployment of the mesh API as Cilium's chart has it (templates/clustermesh-apiserver/deployment.yaml, 1.17 to
 * 1.20). What others scrape is left out; what the chart takes from elsewhere in the API is spelt out.
 */
export function apiDeployment(settings: MeshSettings, version: string): Deployment {
  const { kvstoremesh } = settings;
  const containers = [
    etcd(version),
    apiServer(settings, version),
    ...(kvstoremesh ? [copier(settings, version)] : []),
  ];
  const aliases = kvstoremesh ? hostAliases(settings) : [];
  const labels = {
    'app.kubernetes.io/part-of': 'cilium',
    'app.kubernetes.io/name': apiName,
    ...apiLabels,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: apiName, namespace: meshNamespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: { ...apiLabels } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: {
          labels,
          annotations: { 'kubectl.kubernetes.io/default-container': 'apiserver' },
        },
        spec: {
          initContainers: [etcdInit(settings, version)],
          containers,
          volumes: volumes(settings),
          ...(aliases.length === 0
            ? {}
            : { hostAliases: aliases.map(({ ip, hostnames }) => ({ ip, hostnames: [...hostnames] })) }),
          priorityClassName: 'system-cluster-critical',
          terminationGracePeriodSeconds: 30,
        },
      },
    },
  };
}

const image = (version: string): string => `${apiImage}:v${version}`;
const debug = (settings: MeshSettings): string[] => (settings.debug ? ['--debug'] : []);
const identity = ({ cluster }: MeshSettings): string[] => [
  `--cluster-name=${cluster.name}`,
  `--cluster-id=${cluster.id}`,
];

function etcdInit(settings: MeshSettings, version: string): Container {
  return {
    name: 'etcd-init',
    image: image(version),
    command: [server],
    args: [
      'etcdinit',
      ...debug(settings),
      `--etcd-cluster-name=${apiName}`,
      `--etcd-initial-cluster-token=${podUid}`,
      '--etcd-data-dir=/var/run/etcd',
    ],
    env: [{ name: 'CILIUM_CLUSTER_NAME', value: settings.cluster.name }],
    volumeMounts: [mount('etcd-data-dir', '/var/run/etcd')],
  };
}

function etcd(version: string): Container {
  const hasNewListener = isAtLeast(version, '1.19');
  return {
    name: 'etcd',
    image: image(version),
    command: ['/usr/bin/etcd'],
    args: [
      '--data-dir=/var/run/etcd',
      `--name=${apiName}`,
      '--client-cert-auth',
      '--trusted-ca-file=/var/lib/etcd-secrets/ca.crt',
      '--cert-file=/var/lib/etcd-secrets/tls.crt',
      '--key-file=/var/lib/etcd-secrets/tls.key',
      // Before 1.19 it was the loopback's and the pod's address: the same two interfaces of a pod.
      '--listen-client-urls=https://0.0.0.0:2379',
      '--advertise-client-urls=https://localhost:2379',
      `--initial-cluster-token=${podUid}`,
      '--auto-compaction-retention=1',
      ...(hasNewListener ? ['--enable-grpc-gateway=false'] : []),
    ],
    env: [{ name: 'ETCDCTL_API', value: '3' }],
    ports: [{ name: 'etcd', containerPort: 2379 }],
    volumeMounts: [
      mount('etcd-server-secrets', '/var/lib/etcd-secrets'),
      mount('etcd-data-dir', '/var/run/etcd'),
    ],
  };
}

function apiServer(settings: MeshSettings, version: string): Container {
  const hasUsers = settings.authMode !== 'legacy';
  return {
    name: 'apiserver',
    image: image(version),
    command: [server],
    args: [
      'clustermesh',
      ...debug(settings),
      ...identity(settings),
      '--kvstore-opt=etcd.config=/var/lib/cilium/etcd-config.yaml',
      '--kvstore-opt=etcd.qps=20',
      '--kvstore-opt=etcd.bootstrapQps=10000',
      `--max-connected-clusters=${settings.maxConnectedClusters}`,
      '--health-port=9880',
      ...(hasUsers
        ? ['--cluster-users-enabled', '--cluster-users-config-path=/var/lib/cilium/etcd-config/users.yaml']
        : []),
      ...(isAtLeast(version, '1.18') ? [] : ['--enable-external-workloads=false']),
    ],
    readinessProbe: { httpGet: { path: '/readyz', port: 'apiserv-health' } },
    ports: [{ name: 'apiserv-health', containerPort: 9880 }],
    volumeMounts: [
      mount('etcd-admin-client', '/var/lib/cilium/etcd-secrets'),
      ...(hasUsers ? [mount('etcd-users-config', '/var/lib/cilium/etcd-config')] : []),
    ],
  };
}

/** kvstoremesh, which copies what other clusters share into this cluster's etcd. */
function copier(settings: MeshSettings, version: string): Container {
  return {
    name: 'kvstoremesh',
    image: image(version),
    command: [server],
    args: [
      'kvstoremesh',
      ...debug(settings),
      ...identity(settings),
      '--kvstore-opt=etcd.config=/var/lib/cilium/etcd-config.yaml',
      '--kvstore-opt=etcd.qps=100',
      '--kvstore-opt=etcd.bootstrapQps=10000',
      '--kvstore-opt=etcd.maxInflight=10',
      '--clustermesh-config=/var/lib/cilium/clustermesh',
      `--max-connected-clusters=${settings.maxConnectedClusters}`,
      ...(isAtLeast(version, '1.19') ? [`--clustermesh-cache-ttl=${settings.cacheTtl}`] : []),
      '--health-port=9881',
      ...(isAtLeast(version, '1.18') ? ['--enable-heartbeat=false'] : []),
    ],
    readinessProbe: { httpGet: { path: '/readyz', port: 'kvmesh-health' } },
    ports: [{ name: 'kvmesh-health', containerPort: 9881 }],
    volumeMounts: [
      mount('etcd-admin-client', '/var/lib/cilium/etcd-secrets'),
      mount('kvstoremesh-secrets', '/var/lib/cilium/clustermesh'),
    ],
  };
}

function volumes({ authMode, kvstoremesh }: MeshSettings): ({ name: ApiVolume } & Record<string, unknown>)[] {
  return apiVolumes
    .filter(name => name !== 'etcd-users-config' || authMode !== 'legacy')
    .filter(name => name !== 'kvstoremesh-secrets' || kvstoremesh)
    .map(name =>
      name === 'etcd-data-dir'
        ? { name, emptyDir: {} }
        : { name, projected: { defaultMode: 0o400, sources: projections[name].map(volumeSource) } },
    );
}
