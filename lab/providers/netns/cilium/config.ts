import type { ChartValue } from '../../../../helpers/cilium/values.ts';
import { isAtLeast } from '../../../../helpers/version.ts';
import { chart } from './chart.ts';
import { ipMasqAgentConfig } from './ip-masq-agent.ts';

/** What agent and operator read: the ConfigMap `cilium-config`, option by option. */
export type CiliumConfig = Readonly<Record<string, string>>;

/**
 * What Cilium's chart makes of helm values, for the values the lab knows (install/kubernetes/cilium/templates/
 * cilium-configmap.yaml). What is not set is left to the programs' own defaults unless the chart's differ from them.
 * @throws Error naming values that are not known: one that has no effect would leave every claim green
 */
export function configOf(values: Readonly<Record<string, ChartValue>>, version: string): CiliumConfig {
  const known = new Set<string>([...chart.flatMap(entry => entry.value ?? []), ...withoutOption]);
  const unknown = Object.keys(values).filter(
    name => !known.has(name) && !bystanders.test(name) && !ipMasqAgentConfig.test(name),
  );
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
const withoutOption = ['k8sServiceHost', 'k8sServicePort', 'operator.replicas'];

/** Values of what the lab does not run beside agent and operator, and of what nobody scrapes. */
const bystanders = /^(hubble\.(relay|ui|metrics)|prometheus|operator\.prometheus)\./;

/** Lists come as such, or as `--set` takes them: `{a,b}`; the ConfigMap has them as `a b`. */
function textOf(value: ChartValue): string {
  if (Array.isArray(value)) return value.join(' ');
  const text = String(value);
  return /^\{.*\}$/.test(text) ? text.slice(1, -1).replaceAll(',', ' ') : text;
}
