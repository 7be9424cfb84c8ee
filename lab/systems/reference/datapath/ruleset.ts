import type { Ipv4Range } from '../../../../helpers/ipv4.ts';
import { formatIpv4 } from '../../../../helpers/ipv4.ts';
import type { Backend } from '../backend.ts';
import type { Faults } from '../faults.ts';
import type { Frontend, Scope } from './frontends.ts';
import { wrongWayMark } from './routes.ts';
import { tunnelDevice } from './tunnel/routes.ts';

/** What a node's rules are made from. */
export interface NodeRules {
  readonly podCidr: string;
  readonly routerAddress: string;
  readonly podAddresses: readonly string[];
  readonly frontends: readonly Frontend[];
  /** Addresses that belong to services (pools, assigned and external addresses): unserved, they are refused. */
  readonly serviceRanges: readonly Ipv4Range[];
  /** ClusterIPs that do not answer from outside. */
  readonly clusterIps: readonly string[];
  /** Every node's InternalIP. */
  readonly nodeAddresses: readonly string[];
  /** Pods' requests leave with the node's address, except to these prefixes and to nodes. Undefined: they never do. */
  readonly masqueradeOutside: readonly string[] | undefined;
  /** Someone else translates requests from outside. What it leaves alone is still refused here. */
  readonly outsideTakenOver: boolean;
  readonly faults: Faults;
}

/** A pod that reaches itself through a service sees this as its client (Cilium: IPV4_LOOPBACK in bpf/node_config.h). */
const hairpinSource = '169.254.42.1';
/** On the first packet of a connection from outside that was translated. */
const enteredHere = '0x10000';

/**
 * The whole of a node's nftables rules, as text for `nft -f -`, which replaces table `ip reference` in one
 * transaction. Connections that are open keep their translation: only their first packet meets these rules.
 */
export function ruleset(node: NodeRules): string {
  const refused = node.faults.has('lb-address-loops')
    ? []
    : node.frontends.filter(({ backends }) => backends.length === 0);
  const served = node.frontends.filter(
    ({ backends, scope }) => backends.length > 0 && !(node.outsideTakenOver && scope === 'outside'),
  );
  const chains = new Map<string, { name: string; frontend: Frontend }>();
  for (const frontend of served) {
    const key = chainKey(frontend);
    if (!chains.has(key)) chains.set(key, { name: `service-${chains.size}`, frontend });
  }
  const chainOf = (frontend: Frontend): string => `goto ${chains.get(chainKey(frontend))?.name ?? 'refuse'}`;

  return `${[
    // Adding the table first makes the deletion succeed the first time, too.
    'table ip reference { }',
    'delete table ip reference',
    'table ip reference {',
    ...(['inside', 'outside'] as const).flatMap(scope => [
      ...verdicts(`${scope}_addresses`, scope, 'address', served, chainOf),
      ...verdicts(`${scope}_node_ports`, scope, 'node', served, chainOf),
      ...verdicts(`${scope}_refused_addresses`, scope, 'address', refused, () => 'goto refuse'),
      ...verdicts(`${scope}_refused_node_ports`, scope, 'node', refused, () => 'goto refuse'),
    ]),
    ...addressSet(
      'service_addresses',
      node.faults.has('lb-address-loops') ? [] : node.serviceRanges.map(range),
    ),
    ...addressSet('cluster_ips', node.clusterIps),
    ...addressSet('node_addresses', node.nodeAddresses),
    ...hairpins(node.podAddresses),
    ...[...chains.values()].flatMap(({ name, frontend }) => serviceChain(name, frontend, node.faults)),
    ...refusal(),
    ...translation(),
    ...sourceTranslation(node),
    ...(node.faults.has('cilium-40521') ? wrongWay() : []),
    '}',
  ].join('\n')}\n`;
}

/** Frontends with the same backends and the same treatment share a chain. */
function chainKey(frontend: Frontend): string {
  const { scope, protocol, backends, sourceKept, affinity, service } = frontend;
  return JSON.stringify([service, scope, protocol, backends, sourceKept, affinity]);
}

function range({ first, last }: Ipv4Range): string {
  return first === last ? formatIpv4(first) : `${formatIpv4(first)}-${formatIpv4(last)}`;
}

function verdicts(
  name: string,
  scope: Scope,
  kind: 'address' | 'node',
  frontends: readonly Frontend[],
  verdict: (frontend: Frontend) => string,
): string[] {
  const elements = frontends
    .filter(frontend => frontend.scope === scope && (frontend.address === 'node') === (kind === 'node'))
    .map(frontend => {
      const port = `${frontend.protocol.toLowerCase()} . ${frontend.port}`;
      return `${kind === 'node' ? port : `${frontend.address} . ${port}`} : ${verdict(frontend)}`;
    });
  const key = kind === 'node' ? 'inet_proto . inet_service' : 'ipv4_addr . inet_proto . inet_service';
  return [`  map ${name} {`, `    type ${key} : verdict`, ...elementLines(elements), '  }'];
}

function addressSet(name: string, elements: readonly string[]): string[] {
  return [
    `  set ${name} {`,
    '    type ipv4_addr',
    '    flags interval',
    '    auto-merge',
    ...elementLines(elements),
    '  }',
  ];
}

function hairpins(pods: readonly string[]): string[] {
  const elements = [...pods].sort((one, other) => one.localeCompare(other)).map(pod => `${pod} . ${pod}`);
  return ['  set hairpins {', '    type ipv4_addr . ipv4_addr', ...elementLines(elements), '  }'];
}

function elementLines(elements: readonly string[]): string[] {
  return elements.length === 0 ? [] : [`    elements = { ${elements.join(', ')} }`];
}

function serviceChain(name: string, frontend: Frontend, faults: Faults): string[] {
  const { scope, protocol, backends, sourceKept, affinity, service } = frontend;
  const translateSource = scope === 'outside' && (!sourceKept || faults.has('lb-local-snat'));
  return [
    `  chain ${name} {`,
    `    # ${service}, from ${scope}`,
    ...(translateSource ? [`    meta mark set meta mark or ${enteredHere}`] : []),
    `    meta l4proto ${protocol.toLowerCase()} dnat ip to ${choice(backends, affinity)}`,
    '  }',
  ];
}

function choice(backends: readonly Backend[], affinity: boolean): string {
  const [only] = backends;
  if (only !== undefined && backends.length === 1) return `${only.address}:${only.port}`;
  const elements = backends.map(({ address, port }, index) => `${index} : ${address} . ${port}`);
  // The seed makes every node choose the same backend for a client.
  const number = affinity
    ? `jhash ip saddr mod ${backends.length} seed 0x5eed`
    : `numgen random mod ${backends.length}`;
  return `${number} map { ${elements.join(', ')} }`;
}

/**
 * What has no backend is answered with "port unreachable" (Cilium: service-no-backend-response=reject). A packet
 * of a connection whose backend is gone gets a reset, as ICMP would not end an open connection.
 */
function refusal(): string[] {
  return [
    '  chain refuse {',
    '    meta l4proto tcp tcp flags & syn == 0 reject with tcp reset',
    '    reject with icmp type port-unreachable',
    '  }',
    '  chain refuse_inside {',
    '    ip daddr . meta l4proto . th dport vmap @inside_refused_addresses',
    '    ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @inside_refused_node_ports',
    '    ip daddr @node_addresses meta l4proto . th dport vmap @inside_refused_node_ports',
    '  }',
    '  chain refuse_outside {',
    '    ip daddr . meta l4proto . th dport vmap @outside_refused_addresses',
    '    fib daddr type local meta l4proto . th dport vmap @outside_refused_node_ports',
    '    ip daddr @cluster_ips drop',
    '  }',
    '  chain refuse_prerouting {',
    // After connection tracking, before translation: an open connection goes on while its backend terminates.
    '    type filter hook prerouting priority -150; policy accept;',
    '    ct state != new accept',
    '    iifname "lxc*" goto refuse_inside',
    '    goto refuse_outside',
    '  }',
    '  chain refuse_output {',
    '    type filter hook output priority -150; policy accept;',
    '    ct state != new accept',
    '    goto refuse_inside',
    '  }',
    '  chain unserved_forward {',
    '    type filter hook forward priority 0; policy accept;',
    '    ip daddr @service_addresses goto refuse',
    '  }',
    '  chain unserved_output {',
    '    type filter hook output priority 0; policy accept;',
    '    ip daddr @service_addresses goto refuse',
    '  }',
  ];
}

function translation(): string[] {
  return [
    '  chain inside {',
    '    ip daddr . meta l4proto . th dport vmap @inside_addresses',
    '    ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @inside_node_ports',
    // Another node's port is translated here already (bpf/bpf_sock.c, sock4_wildcard_lookup).
    '    ip daddr @node_addresses meta l4proto . th dport vmap @inside_node_ports',
    '  }',
    '  chain outside {',
    '    ip daddr . meta l4proto . th dport vmap @outside_addresses',
    '    fib daddr type local meta l4proto . th dport vmap @outside_node_ports',
    '  }',
    '  chain translate_prerouting {',
    '    type nat hook prerouting priority dstnat; policy accept;',
    '    iifname "lxc*" goto inside',
    '    goto outside',
    '  }',
    '  chain translate_output {',
    '    type nat hook output priority -100; policy accept;',
    '    goto inside',
    '  }',
  ];
}

const intoTunnel = `oifname { ${Object.values(tunnelDevice)
  .map(device => JSON.stringify(device))
  .join(', ')} }`;

function sourceTranslation({ podCidr, routerAddress, masqueradeOutside, faults }: NodeRules): string[] {
  const inside = masqueradeOutside ?? [];
  const native = faults.has('masquerade-inside-native-cidr') ? '' : `ip daddr != { ${inside.join(', ')} } `;
  return [
    '  chain translate_postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    `    ip saddr . ip daddr @hairpins snat to ${hairpinSource}`,
    // The node's own requests got their source address on the way to the service's address; Cilium translates
    // before the source is chosen (socket load balancing), so it is chosen again here.
    `    fib saddr type local ct status dnat oifname "lxc*" snat to ${routerAddress}`,
    // Tunnel devices have no address of their own to masquerade with.
    `    fib saddr type local ct status dnat ${intoTunnel} snat to ${routerAddress}`,
    '    fib saddr type local ct status dnat oifname != "lo" masquerade',
    // A remote backend answers the node at which the request came in. A local one needs no such help.
    ...(faults.has('lb-local-snat')
      ? [`    meta mark & ${enteredHere} != 0 oifname "lxc*" snat to ${routerAddress}`]
      : []),
    `    meta mark & ${enteredHere} != 0 oifname "lxc*" return`,
    `    meta mark & ${enteredHere} != 0 ${intoTunnel} snat to ${routerAddress}`,
    faults.has('lb-cluster-wrong-source')
      ? `    meta mark & ${enteredHere} != 0 oifname != "lo" snat to ${routerAddress}`
      : `    meta mark & ${enteredHere} != 0 oifname != "lo" masquerade`,
    ...(faults.has('tunnel-inner-source-translated')
      ? [`    ip saddr ${podCidr} ${intoTunnel} snat to ${routerAddress}`]
      : []),
    ...(masqueradeOutside === undefined || faults.has('masquerade-missing')
      ? []
      : [
          `    ip saddr ${podCidr} ${native}ip daddr != @node_addresses oifname != { "lo", "cilium_host" } oifname != "lxc*" masquerade`,
        ]),
    '  }',
  ];
}

/** The fault `cilium-40521`: replies of services are marked for a routing table that knows the default route only. */
function wrongWay(): string[] {
  return [
    '  chain wrong_way {',
    '    type filter hook prerouting priority -140; policy accept;',
    `    ct direction reply ct original ip daddr @service_addresses meta mark set ${wrongWayMark}`,
    '  }',
  ];
}
