import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type EffectiveValues, type HelmValues, optionsOf } from '../../../helpers/cilium/chart.ts';
import { type ConfigMap, configMaps } from '../../../helpers/kube/resources.ts';
import { isAtLeast } from '../../../helpers/version.ts';
import { type ClusterSpec, hostSpec, type Topology, uplink } from '../../contract/topology.ts';
import type { KubeClient } from '../../kubernetes/api/client.ts';
import { put } from './put.ts';

/** What agent and operator read: the ConfigMap `cilium-config`, option by option. */
export type CiliumConfig = Readonly<Record<string, string>>;

/** Where the image's init containers would put things on a node: the chart's own paths. */
export const paths = {
  configDirectory: '/tmp/cilium/config-map',
  cniConfiguration: '/host/etc/cni/net.d/05-cilium.conflist',
  meshConfiguration: '/var/lib/cilium/clustermesh',
} as const;

/** Options that the chart writes whatever the lab's values are. */
const fixed: CiliumConfig = {
  'identity-allocation-mode': 'crd',
  'identity-heartbeat-timeout': '30m0s',
  'identity-gc-interval': '15m0s',
  'cilium-endpoint-gc-interval': '5m0s',
  'nodes-gc-interval': '5m0s',
  'enable-ipv4': 'true',
  'monitor-aggregation-interval': '5s',
  'monitor-aggregation-flags': 'all',
  'bpf-policy-map-max': '16384',
  'enable-ipv6-masquerade': 'true',
  'enable-xt-socket-fallback': 'true',
  'node-port-bind-protection': 'true',
  'enable-auto-protect-node-port-range': 'true',
  'write-cni-conf-when-ready': paths.cniConfiguration,
  'cni-exclusive': 'true',
  'cni-log-file': '/var/run/cilium/cilium-cni.log',
  'enable-well-known-identities': 'false',
  'synchronize-k8s-nodes': 'true',
  'operator-api-serve-addr': '127.0.0.1:9234',
  'ipam-cilium-node-update-rate': '15s',
  'bpf-root': '/sys/fs/bpf',
  'cgroup-root': '/run/cilium/cgroupv2',
  'k8s-client-qps': '10',
  'k8s-client-burst': '20',
  'operator-k8s-client-qps': '100',
  'operator-k8s-client-burst': '200',
  'remove-cilium-node-taints': 'true',
  'set-cilium-node-taints': 'true',
  'set-cilium-is-up-condition': 'true',
  'agent-not-ready-taint-key': 'node.cilium.io/agent-not-ready',
};

/**
 * What Cilium's chart makes of helm values (install/kubernetes/cilium/templates/cilium-configmap.yaml). Options without
 * a value are left to the programs' own defaults unless the chart's differ from them.
 */
export const configOf = (values: EffectiveValues, version: string): CiliumConfig => ({
  ...fixed,
  'unmanaged-pod-watcher-interval': isAtLeast(version, '1.19') ? '15s' : '15',
  ...optionsOf(values, version),
});

/** What the lab sets beyond the documents' values. */
export function labValues(topology: Topology, cluster: ClusterSpec): HelmValues {
  const interfaces = hostSpec(topology, cluster.controlPlane).interfaces.map(each => each.name);
  return {
    // The agent finds a machine's interfaces by itself, but veth pairs only by name.
    devices: [uplink.interface, ...interfaces],
    // There is no Envoy and no Hubble relay, nobody reads debug messages, and all nodes share one machine's memory.
    'debug.enabled': false,
    l7Proxy: false,
    'envoy.enabled': false,
    'hubble.enabled': false,
    'bpf.mapDynamicSizeRatio': 0.0005,
  };
}

/** One file per option, as in a mounted ConfigMap: for the operator. */
export function writeConfigFiles(folder: string, config: CiliumConfig): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [option, text] of Object.entries(config)) writeFileSync(path.join(folder, option), text);
}

/** The ConfigMap itself, for clients of the API. */
export function writeConfigMap(kube: KubeClient, config: CiliumConfig): void {
  const metadata = { name: 'cilium-config', namespace: 'kube-system' };
  put<ConfigMap>(kube, configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { ...config } });
}
