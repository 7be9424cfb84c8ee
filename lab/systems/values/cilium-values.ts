import {
  checked,
  type EffectiveValues,
  type HelmValues,
  withDefaults,
} from '../../../helpers/cilium/chart.ts';
import { type ClusterSpec, hostAddress, type Topology } from '../../contract/topology.ts';

/** The documents' API servers listen on kubeadm's own port. */
export const apiServerPort = 6443;

/**
 * The helm values of one cluster: those that the documents install Cilium with, `base` of the lab over them, and
 * `overrides` of tests over both.
 * @throws Error naming each value that is unknown, that the version lacks, or that is not of its kind
 */
export const resolve = (
  topology: Topology,
  cluster: ClusterSpec,
  base: HelmValues,
  overrides: HelmValues,
  version: string,
): HelmValues => checked({ ...documented(topology, cluster), ...base, ...overrides }, version);

/** The same, with the chart's defaults for what nothing sets. */
export const effective = (...of: Parameters<typeof resolve>): EffectiveValues =>
  withDefaults(resolve(...of), of[4]);

function documented(topology: Topology, cluster: ClusterSpec): HelmValues {
  return {
    // Without kube-proxy there is no service address to reach the API server by before Cilium is up.
    k8sServiceHost: hostAddress(topology, cluster.controlPlane),
    k8sServicePort: apiServerPort,
    kubeProxyReplacement: true,
    'bpf.masquerade': true,
    routingMode: 'native',
    'endpointHealthChecking.enabled': false,
    healthChecking: false,
    'operator.replicas': 1,
    'debug.enabled': true,
    ...(topology.router === undefined ? {} : bgpValues(cluster)),
    ...(topology.mesh === undefined ? {} : meshValues(topology, cluster, topology.mesh.nodePort)),
    ...cluster.values,
  };
}

function bgpValues(cluster: ClusterSpec): HelmValues {
  return {
    'ipam.mode': 'cluster-pool',
    'ipam.operator.clusterPoolIPv4PodCIDRList': [cluster.podCidr],
    'ipam.operator.clusterPoolIPv4MaskSize': cluster.podCidrMaskSize,
    ipv4NativeRoutingCIDR: cluster.podCidr,
    autoDirectNodeRoutes: false,
    'bgpControlPlane.enabled': true,
    installNoConntrackIptablesRules: true,
    'hubble.enabled': true,
    'hubble.relay.enabled': true,
    'hubble.ui.enabled': true,
    'hubble.ui.service.type': 'NodePort',
    'hubble.ui.service.nodePort': 30003,
    'hubble.metrics.enableOpenMetrics': true,
    'hubble.metrics.enabled': [
      ...['dns', 'drop', 'tcp', 'flow', 'port-distribution', 'icmp'],
      'httpV2:exemplars=true;labelsContext=source_ip,source_namespace,source_workload,destination_ip,destination_namespace,destination_workload,traffic_direction',
    ],
    'prometheus.enabled': true,
    'operator.prometheus.enabled': true,
  };
}

/**
 * What `cilium clustermesh enable` and `connect` of the documents leave in the values (their `helm get values`). Every
 * cluster knows the others from the start, so nothing has to be connected afterwards.
 */
function meshValues(topology: Topology, cluster: ClusterSpec, nodePort: number): HelmValues {
  const others = topology.clusters.filter(other => other !== cluster);
  return {
    'ipam.mode': 'kubernetes',
    'cluster.name': cluster.name,
    'cluster.id': cluster.id,
    'clustermesh.useAPIServer': true,
    'clustermesh.apiserver.kvstoremesh.enabled': false,
    'clustermesh.apiserver.service.type': 'NodePort',
    'clustermesh.apiserver.service.nodePort': nodePort,
    'clustermesh.config.enabled': true,
    'clustermesh.config.clusters': others.map(other => ({
      name: other.name,
      port: nodePort,
      ips: [hostAddress(topology, other.controlPlane)],
    })),
  };
}
