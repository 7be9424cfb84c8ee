import { nearest } from '../nearest.ts';
import { isAtLeast } from '../version.ts';
import type { ChartValue } from './values.ts';

type Minor = `${number}.${number}`;
type Kind = keyof Types | readonly string[];
interface Types {
  readonly boolean: boolean;
  readonly number: number;
  readonly string: string;
  readonly list: readonly ChartValue[];
}
type TypeOf<K> = K extends keyof Types ? Types[K] : K extends readonly (infer Word)[] ? Word : never;

export interface Row {
  readonly kind: Kind;
  /** The option of `cilium-config` that the chart makes of it. */
  readonly option?: string | undefined;
  /** The chart's default. Without one, the chart writes the option only when the value is set. */
  readonly otherwise?: unknown;
  /** The default of later versions. */
  readonly changed?: readonly [from: Minor, otherwise: unknown];
  /** First version that has it. */
  readonly from?: Minor;
  /** First version that no longer has it. */
  readonly before?: Minor;
}

const row =
  <const K extends Kind>(kind: K) =>
  <D extends TypeOf<K> | undefined = undefined>(option?: string, otherwise?: D) => ({
    kind,
    option,
    otherwise: otherwise as D,
  });
const flag = row('boolean');
const number = row('number');
const text = row('string');
const list = row('list');
const since = <R extends Row>(from: Minor, added: R) => ({ ...added, from });
const serviceType = row(['ClusterIP', 'NodePort', 'LoadBalancer']);

/**
 * The helm values that the lab knows, and what the chart's template makes of each (1.17 to 1.20: values.yaml and
 * templates/cilium-configmap.yaml). The chart itself accepts any key and ignores a misspelt one.
 */
export const chart = {
  k8sServiceHost: text(),
  k8sServicePort: number(),
  'operator.replicas': number(),
  'debug.enabled': flag('debug', false),
  policyEnforcementMode: text('enable-policy', 'default'),
  'ipv6.enabled': flag('enable-ipv6', false),
  'bpf.monitorAggregation': text('monitor-aggregation', 'medium'),
  'bpf.mapDynamicSizeRatio': number('bpf-map-dynamic-size-ratio', 0.0025),
  'bpf.lbMapMax': number('bpf-lb-map-max', 65_536),
  'bpf.lbExternalClusterIP': flag('bpf-lb-external-clusterip', false),
  'bpf.lbAlgorithmAnnotation': flag('bpf-lb-algorithm-annotation', false),
  'bpf.lbModeAnnotation': flag('bpf-lb-mode-annotation', false),
  'bpf.preallocateMaps': flag('preallocate-bpf-maps', false),
  'bpf.enableTCX': flag('enable-tcx', true),
  'bpf.datapathMode': text('datapath-mode', 'veth'),
  'bpf.masquerade': flag('enable-bpf-masquerade', false),
  'cluster.name': text('cluster-name', 'default'),
  'cluster.id': number('cluster-id', 0),
  routingMode: row(['tunnel', 'native'])('routing-mode', 'tunnel'),
  tunnelProtocol: row(['vxlan', 'geneve'])('tunnel-protocol', 'vxlan'),
  serviceNoBackendResponse: text('service-no-backend-response', 'reject'),
  l7Proxy: flag('enable-l7-proxy', true),
  'envoy.enabled': flag('external-envoy-proxy', true),
  enableIPv4Masquerade: flag('enable-ipv4-masquerade', true),
  enableMasqueradeRouteSource: flag('enable-masquerade-to-route-source', false),
  'ipMasqAgent.enabled': flag('enable-ip-masq-agent'),
  'ipMasqAgent.config.nonMasqueradeCIDRs': list(),
  'ipMasqAgent.config.masqLinkLocal': flag(),
  'ipMasqAgent.config.masqLinkLocalIPv6': flag(),
  installNoConntrackIptablesRules: flag('install-no-conntrack-iptables-rules', false),
  autoDirectNodeRoutes: flag('auto-direct-node-routes', false),
  directRoutingSkipUnreachable: flag('direct-routing-skip-unreachable', false),
  ipv4NativeRoutingCIDR: text('ipv4-native-routing-cidr'),
  devices: list('devices'),
  kubeProxyReplacement: flag('kube-proxy-replacement', false),
  kubeProxyReplacementHealthzBindAddr: text('kube-proxy-replacement-healthz-bind-address', ''),
  'socketLB.enabled': flag('bpf-lb-sock', false),
  'socketLB.hostNamespaceOnly': flag('bpf-lb-sock-hostns-only'),
  'nodePort.directRoutingDevice': text('direct-routing-device'),
  'nodePort.enableHealthCheck': flag('enable-health-check-nodeport', true),
  'nodePort.enableHealthCheckLoadBalancerIP': flag('enable-health-check-loadbalancer-ip', false),
  'loadBalancer.mode': row(['snat', 'dsr', 'hybrid', 'annotation'])('bpf-lb-mode'),
  'loadBalancer.algorithm': row(['random', 'maglev'])('bpf-lb-algorithm'),
  'loadBalancer.acceleration': text('bpf-lb-acceleration', 'disabled'),
  'loadBalancer.dsrDispatch': row(['opt', 'ipip', 'geneve'])('bpf-lb-dsr-dispatch'),
  'loadBalancer.serviceTopology': flag('enable-service-topology'),
  'maglev.tableSize': number('bpf-lb-maglev-table-size'),
  'maglev.hashSeed': text('bpf-lb-maglev-hash-seed'),
  'k8sNetworkPolicy.enabled': flag('enable-k8s-networkpolicy', true),
  'endpointHealthChecking.enabled': flag('enable-endpoint-health-checking', true),
  healthChecking: flag('enable-health-checking', true),
  'hubble.enabled': flag('enable-hubble', true),
  'hubble.relay.enabled': flag(),
  'hubble.ui.enabled': flag(),
  'hubble.ui.service.type': serviceType(),
  'hubble.ui.service.nodePort': number(),
  'hubble.metrics.enableOpenMetrics': flag(),
  'hubble.metrics.enabled': list(),
  'prometheus.enabled': flag(),
  'operator.prometheus.enabled': flag(),
  'ipam.mode': row(['cluster-pool', 'kubernetes', 'multi-pool', 'crd', 'eni', 'azure', 'alibabacloud'])(
    'ipam',
    'cluster-pool',
  ),
  'ipam.operator.clusterPoolIPv4PodCIDRList': list('cluster-pool-ipv4-cidr'),
  'ipam.operator.clusterPoolIPv4MaskSize': number('cluster-pool-ipv4-mask-size'),
  defaultLBServiceIPAM: text('default-lb-service-ipam', 'lbipam'),
  'egressGateway.enabled': flag('enable-egress-gateway'),
  'l2announcements.enabled': flag('enable-l2-announcements'),
  'l2announcements.leaseDuration': text('l2-announcements-lease-duration'),
  'l2announcements.leaseRenewDeadline': text('l2-announcements-renew-deadline'),
  'l2announcements.leaseRetryPeriod': text('l2-announcements-retry-period'),
  'bgpControlPlane.enabled': flag('enable-bgp-control-plane'),
  'bgpControlPlane.secretsNamespace.name': text('bgp-secrets-namespace', 'kube-system'),
  'bgpControlPlane.statusReport.enabled': flag('enable-bgp-control-plane-status-report', true),
  'bgpControlPlane.routerIDAllocation.mode': since('1.18', text('bgp-router-id-allocation-mode', 'default')),
  'bgpControlPlane.legacyOriginAttribute.enabled': since(
    '1.19',
    flag('enable-bgp-legacy-origin-attribute', false),
  ),
  'sctp.enabled': flag('enable-sctp', false),
  'authentication.enabled': { ...flag('mesh-auth-enabled', true), changed: ['1.19', false] },
  'clustermesh.useAPIServer': flag(undefined, false),
  'clustermesh.maxConnectedClusters': number('max-connected-clusters', 255),
  'clustermesh.cacheTTL': since('1.19', text('clustermesh-cache-ttl', '0s')),
  'clustermesh.enableEndpointSliceSynchronization': flag('clustermesh-enable-endpoint-sync', false),
  'clustermesh.enableMCSAPISupport': { ...flag('clustermesh-enable-mcs-api', false), before: '1.20' },
  'clustermesh.mcsapi.enabled': since('1.20', flag('clustermesh-enable-mcs-api', false)),
  'clustermesh.policyDefaultLocalCluster': {
    ...since('1.18', flag('policy-default-local-cluster', false)),
    changed: ['1.19', true],
  },
  'clustermesh.apiserver.kvstoremesh.enabled': flag(undefined, true),
  'clustermesh.apiserver.service.type': serviceType(undefined, 'NodePort'),
  'clustermesh.apiserver.service.nodePort': number(undefined, 32_379),
  'clustermesh.apiserver.tls.authMode': {
    ...row(['legacy', 'migration', 'cluster'])(undefined, 'legacy'),
    changed: ['1.19', 'migration'],
  },
  'clustermesh.config.enabled': flag(undefined, false),
  'clustermesh.config.domain': text(undefined, 'mesh.cilium.io'),
  'clustermesh.config.clusters': list(),
} as const satisfies Readonly<Record<string, Row>>;

type Chart = typeof chart;
export type ValuePath = keyof Chart;

/** Helm values as a flat map of dotted paths, e.g. `loadBalancer.mode` → `dsr`. */
export type HelmValues = { readonly [P in ValuePath]?: TypeOf<Chart[P]['kind']> };

/** Every value that is set, and the chart's defaults for those that are not. */
export type EffectiveValues = HelmValues & {
  readonly [P in ValuePath as undefined extends Chart[P]['otherwise'] ? never : P]: TypeOf<Chart[P]['kind']>;
};

const rows: readonly (readonly [path: string, row: Row])[] = Object.entries(chart);

export const isIn = ({ from = '0.0', before }: Pick<Row, 'from' | 'before'>, version: string): boolean =>
  isAtLeast(version, from) && (before === undefined || !isAtLeast(version, before));

export function withDefaults(values: HelmValues, version: string): EffectiveValues {
  const defaults = rows.flatMap(([path, { otherwise, changed }]) => {
    const value = changed !== undefined && isAtLeast(version, changed[0]) ? changed[1] : otherwise;
    return value === undefined ? [] : [[path, value] as const];
  });
  return { ...Object.fromEntries(defaults), ...values } as EffectiveValues;
}

/** The options of `cilium-config` that the chart of this version makes of values. */
export function optionsOf(values: EffectiveValues, version: string): Record<string, string> {
  const given = new Map<string, unknown>(Object.entries(values));
  const options = rows.flatMap(([path, { option, ...row }]) => {
    const value = given.get(path);
    if (option === undefined || value === undefined || !isIn(row, version)) return [];
    return [[option, Array.isArray(value) ? value.join(' ') : String(value)]];
  });
  return Object.fromEntries(options);
}

/** @throws Error naming every value that nobody knows, that this version lacks, or that is not of its kind */
export function checked(values: Readonly<Record<string, unknown>>, version: string): HelmValues {
  const known = new Map(rows);
  const problems = Object.entries(values).flatMap(([path, value]) => {
    const found = known.get(path);
    if (found === undefined) {
      const [near] = nearest(path, [...known.keys()], 1);
      return [`${path} is not a value that the lab knows; the nearest is ${near}`];
    }
    if (!isIn(found, version)) {
      const { from, before } = found;
      const range = [from && `from ${from} on`, before && `before ${before}`].filter(Boolean).join(', ');
      return [`${path}: Cilium ${version} does not have it; the lab knows it ${range}`];
    }
    const { kind } = found;
    const expected = typeof kind === 'string' ? `a ${kind}` : kind.join(' or ');
    return fits(kind, value) ? [] : [`${path}=${JSON.stringify(value)}: expected ${expected}`];
  });
  if (problems.length > 0) throw new Error(`helm values: ${problems.join('; ')}`);
  return values as HelmValues;
}

const fits = (kind: Kind, value: unknown): boolean =>
  typeof kind === 'string'
    ? kind === (Array.isArray(value) ? 'list' : typeof value)
    : kind.some(word => word === value);
