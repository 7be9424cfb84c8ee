import { randomUUID } from 'node:crypto';
import type { Pod } from '../../../helpers/kube/resources.ts';

/** A network configuration list, as the agent writes it for the container runtime (CNI specification 1.0, section 1). */
export interface CniConfList {
  readonly cniVersion: string;
  readonly name: string;
  readonly plugins: readonly (Readonly<Record<string, unknown>> & { readonly type: string })[];
}

export interface CniCall {
  readonly command: 'ADD' | 'DEL';
  /** One sandbox's, the same for ADD and DEL. */
  readonly containerId: string;
  readonly netns: string;
  readonly pod: Pod;
}

/** Runs a plugin with this environment and input; returns what it printed. @throws Error with the plugin's own message */
export type RunPlugin = (
  type: string,
  env: Readonly<Record<string, string>>,
  input: string,
) => Promise<string>;

interface CniResult {
  readonly ips?: readonly { readonly address: string }[];
}

export const newContainerId = (): string => randomUUID().replaceAll('-', '');

/**
 * Does with a list of plugins what a container runtime does: ADD in order, each with the result of the one before,
 * DEL in reverse (CNI specification, section 3). Returns the pod's IPv4 address after an ADD.
 * @throws Error
 */
export async function callPlugins(
  list: CniConfList,
  call: CniCall,
  run: RunPlugin,
): Promise<string | undefined> {
  const { metadata } = call.pod;
  const env = {
    CNI_COMMAND: call.command,
    CNI_CONTAINERID: call.containerId,
    CNI_NETNS: call.netns,
    CNI_IFNAME: 'eth0',
    CNI_PATH: '/opt/cni/bin',
    CNI_ARGS: [
      'IgnoreUnknown=1',
      `K8S_POD_NAMESPACE=${metadata.namespace ?? 'default'}`,
      `K8S_POD_NAME=${metadata.name}`,
      `K8S_POD_INFRA_CONTAINER_ID=${call.containerId}`,
      `K8S_POD_UID=${metadata.uid ?? ''}`,
    ].join(';'),
  };
  const plugins = call.command === 'ADD' ? list.plugins : list.plugins.toReversed();
  let result: CniResult | undefined;
  for (const plugin of plugins) {
    const config = {
      ...plugin,
      cniVersion: list.cniVersion,
      name: list.name,
      ...(result === undefined ? {} : { prevResult: result }),
    };
    const printed = await run(plugin.type, env, JSON.stringify(config));
    if (call.command === 'ADD') result = JSON.parse(printed) as CniResult;
  }
  if (call.command === 'DEL') return undefined;
  const address = result?.ips?.map(ip => ip.address.split('/')[0] ?? '').find(ip => ip.includes('.'));
  if (address === undefined) throw new Error(`CNI ADD for pod ${metadata.name} gave no IPv4 address`);
  return address;
}
