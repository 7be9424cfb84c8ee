import { ciliumIdentities } from '../../../../helpers/cilium/resources.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import type { MeshAgent } from '../mesh/agent.ts';
import type { RemoteStatus } from '../mesh/remote.ts';
import { parts } from '../mesh/state.ts';
import { textTable } from './table.ts';

/** What `cilium-dbg` tells of the mesh (api/v1/models/cluster_mesh_status.go, remote_cluster.go, pkg/client/client.go). */

const isReady = ({ connected, synced }: RemoteStatus): boolean =>
  connected && parts.every(part => synced[part]);

const connection = ({ connected }: RemoteStatus): string =>
  `etcd: ${connected ? '1/1' : '0/1'} connected, leases=0, lock leases=0, has-quorum=${connected ? 'true: endpoint status checks are disabled' : 'false'}`;

export function meshModel(mesh: MeshAgent): Record<string, unknown> {
  return {
    clusters: mesh.status.map(status => ({
      config: {
        'cluster-id': status.config?.id ?? 0,
        kvstoremesh: false,
        required: true,
        retrieved: status.config !== undefined,
        'service-exports-enabled': false,
        'sync-canaries': status.config?.capabilities.syncedCanaries ?? false,
      },
      connected: status.connected,
      'last-failure': status.lastFailure ?? '0001-01-01T00:00:00.000Z',
      name: status.name,
      'num-endpoints': status.counts.endpoints,
      'num-failures': status.failures,
      'num-identities': status.counts.identities,
      'num-nodes': status.counts.nodes,
      'num-service-exports': 0,
      'num-shared-services': status.counts.services,
      ready: isReady(status),
      status: connection(status),
      synced: status.synced,
    })),
    'num-global-services': mesh.globalServices,
  };
}

/** The lines of `cilium-dbg status`; with `--all-clusters` or `--verbose` also of clusters that are ready. */
export function meshLines(mesh: MeshAgent, flags: ReadonlySet<string>): string {
  const clusters = mesh.status;
  const ready = clusters.filter(isReady).length;
  const shown =
    flags.has('--all-clusters') || flags.has('--verbose')
      ? clusters
      : clusters.filter(each => !isReady(each));
  return [
    `${'ClusterMesh:'.padEnd(24)}${ready}/${clusters.length} remote clusters ready, ${mesh.globalServices} global-services`,
    ...shown.flatMap(clusterLines),
    '',
  ].join('\n');
}

function clusterLines(status: RemoteStatus): string[] {
  const { counts, config, synced, failures, lastFailure } = status;
  const numbers = [
    ...parts.filter(part => part !== 'services').map(part => `${counts[part]} ${part}`),
    `${counts.services} services, 0 MCS-API service exports`,
    `${failures} reconnections (last: ${lastFailure ?? 'never'})`,
  ];
  const state = isReady(status) ? 'ready' : 'not-ready';
  return [
    `   ${status.name}: ${state}, ${numbers.join(', ')}`,
    `   └  ${connection(status)}`,
    `   └  remote configuration: expected=true, retrieved=${config !== undefined}, cluster-id=${config?.id ?? 0}, kvstoremesh=false, sync-canaries=${config?.capabilities.syncedCanaries ?? false}, service-exports=disabled`,
    `   └  synchronization status: ${parts.map(part => `${part}=${synced[part]}`).join(', ')}`,
  ];
}

/** `cilium-dbg identity list` (api/v1/models/identity.go), the reserved ones left out. */
export function identityModels(kube: KubeClient, remote: MeshAgent['identities']) {
  const own = kube.list(ciliumIdentities).map(identity => ({
    id: Number(identity.metadata.name),
    labels: Object.entries(identity['security-labels'])
      .map(([label, value]) => `${label}=${value}`)
      .sort(),
  }));
  return [...own, ...remote].sort((one, other) => one.id - other.id);
}

export function identitiesTable(models: ReturnType<typeof identityModels>): string {
  const rows = models.flatMap(({ id, labels: [first = '', ...others] }) => [
    [String(id), first],
    ...others.map(label => ['', label]),
  ]);
  return textTable(['ID', 'LABELS'], rows);
}
