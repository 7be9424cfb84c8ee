import { stringify } from 'yaml';
import { type ClusterSpec, hostAddress, type Topology } from '../../contract/topology.ts';

/** kind.x-k8s.io/v1alpha4, as far as we use it. */
export interface KindConfig {
  readonly kind: 'Cluster';
  readonly apiVersion: 'kind.x-k8s.io/v1alpha4';
  readonly name: string;
  readonly nodes: readonly {
    readonly role: 'control-plane' | 'worker';
    readonly kubeadmConfigPatches: readonly string[];
  }[];
  readonly networking: {
    readonly podSubnet: string;
    readonly serviceSubnet: string;
    readonly disableDefaultCNI: true;
    readonly kubeProxyMode: 'none';
  };
  readonly kubeadmConfigPatches: readonly string[];
}

/**
 * The documents' clusters: no CNI but Cilium, no kube-proxy. kind names nodes after their containers, so kubeadm is told
 * the topology's names; its API server's certificate is for the address that agents and operators use, too.
 */
export function kindConfig(topology: Topology, cluster: ClusterSpec, name: string): KindConfig {
  const workers = cluster.nodes.filter(node => node !== cluster.controlPlane);
  return {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name,
    nodes: [
      {
        role: 'control-plane',
        kubeadmConfigPatches: [registration('InitConfiguration', cluster.controlPlane)],
      },
      ...workers.map(worker => ({
        role: 'worker' as const,
        kubeadmConfigPatches: [registration('JoinConfiguration', worker)],
      })),
    ],
    networking: {
      podSubnet: cluster.podCidr,
      serviceSubnet: cluster.serviceCidr,
      disableDefaultCNI: true,
      kubeProxyMode: 'none',
    },
    kubeadmConfigPatches: [
      stringify({
        kind: 'ClusterConfiguration',
        apiServer: { certSANs: ['localhost', '127.0.0.1', hostAddress(topology, cluster.controlPlane)] },
      }),
    ],
  };
}

const registration = (kind: 'InitConfiguration' | 'JoinConfiguration', node: string): string =>
  stringify({ kind, nodeRegistration: { name: node } });
