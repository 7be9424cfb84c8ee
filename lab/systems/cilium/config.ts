import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ChartValue } from '../../../helpers/cilium/values.ts';
import { type ConfigMap, configMaps } from '../../../helpers/kube/resources.ts';
import { isAtLeast } from '../../../helpers/version.ts';
import type { HelmValues } from '../../contract/lab.ts';
import { type ClusterSpec, hostSpec, type Topology, uplink } from '../../contract/topology.ts';
import type { KubeClient } from '../../kubernetes/api/client.ts';
import { chart } from './chart.ts';
import { masqueradeValues } from './masquerade.ts';
import { meshValues } from './mesh/settings.ts';
import { put } from './put.ts';

/** What agent and operator read: the ConfigMap `cilium-config`, option by option. */
export type CiliumConfig = Readonly<Record<string, string>>;

/**
 * What Cilium's chart makes of helm values, for the values the lab knows (install/kubernetes/cilium/templates/
 * cilium-configmap.yaml). What is not set is left to the programs' own defaults unless the chart's differ from them.
 * @throws Error naming values that are not known: one that has no effect would leave every claim green
 */
export function configOf(values: Readonly<Record<string, ChartValue>>, version: string): CiliumConfig {
  const known = new Set<string>([...chart.flatMap(entry => entry.value ?? []), ...withoutOption]);
  const unknown = Object.keys(values).filter(name => !known.has(name) && !bystanders.test(name));
  if (unknown.length > 0) {
    throw new Error(
      `helm value ${unknown.join(', ')}: the lab does not know what the chart makes of it; it knows ${[...known].join(', ')}`,
    );
  }
  return Object.fromEntries(
    chart
      .filter(
        entry =>
          isAtLeast(version, entry.from ?? '0.0') &&
          (entry.before === undefined || !isAtLeast(version, entry.before)),
      )
      .flatMap(({ option, value, chartDefault, always }): [string, string][] => {
        const given = value === undefined ? undefined : values[value];
        const text = given === undefined ? (chartDefault ?? always) : textOf(given);
        return text === undefined ? [] : [[option, text]];
      }),
  );
}

/** Values that the chart uses elsewhere than in the ConfigMap. */
const withoutOption = [
  ...['k8sServiceHost', 'k8sServicePort', 'operator.replicas'],
  ...meshValues,
  ...masqueradeValues,
];

/** Values of what the lab does not run beside agent and operator, and of what nobody scrapes. */
const bystanders = /^(hubble\.(relay|ui|metrics)|prometheus|operator\.prometheus)\./;

/** Lists come as such, or as `--set` takes them: `{a,b}`; the ConfigMap has them as `a b`. */
function textOf(value: ChartValue): string {
  if (Array.isArray(value)) return value.join(' ');
  const text = String(value);
  return /^\{.*\}$/.test(text) ? text.slice(1, -1).replaceAll(',', ' ') : text;
}

/** What the lab sets beyond the documents' values. */
export function labValues(topology: Topology, cluster: ClusterSpec): HelmValues {
  const interfaces = hostSpec(topology, cluster.controlPlane).interfaces.map(each => each.name);
  return {
    // A machine's interfaces are found by themselves; veth pairs only when named.
    devices: `{${[uplink.interface, ...interfaces].join(',')}}`,
    // There is no Envoy and no Hubble relay, nobody reads debug messages, and all nodes share one machine's memory.
    'debug.enabled': false,
    l7Proxy: false,
    'envoy.enabled': false,
    'hubble.enabled': false,
    'bpf.mapDynamicSizeRatio': '0.0005',
  };
}

/** An option a file, as a mounted ConfigMap is read: for the operator. */
export function writeConfigFiles(folder: string, config: CiliumConfig): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [option, text] of Object.entries(config)) writeFileSync(path.join(folder, option), text);
}

/** The ConfigMap itself, for who asks the API. */
export function writeConfigMap(kube: KubeClient, config: CiliumConfig): void {
  const metadata = { name: 'cilium-config', namespace: 'kube-system' };
  put<ConfigMap>(kube, configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { ...config } });
}
