import type { HelmValues } from '../../helpers/cilium/chart.ts';

/**
 * A topology is data: hosts, networks, addresses, AS numbers, clusters. Router configuration, manifests,
 * expectations and the picture are derived from it; nothing of it is stated a second time elsewhere.
 * Addresses are IPv4 in dotted notation, prefixes and interface addresses carry their length (`a.b.c.d/n`).
 */
export interface Topology {
  readonly name: 'bgp' | 'mesh';
  /** Layer-2 segments. */
  readonly networks: readonly { readonly name: string; readonly prefix: string }[];
  readonly hosts: readonly HostSpec[];
  readonly router?: RouterSpec;
  readonly clusters: readonly ClusterSpec[];
  /** The clusters form a Cluster Mesh. */
  readonly mesh?: {
    /** Where each cluster offers its state to the others, on all of its nodes. */
    readonly nodePort: number;
  };
}

export interface HostSpec {
  readonly name: string;
  readonly role: 'router' | 'node';
  readonly interfaces: readonly {
    readonly name: string;
    readonly network: string;
    readonly address: string;
  }[];
  /** Interfaces without a wire, holding a network of their own (the router's loop1, loop2). */
  readonly loopbacks?: readonly { readonly name: string; readonly address: string }[];
  readonly routes?: readonly { readonly to: string; readonly via: string }[];
}

/** Every host has this uplink with the default route, as VirtualBox's NAT gives each machine. */
export const uplink = { interface: 'eth0', address: '10.0.2.15/24', gateway: '10.0.2.2' } as const;

export interface RouterSpec {
  readonly host: string;
  readonly asn: number;
  readonly routerId: string;
  /** Prefixes the router originates. */
  readonly networks: readonly string[];
  readonly maximumPaths: number;
}

export interface ClusterSpec {
  readonly name: string;
  readonly id: number;
  readonly controlPlane: string;
  /** Host names, in the order in which PodCIDRs are given out. */
  readonly nodes: readonly string[];
  readonly podCidr: string;
  readonly podCidrMaskSize: number;
  readonly serviceCidr: string;
  readonly kubernetesVersion: string;
  readonly asn?: number;
  /** Helm values the documents install Cilium with, as far as they do not follow from the rest. */
  readonly values?: HelmValues;
}

/** @throws Error naming the topology and its hosts */
export function hostSpec(topology: Topology, name: string): HostSpec {
  const found = topology.hosts.find(host => host.name === name);
  if (found === undefined) {
    const known = topology.hosts.map(host => host.name).join(', ');
    throw new Error(`topology ${topology.name} has no host ${name}; it has ${known}`);
  }
  return found;
}

/** The address (without length) by which other hosts know this one: that of its first interface. */
export function hostAddress(topology: Topology, name: string): string {
  const [first] = hostSpec(topology, name).interfaces;
  if (first === undefined) throw new Error(`host ${name} of topology ${topology.name} has no interface`);
  return first.address.split('/')[0] as string;
}
