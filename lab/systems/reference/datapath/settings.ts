import type { EffectiveValues } from '../../../../helpers/cilium/chart.ts';
import { parsePrefix } from '../../../../helpers/ipv4.ts';

/** What an ip-masq-agent without a configuration leaves alone (pkg/ipmasq/ipmasq.go, `defaultNonMasqCIDRs`). */
export const defaultNonMasqueradeCidrs: readonly string[] = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '192.0.2.0/24'],
  ...['192.88.99.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '240.0.0.0/4'],
];

/** What the datapath takes from the helm values. */
export interface DatapathSettings {
  /** Pods reach destinations in it without translation. */
  readonly nativeRoutingCidr: string;
  readonly ipMasqAgent: boolean;
  /** And these, when the ip-masq-agent is on. */
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

/** @throws Error naming the value that the reference datapath cannot have, and why */
export function datapathSettings(values: EffectiveValues): DatapathSettings {
  const {
    ipv4NativeRoutingCIDR: nativeRoutingCidr = '',
    'ipMasqAgent.enabled': ipMasqAgent = false,
    autoDirectNodeRoutes,
    routingMode,
    tunnelProtocol,
    'loadBalancer.mode': mode = 'snat',
    'loadBalancer.dsrDispatch': dsrDispatch = 'opt',
    'loadBalancer.algorithm': algorithm = 'random',
  } = values;
  const refuse = (value: string, why: string): never => {
    throw new Error(`helm value ${value}: ${why}`);
  };
  if (mode !== 'snat' && mode !== 'dsr')
    return refuse(`loadBalancer.mode=${mode}`, 'the reference datapath has only snat and dsr');
  if (dsrDispatch === 'ipip' || (mode === 'dsr' && dsrDispatch !== 'geneve'))
    return refuse(
      `loadBalancer.dsrDispatch=${dsrDispatch}`,
      'the reference datapath dispatches by geneve only',
    );
  // Documentation/network/kubernetes/kubeproxy-free.rst, "DSR with Geneve".
  if (mode === 'dsr' && tunnelProtocol !== 'geneve')
    refuse(`tunnelProtocol=${tunnelProtocol}`, 'loadBalancer.dsrDispatch=geneve needs tunnelProtocol=geneve');
  if (mode === 'dsr' && routingMode === 'tunnel')
    refuse('routingMode=tunnel', 'the reference datapath has DSR with native routing only');
  if (routingMode === 'tunnel' && autoDirectNodeRoutes)
    refuse('autoDirectNodeRoutes=true', 'it cannot be used with routingMode=tunnel');
  const nonMasqueradeCidrs = ipMasqAgent ? exemptions(values) : [];
  for (const [value, cidrs] of [
    ['ipv4NativeRoutingCIDR', [nativeRoutingCidr]],
    ['ipMasqAgent.config.nonMasqueradeCIDRs', nonMasqueradeCidrs],
  ] as const) {
    const unreadable = cidrs.find(cidr => parsePrefix(cidr) === undefined);
    if (unreadable !== undefined) refuse(value, `${unreadable} is not an IPv4 prefix`);
  }
  return {
    nativeRoutingCidr,
    ipMasqAgent,
    nonMasqueradeCidrs,
    autoDirectNodeRoutes,
    masquerade: values.enableIPv4Masquerade,
    loadBalancer: { mode, dsrDispatch, algorithm },
    routingMode,
    tunnelProtocol,
    externalClusterIp: values['bpf.lbExternalClusterIP'],
  };
}

/** Any configuration of the ip-masq-agent replaces its default list. */
function exemptions(values: EffectiveValues): string[] {
  const isConfigured = Object.keys(values).some(path => path.startsWith('ipMasqAgent.config.'));
  return [
    ...(isConfigured
      ? (values['ipMasqAgent.config.nonMasqueradeCIDRs'] ?? []).map(String)
      : defaultNonMasqueradeCidrs),
    ...(values['ipMasqAgent.config.masqLinkLocal'] ? [] : ['169.254.0.0/16']),
  ];
}
