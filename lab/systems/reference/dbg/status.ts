import { type Pod, pods } from '../../../../helpers/kube/resources.ts';
import type { ClusterSpec } from '../../../contract/topology.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import { tableSize as maglevTableSize } from '../datapath/dsr/maglev.ts';
import type { DatapathSettings } from '../datapath/settings.ts';

/** What `cilium-dbg status` shows of a node (api/v1/models/status_response.go), as far as the reference system has it. */
export interface NodeFacts {
  readonly node: string;
  readonly cluster: ClusterSpec;
  readonly version: string;
  readonly podCidr: string;
  readonly internalIp: string;
  readonly routerIp: string;
  /** The node's interfaces with their IPv4 addresses, in order. */
  readonly devices: readonly { readonly name: string; readonly address: string }[];
  readonly datapath: DatapathSettings;
  readonly pods: readonly Pod[];
}

const services = ['ClusterIP', 'NodePort', 'LoadBalancer', 'externalIPs', 'HostPort'];

export function podsOn(kube: KubeClient, node: string): Pod[] {
  return kube.list(pods).filter(pod => pod.spec.nodeName === node && pod.spec.hostNetwork !== true);
}

function allocations(facts: NodeFacts): Record<string, string> {
  const owners = facts.pods.flatMap(({ metadata, status }): [string, string][] =>
    status?.podIP === undefined ? [] : [[status.podIP, `${metadata.namespace}/${metadata.name}`]],
  );
  return Object.fromEntries([...owners, [facts.routerIp, 'router']]);
}

function ipamLine(facts: NodeFacts): string {
  const size = 2 ** (32 - Number(facts.podCidr.split('/')[1])) - 2;
  return `IPv4: ${Object.keys(allocations(facts)).length}/${size} allocated from ${facts.podCidr}, `;
}

export function statusModel(facts: NodeFacts): Record<string, unknown> {
  const { loadBalancer, masquerade, nativeRoutingCidr, ipMasqAgent, routingMode, tunnelProtocol } =
    facts.datapath;
  const dsr = loadBalancer.mode === 'dsr';
  const maglev = loadBalancer.algorithm === 'maglev';
  const enabled = { enabled: true };
  return {
    cilium: { msg: facts.version, state: 'Ok' },
    cluster: { nodes: null, self: facts.node },
    'cni-chaining': { mode: 'none' },
    'datapath-mode': 'veth',
    encryption: { mode: 'Disabled' },
    'host-firewall': { mode: 'Disabled' },
    hubble: { state: 'Disabled' },
    'identity-range': { 'max-identity': 65_535, 'min-identity': 256 },
    ipam: {
      allocations: allocations(facts),
      ipv4: Object.keys(allocations(facts)),
      ipv6: null,
      status: ipamLine(facts),
    },
    'kube-proxy-replacement': {
      deviceList: facts.devices.map(({ name, address }) => ({ ip: [address], name })),
      devices: facts.devices.map(({ name }) => name),
      directRoutingDevice: facts.devices.find(({ address }) => address === facts.internalIp)?.name ?? '',
      features: {
        externalIPs: enabled,
        hostPort: enabled,
        nat46X64: {},
        nodePort: {
          acceleration: 'Disabled',
          algorithm: maglev ? 'Maglev' : 'Random',
          dsrMode: dsr && loadBalancer.dsrDispatch === 'geneve' ? 'Geneve' : 'IP Option/Extension',
          ...enabled,
          ...(maglev ? { lutSize: maglevTableSize } : {}),
          mode: dsr ? 'DSR' : 'SNAT',
          portMax: 32_767,
          portMin: 30_000,
        },
        sessionAffinity: enabled,
        socketLB: enabled,
      },
      mode: 'True',
    },
    kubernetes: { msg: `${facts.cluster.kubernetesVersion} [linux/amd64]`, state: 'Ok' },
    kvstore: { state: 'Disabled' },
    masquerading: {
      enabled: masquerade,
      ...(ipMasqAgent ? { 'ip-masq-agent': true } : {}),
      enabledProtocols: { ipv4: masquerade },
      mode: 'BPF',
      'snat-exclusion-cidr': nativeRoutingCidr,
      'snat-exclusion-cidr-v4': nativeRoutingCidr,
    },
    routing: {
      'inter-host-routing-mode': routingMode === 'tunnel' ? 'Tunnel' : 'Native',
      'intra-host-routing-mode': 'Legacy',
      ...(routingMode === 'tunnel' ? { 'tunnel-protocol': tunnelProtocol } : {}),
    },
  };
}

/** `verbose` adds addresses and the details of what stands in for kube-proxy. */
export function statusText(facts: NodeFacts, verbose: boolean): string {
  const { loadBalancer, masquerade, nativeRoutingCidr, ipMasqAgent, routingMode, tunnelProtocol } =
    facts.datapath;
  const network = routingMode === 'tunnel' ? `Tunnel [${tunnelProtocol}]` : 'Native';
  const devices = facts.devices
    .map(
      ({ name, address }) => `${name}   ${address}${address === facts.internalIp ? ' (Direct Routing)' : ''}`,
    )
    .join(', ');
  const names = facts.devices.map(({ name }) => name).join(', ');
  const line = (label: string, text: string): string => `${`${label}:`.padEnd(24)}${text}`;
  const addresses = Object.entries(allocations(facts)).map(([address, owner]) => `  ${address} (${owner})`);
  return [
    line('KVStore', 'Disabled   '),
    line('Kubernetes', `Ok         ${facts.cluster.kubernetesVersion} [linux/amd64]`),
    line('KubeProxyReplacement', `True   [${devices}]`),
    line('Host firewall', 'Disabled'),
    line('CNI Chaining', 'none'),
    line('Cilium', `Ok   ${facts.version} (reference system, not Cilium)`),
    line('IPAM', ipamLine(facts)),
    ...(verbose ? ['Allocated addresses:', ...addresses] : []),
    line('Routing', `Network: ${network}   Host: Legacy`),
    line('Device Mode', 'veth'),
    line(
      'Masquerading',
      masquerade
        ? `BPF${ipMasqAgent ? ' (ip-masq-agent)' : ''}   [${names}]   ${nativeRoutingCidr}  [IPv4: Enabled, IPv6: Disabled]`
        : 'Disabled',
    ),
    line('Global Identity Range', 'min 256, max 65535'),
    line('Hubble', 'Disabled'),
    ...(verbose ? replacementDetails(loadBalancer, devices) : []),
    line('Encryption', 'Disabled   '),
    '',
  ].join('\n');
}

function replacementDetails(loadBalancer: DatapathSettings['loadBalancer'], devices: string): string[] {
  const dsr = loadBalancer.mode === 'dsr';
  const selection =
    loadBalancer.algorithm === 'maglev' ? `Maglev (Table Size: ${maglevTableSize})` : 'Random';
  const dispatch = loadBalancer.dsrDispatch === 'geneve' ? 'Geneve' : 'IP Option/Extension';
  const rows: readonly (readonly [label: string, text: string])[] = [
    ['  Status:', 'True'],
    ['  Socket LB:', 'Enabled'],
    ['  Socket LB Coverage:', 'Full'],
    ['  Devices:', devices],
    ['  Mode:', dsr ? 'DSR' : 'SNAT'],
    ...(dsr ? ([['    DSR Dispatch Mode:', dispatch]] as const) : []),
    ['  Backend Selection:', selection],
    ['  Session Affinity:', 'Enabled'],
    ['  NAT46/64 Support:', 'Disabled'],
    ['  XDP Acceleration:', 'Disabled'],
  ];
  // As Go's tabwriter aligns them: three blanks after the longest label.
  const width = Math.max(...rows.map(([label]) => label.length)) + 3;
  return [
    'KubeProxyReplacement Details:',
    ...rows.map(([label, text]) => `${label.padEnd(width)}${text}`),
    '  Services:',
    ...services.map(name => {
      const range = name === 'NodePort' ? ' (Range: 30000-32767)' : '';
      return `  - ${`${name}:`.padEnd(16)}Enabled${range}`;
    }),
  ];
}

/** `cilium-dbg config --all`, in its `Name : value` lines: the settings the reference system has. */
export function configText(
  facts: NodeFacts,
  secretsNamespace: string,
  statusReport: boolean,
  all: boolean,
): string {
  const { datapath: settings } = facts;
  const lines = (entries: Readonly<Record<string, unknown>>): string[] =>
    Object.entries(entries).map(([name, value]) => `${name.padEnd(34)}: ${String(value)}`);
  const readOnly = {
    BGPSecretsNamespace: secretsNamespace,
    EnableAutoDirectRouting: settings.autoDirectNodeRoutes,
    EnableBGPControlPlane: true,
    EnableBGPControlPlaneStatusReport: statusReport,
    EnableIPv4: true,
    EnableIPv4Masquerade: settings.masquerade,
    IPAM: 'cluster-pool',
    IPv4NativeRoutingCIDR: settings.nativeRoutingCidr,
    RoutingMode: settings.routingMode,
  };
  const readWrite = { Debug: 'Disabled', PolicyAuditMode: 'Disabled', PolicyEnforcement: 'default' };
  return [
    ...(all ? ['#### Read-only configurations ####', ...lines(readOnly)] : []),
    '##### Read-write configurations #####',
    ...lines(readWrite),
    '',
  ].join('\n');
}
