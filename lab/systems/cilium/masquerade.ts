import { type ChartValue, withLists } from '../../../helpers/cilium/values.ts';
import { type ConfigMap, configMaps } from '../../../helpers/kube/resources.ts';
import type { KubeClient } from '../../kubernetes/api/client.ts';
import { put } from './put.ts';

const prefix = 'ipMasqAgent.config.';

/** Values of the agent that decides what is masqueraded: they go into a file of its own. */
export const masqueradeValues = [
  `${prefix}nonMasqueradeCIDRs`,
  `${prefix}masqLinkLocal`,
  `${prefix}masqLinkLocalIPv6`,
] as const;

/** `ipMasqAgent.config` as the chart writes it (templates/cilium-configmap.yaml); undefined when it is off or empty. */
export function masqueradeConfig(values: Readonly<Record<string, ChartValue>>): string | undefined {
  if (String(values['ipMasqAgent.enabled'] ?? false) !== 'true') return undefined;
  const config = Object.entries(values).flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  );
  return config.length === 0 ? undefined : JSON.stringify(withLists(Object.fromEntries(config)));
}

/** The ConfigMap that agents have as a volume and follow. */
export function writeMasqueradeConfig(kube: KubeClient, config: string | undefined): void {
  const metadata = { name: 'ip-masq-agent', namespace: 'kube-system' };
  const data = config === undefined ? {} : { config };
  put<ConfigMap>(
    kube,
    configMaps,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
    config !== undefined,
  );
}
