import type { HelmValues } from './lab.ts';
import { type ClusterSpec, hostAddress, type Topology } from './topology.ts';

/**
 * The documents' `helm install` of Cilium, as far as it bears on what is tested (their Hubble, metrics and debug
 * options change no claim). Lists are written as for `helm --set`: `{a,b}`.
 */
export function documentValues(topology: Topology, cluster: ClusterSpec): HelmValues {
  return {
    k8sServiceHost: hostAddress(topology, cluster.controlPlane),
    k8sServicePort: 6443,
    'cluster.name': cluster.name,
    'cluster.id': cluster.id,
    'ipam.mode': 'cluster-pool',
    'ipam.operator.clusterPoolIPv4PodCIDRList': `{${cluster.podCidr}}`,
    'ipam.operator.clusterPoolIPv4MaskSize': cluster.podCidrMaskSize,
    ipv4NativeRoutingCIDR: cluster.podCidr,
    routingMode: 'native',
    autoDirectNodeRoutes: topology.name === 'mesh',
    'bgpControlPlane.enabled': topology.router !== undefined,
    kubeProxyReplacement: true,
    'bpf.masquerade': true,
    installNoConntrackIptablesRules: true,
    'endpointHealthChecking.enabled': false,
    healthChecking: false,
    'operator.replicas': 1,
  };
}
