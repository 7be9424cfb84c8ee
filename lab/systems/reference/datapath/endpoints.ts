import {
  type CiliumEndpoint,
  ciliumEndpoints,
  ciliumIdentities,
} from '../../../../helpers/cilium/resources.ts';
import type { Pod } from '../../../../helpers/kube/resources.ts';
import { apiVersionOf } from '../../../../helpers/kube/types.ts';
import type { ClusterSpec } from '../../../contract/topology.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';

/**
 * The first identity a cluster gives to pods (pkg/identity/numericidentity.go): MinimalAllocationIdentity, or the first
 * of the 65536 that belong to its id.
 */
const firstIdentity = (clusterId: number): number => (clusterId === 0 ? 256 : clusterId << 16);

/** Keeps a CiliumEndpoint per pod, and numbers endpoints (per node) and identities (per set of labels). */
export class EndpointRegistry {
  readonly #kube: KubeClient;
  readonly #cluster: Pick<ClusterSpec, 'name' | 'id'>;
  readonly #identities = new Map<string, number>();
  readonly #lastEndpointId = new Map<string, number>();

  constructor(kube: KubeClient, cluster: Pick<ClusterSpec, 'name' | 'id'>) {
    this.#kube = kube;
    this.#cluster = cluster;
  }

  add(pod: Pod, address: string, node: string, nodeAddress: string): void {
    const { name, namespace = 'default', uid = '' } = pod.metadata;
    const labels = this.#securityLabels(pod);
    const id = (this.#lastEndpointId.get(node) ?? 0) + 1;
    this.#lastEndpointId.set(node, id);
    // What a pod of the same name left behind belongs to that one.
    this.remove(pod);
    this.#kube.create(ciliumEndpoints, {
      apiVersion: apiVersionOf(ciliumEndpoints),
      kind: ciliumEndpoints.kind,
      metadata: {
        name,
        namespace,
        ...(pod.metadata.labels === undefined ? {} : { labels: { ...pod.metadata.labels } }),
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }],
      },
    });
    const status: CiliumEndpoint['status'] = {
      id,
      state: 'ready',
      identity: { id: this.#identityOf(labels), labels },
      encryption: {},
      'external-identifiers': {
        'k8s-namespace': namespace,
        'k8s-pod-name': name,
        'pod-name': `${namespace}/${name}`,
      },
      networking: { addressing: [{ ipv4: address }], node: nodeAddress },
    };
    // Creation takes no status.
    this.#kube.updateStatus(ciliumEndpoints, name, namespace, draft => {
      draft.status = status;
    });
  }

  remove(pod: Pod): void {
    this.#kube.delete(ciliumEndpoints, pod.metadata.name, pod.metadata.namespace ?? 'default');
  }

  /** The labels that decide a pod's identity (pkg/k8s, with the default label filter). */
  #securityLabels(pod: Pod): string[] {
    const namespace = pod.metadata.namespace ?? 'default';
    // Labels that differ between pods of one workload are left out by Cilium's default filter.
    const own = Object.entries(pod.metadata.labels ?? {}).filter(
      ([key]) => !/^(pod-template-hash|controller-revision-hash|pod-template-generation)$/.test(key),
    );
    const account = typeof pod.spec.serviceAccountName === 'string' ? pod.spec.serviceAccountName : 'default';
    return [
      ...own.map(([key, value]) => `k8s:${key}=${value}`),
      `k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=${namespace}`,
      `k8s:io.cilium.k8s.policy.cluster=${this.#cluster.name}`,
      `k8s:io.cilium.k8s.policy.serviceaccount=${account}`,
      `k8s:io.kubernetes.pod.namespace=${namespace}`,
    ].sort((one, other) => one.localeCompare(other));
  }

  #identityOf(labels: readonly string[]): number {
    const key = labels.join(',');
    const known = this.#identities.get(key);
    if (known !== undefined) return known;
    const identity = firstIdentity(this.#cluster.id) + this.#identities.size;
    this.#identities.set(key, identity);
    this.#kube.create(ciliumIdentities, {
      apiVersion: apiVersionOf(ciliumIdentities),
      kind: ciliumIdentities.kind,
      metadata: { name: String(identity) },
      'security-labels': Object.fromEntries(
        labels.map(label => {
          const end = label.indexOf('=');
          return [label.slice(0, end), label.slice(end + 1)];
        }),
      ),
    });
    return identity;
  }
}
