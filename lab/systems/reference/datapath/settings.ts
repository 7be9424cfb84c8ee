import { parsePrefix } from '../../../../helpers/ipv4.ts';
import type { HelmValues } from '../../../contract/lab.ts';

/** What an ip-masq-agent without a configuration leaves alone (pkg/ipmasq/ipmasq.go, `defaultNonMasqCIDRs`). */
export const defaultNonMasqueradeCidrs: readonly string[] = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '192.0.2.0/24'],
  ...['192.88.99.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '240.0.0.0/4'],
];

/** What the datapath takes from the helm values. Defaults are the chart's, except where the lab's documents set a value. */
export interface DatapathSettings {
  /** Destinations inside are reached without translation. */
  readonly nativeRoutingCidr: string;
  readonly ipMasqAgent: boolean;
  /** And these, where the ip-masq-agent is on. */
  readonly nonMasqueradeCidrs: readonly string[];
  readonly autoDirectNodeRoutes: boolean;
  readonly masquerade: boolean;
  readonly loadBalancer: {
    readonly mode: 'snat' | 'dsr';
    readonly dsrDispatch: 'opt' | 'geneve';
    readonly algorithm: 'random' | 'maglev';
  };
  readonly routingMode: 'native' | 'tunnel';
  readonly tunnelProtocol: 'vxlan' | 'geneve';
  /** ClusterIPs answer from outside the cluster, too. */
  readonly externalClusterIp: boolean;
}

/** @throws Error naming the value and what it may be */
export function datapathSettings(values: HelmValues, podCidr: string): DatapathSettings {
  const text = <T extends string>(key: string, allowed: readonly [T, ...T[]]): T => {
    const value = values[key] ?? allowed[0];
    const found = allowed.find(candidate => candidate === value);
    if (found === undefined)
      throw new Error(
        `helm value ${key}=${String(value)}: the reference datapath knows ${allowed.join(', ')}`,
      );
    return found;
  };
  const flag = (key: string, otherwise: boolean): boolean => {
    const value = values[key] ?? otherwise;
    if (value !== true && value !== false && value !== 'true' && value !== 'false')
      throw new Error(`helm value ${key}=${String(value)}: expected true or false`);
    return value === true || value === 'true';
  };
  const { ipv4NativeRoutingCIDR: configured = podCidr } = values;
  const nativeRoutingCidr = String(configured);
  if (parsePrefix(nativeRoutingCidr) === undefined)
    throw new Error(`helm value ipv4NativeRoutingCIDR=${nativeRoutingCidr}: expected an IPv4 prefix`);
  const ipMasqAgent = flag('ipMasqAgent.enabled', false);
  const nonMasqueradeCidrs = ipMasqAgent
    ? [
        ...(Object.keys(values).some(key => key.startsWith('ipMasqAgent.config.'))
          ? helmList(values['ipMasqAgent.config.nonMasqueradeCIDRs'])
          : defaultNonMasqueradeCidrs),
        ...(flag('ipMasqAgent.config.masqLinkLocal', false) ? [] : ['169.254.0.0/16']),
      ]
    : [];
  const unreadable = nonMasqueradeCidrs.find(cidr => parsePrefix(cidr) === undefined);
  if (unreadable !== undefined)
    throw new Error(`helm value ipMasqAgent.config.nonMasqueradeCIDRs: ${unreadable} is no IPv4 prefix`);
  const routingMode = text('routingMode', ['native', 'tunnel']);
  const loadBalancer = {
    mode: text('loadBalancer.mode', ['snat', 'dsr']),
    dsrDispatch: text('loadBalancer.dsrDispatch', ['opt', 'geneve']),
    algorithm: text('loadBalancer.algorithm', ['random', 'maglev']),
  };
  const tunnelProtocol = text('tunnelProtocol', ['vxlan', 'geneve']);
  if (loadBalancer.mode === 'dsr' && loadBalancer.dsrDispatch !== 'geneve')
    throw new Error(
      `helm value loadBalancer.dsrDispatch=${loadBalancer.dsrDispatch}: the reference datapath dispatches by geneve only`,
    );
  // Documentation/network/kubernetes/kubeproxy-free.rst, "DSR with Geneve".
  if (loadBalancer.mode === 'dsr' && tunnelProtocol !== 'geneve')
    throw new Error(
      `helm value tunnelProtocol=${tunnelProtocol}: loadBalancer.dsrDispatch=geneve needs tunnelProtocol=geneve`,
    );
  if (loadBalancer.mode === 'dsr' && routingMode === 'tunnel')
    throw new Error('helm value routingMode=tunnel: the reference datapath has DSR with native routing only');
  if (routingMode === 'tunnel' && flag('autoDirectNodeRoutes', false))
    throw new Error('helm value autoDirectNodeRoutes=true: it cannot be used with routingMode=tunnel');
  return {
    nativeRoutingCidr,
    ipMasqAgent,
    nonMasqueradeCidrs,
    autoDirectNodeRoutes: flag('autoDirectNodeRoutes', false),
    masquerade: flag('enableIPv4Masquerade', true),
    loadBalancer,
    routingMode,
    tunnelProtocol,
    externalClusterIp: flag('bpf.lbExternalClusterIP', false),
  };
}

/** A list in the notation of helm's `--set`: `{a,b}`. */
function helmList(value: HelmValues[string] = '{}'): string[] {
  return String(value)
    .replace(/^\{|\}$/g, '')
    .split(',')
    .filter(each => each !== '');
}
