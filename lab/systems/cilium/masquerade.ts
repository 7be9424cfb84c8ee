import type { EffectiveValues } from '../../../helpers/cilium/chart.ts';
import { type ConfigMap, configMaps } from '../../../helpers/kube/resources.ts';
import type { KubeClient } from '../../kubernetes/api/client.ts';
import { put } from './put.ts';

const prefix = 'ipMasqAgent.config.';

/** `ipMasqAgent.config` as the chart writes it (templates/cilium-configmap.yaml); undefined when it is off or empty. */
export function masqueradeConfig(values: EffectiveValues): string | undefined {
  if (values['ipMasqAgent.enabled'] !== true) return undefined;
  const config = Object.entries(values).flatMap(([path, value]) =>
    path.startsWith(prefix) ? [[path.slice(prefix.length), value]] : [],
  );
  return config.length === 0 ? undefined : JSON.stringify(Object.fromEntries(config));
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
