import { type ChartValue, nested, withLists } from '../../../../helpers/cilium/values.ts';

/** The values that the chart passes on as they are: the agent's own configuration file (pkg/ipmasq, `config`). */
export const ipMasqAgentConfig = /^ipMasqAgent\.config\./;

/** The file's name in the agent's place; the chart mounts it from the ConfigMap of the same name. */
export const ipMasqAgentFile = 'ip-masq-agent';

/** What the chart writes for the ip-masq-agent inside Cilium; undefined where it is off, or has no configuration. */
export function ipMasqAgentText(values: Readonly<Record<string, ChartValue>>): string | undefined {
  if (String(values['ipMasqAgent.enabled']) !== 'true') return undefined;
  const own = Object.entries(values)
    .filter(([name]) => ipMasqAgentConfig.test(name))
    .map(([name, value]) => [name.replace(ipMasqAgentConfig, ''), value] as const);
  return own.length === 0 ? undefined : JSON.stringify(nested(withLists(Object.fromEntries(own))));
}
