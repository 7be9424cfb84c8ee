/** An option of `cilium-config`, and where the chart takes it from. */
export interface ChartEntry {
  readonly option: string;
  /** The helm value, as a dotted path. */
  readonly value?: string;
  /** What the chart writes when the value is not set. */
  readonly chartDefault?: string;
  /** Of entries without a helm value. */
  readonly always?: string;
  /** First version that has it. */
  readonly from?: `${number}.${number}`;
  /** First version that has it no more. */
  readonly before?: `${number}.${number}`;
}

/** Where the image's init containers would put things on a node: the chart's own paths. */
export const paths = {
  configDirectory: '/tmp/cilium/config-map',
  cniConfiguration: '/host/etc/cni/net.d/05-cilium.conflist',
  meshConfiguration: '/var/lib/cilium/clustermesh',
  /** The chart's is /etc/config, which is this machine's own where Cilium comes without an image: the agent is told. */
} as const;

const always = (option: string, text: string): ChartEntry => ({ option, always: text });
const value = (option: string, path: string, chartDefault?: string): ChartEntry => ({
  option,
  value: path,
  ...(chartDefault === undefined ? {} : { chartDefault }),
});

/** In the order of the chart's template (1.17 to 1.20). */
export const chart: readonly ChartEntry[] = [
  always('identity-allocation-mode', 'crd'),
  always('identity-heartbeat-timeout', '30m0s'),
  always('identity-gc-interval', '15m0s'),
  always('cilium-endpoint-gc-interval', '5m0s'),
  always('nodes-gc-interval', '5m0s'),
  value('debug', 'debug.enabled', 'false'),
  value('enable-policy', 'policyEnforcementMode', 'default'),
  always('enable-ipv4', 'true'),
  value('enable-ipv6', 'ipv6.enabled', 'false'),
  value('monitor-aggregation', 'bpf.monitorAggregation', 'medium'),
  always('monitor-aggregation-interval', '5s'),
  always('monitor-aggregation-flags', 'all'),
  value('bpf-map-dynamic-size-ratio', 'bpf.mapDynamicSizeRatio', '0.0025'),
  always('bpf-policy-map-max', '16384'),
  value('bpf-lb-map-max', 'bpf.lbMapMax', '65536'),
  value('bpf-lb-external-clusterip', 'bpf.lbExternalClusterIP', 'false'),
  value('bpf-lb-algorithm-annotation', 'bpf.lbAlgorithmAnnotation', 'false'),
  value('bpf-lb-mode-annotation', 'bpf.lbModeAnnotation', 'false'),
  value('preallocate-bpf-maps', 'bpf.preallocateMaps', 'false'),
  value('cluster-name', 'cluster.name', 'default'),
  value('cluster-id', 'cluster.id', '0'),
  value('routing-mode', 'routingMode', 'tunnel'),
  value('tunnel-protocol', 'tunnelProtocol', 'vxlan'),
  value('service-no-backend-response', 'serviceNoBackendResponse', 'reject'),
  value('enable-l7-proxy', 'l7Proxy', 'true'),
  value('external-envoy-proxy', 'envoy.enabled', 'true'),
  value('enable-ipv4-masquerade', 'enableIPv4Masquerade', 'true'),
  always('enable-ipv6-masquerade', 'true'),
  value('enable-tcx', 'bpf.enableTCX', 'true'),
  value('datapath-mode', 'bpf.datapathMode', 'veth'),
  value('enable-bpf-masquerade', 'bpf.masquerade', 'false'),
  value('enable-masquerade-to-route-source', 'enableMasqueradeRouteSource', 'false'),
  value('enable-ip-masq-agent', 'ipMasqAgent.enabled'),
  always('enable-xt-socket-fallback', 'true'),
  value('install-no-conntrack-iptables-rules', 'installNoConntrackIptablesRules', 'false'),
  value('auto-direct-node-routes', 'autoDirectNodeRoutes', 'false'),
  value('direct-routing-skip-unreachable', 'directRoutingSkipUnreachable', 'false'),
  value('ipv4-native-routing-cidr', 'ipv4NativeRoutingCIDR'),
  value('devices', 'devices'),
  value('kube-proxy-replacement', 'kubeProxyReplacement', 'false'),
  value('kube-proxy-replacement-healthz-bind-address', 'kubeProxyReplacementHealthzBindAddr', ''),
  value('bpf-lb-sock', 'socketLB.enabled', 'false'),
  value('bpf-lb-sock-hostns-only', 'socketLB.hostNamespaceOnly'),
  value('direct-routing-device', 'nodePort.directRoutingDevice'),
  value('enable-health-check-nodeport', 'nodePort.enableHealthCheck', 'true'),
  value('enable-health-check-loadbalancer-ip', 'nodePort.enableHealthCheckLoadBalancerIP', 'false'),
  always('node-port-bind-protection', 'true'),
  always('enable-auto-protect-node-port-range', 'true'),
  value('bpf-lb-mode', 'loadBalancer.mode'),
  value('bpf-lb-algorithm', 'loadBalancer.algorithm'),
  value('bpf-lb-acceleration', 'loadBalancer.acceleration', 'disabled'),
  value('bpf-lb-dsr-dispatch', 'loadBalancer.dsrDispatch'),
  value('enable-service-topology', 'loadBalancer.serviceTopology'),
  value('bpf-lb-maglev-table-size', 'maglev.tableSize'),
  value('bpf-lb-maglev-hash-seed', 'maglev.hashSeed'),
  value('enable-k8s-networkpolicy', 'k8sNetworkPolicy.enabled', 'true'),
  always('write-cni-conf-when-ready', paths.cniConfiguration),
  always('cni-exclusive', 'true'),
  always('cni-log-file', '/var/run/cilium/cilium-cni.log'),
  value('enable-endpoint-health-checking', 'endpointHealthChecking.enabled', 'true'),
  value('enable-health-checking', 'healthChecking', 'true'),
  always('enable-well-known-identities', 'false'),
  always('synchronize-k8s-nodes', 'true'),
  always('operator-api-serve-addr', '127.0.0.1:9234'),
  value('enable-hubble', 'hubble.enabled', 'true'),
  value('ipam', 'ipam.mode', 'cluster-pool'),
  always('ipam-cilium-node-update-rate', '15s'),
  value('cluster-pool-ipv4-cidr', 'ipam.operator.clusterPoolIPv4PodCIDRList'),
  value('cluster-pool-ipv4-mask-size', 'ipam.operator.clusterPoolIPv4MaskSize'),
  value('default-lb-service-ipam', 'defaultLBServiceIPAM', 'lbipam'),
  value('enable-egress-gateway', 'egressGateway.enabled'),
  value('enable-l2-announcements', 'l2announcements.enabled'),
  value('l2-announcements-lease-duration', 'l2announcements.leaseDuration'),
  value('l2-announcements-renew-deadline', 'l2announcements.leaseRenewDeadline'),
  value('l2-announcements-retry-period', 'l2announcements.leaseRetryPeriod'),
  value('enable-bgp-control-plane', 'bgpControlPlane.enabled'),
  value('bgp-secrets-namespace', 'bgpControlPlane.secretsNamespace.name', 'kube-system'),
  value('enable-bgp-control-plane-status-report', 'bgpControlPlane.statusReport.enabled', 'true'),
  {
    ...value('bgp-router-id-allocation-mode', 'bgpControlPlane.routerIDAllocation.mode', 'default'),
    from: '1.18',
  },
  {
    ...value('enable-bgp-legacy-origin-attribute', 'bgpControlPlane.legacyOriginAttribute.enabled', 'false'),
    from: '1.19',
  },
  always('bpf-root', '/sys/fs/bpf'),
  always('cgroup-root', '/run/cilium/cgroupv2'),
  value('enable-sctp', 'sctp.enabled', 'false'),
  always('k8s-client-qps', '10'),
  always('k8s-client-burst', '20'),
  always('operator-k8s-client-qps', '100'),
  always('operator-k8s-client-burst', '200'),
  always('remove-cilium-node-taints', 'true'),
  always('set-cilium-node-taints', 'true'),
  always('set-cilium-is-up-condition', 'true'),
  { ...always('unmanaged-pod-watcher-interval', '15'), before: '1.19' },
  { ...always('unmanaged-pod-watcher-interval', '15s'), from: '1.19' },
  always('agent-not-ready-taint-key', 'node.cilium.io/agent-not-ready'),
  value('max-connected-clusters', 'clustermesh.maxConnectedClusters', '255'),
  { ...value('clustermesh-cache-ttl', 'clustermesh.cacheTTL', '0s'), from: '1.19' },
  value('clustermesh-enable-endpoint-sync', 'clustermesh.enableEndpointSliceSynchronization', 'false'),
  value('clustermesh-enable-mcs-api', 'clustermesh.enableMCSAPISupport', 'false'),
  {
    ...value('policy-default-local-cluster', 'clustermesh.policyDefaultLocalCluster', 'false'),
    from: '1.18',
    before: '1.19',
  },
  {
    ...value('policy-default-local-cluster', 'clustermesh.policyDefaultLocalCluster', 'true'),
    from: '1.19',
  },
  { ...value('mesh-auth-enabled', 'authentication.enabled', 'true'), before: '1.19' },
];
