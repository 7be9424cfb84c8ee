import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type HostSpec, hostAddress, type Topology } from '../../contract/topology.ts';
import { frrConfig } from '../../topologies/frr-config.ts';
import { hostNetworkScript } from '../../topologies/host-network.ts';
import { machinePackages, vagrantBoxes } from '../../versions.ts';

/** What the Vagrantfile reads: every machine of a topology, and the steps that make it one. */
export interface MachinesFile {
  /** In front of the names of virtual machines and networks, which are this machine's and not Vagrant's alone. */
  readonly prefix: string;
  readonly boxes: Boxes;
  readonly bootTimeoutSeconds: number;
  /** In the order in which they are brought up. */
  readonly machines: readonly MachineFile[];
}

export type Boxes = Readonly<
  Record<'virtualbox' | 'libvirt', { readonly name: string; readonly version?: string }>
>;

export interface MachineFile {
  readonly name: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly interfaces: readonly {
    readonly name: string;
    /** The virtual network's name. */
    readonly network: string;
    readonly address: string;
    readonly netmask: string;
    readonly mac: string;
  }[];
  readonly steps: readonly Step[];
}

export interface Step {
  readonly name: string;
  /** An absolute path on this machine. */
  readonly script: string;
  readonly args: readonly string[];
}

const provisioning = fileURLToPath(new URL('../../provisioning/', import.meta.url));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const scriptOf = (name: string): string => path.join(provisioning, name);

/** The documents' sizes. */
const sizes = {
  router: { cpus: 1, memoryMiB: 768 },
  controlPlane: { cpus: 2, memoryMiB: 2560 },
  worker: { cpus: 2, memoryMiB: 1536 },
} as const;

/** @throws Error when no packages are pinned for the topology's Kubernetes version */
export function machinesFile(topology: Topology, boxes: Boxes = vagrantBoxes): MachinesFile {
  const order = [...topology.hosts].sort((a, b) => rank(topology, a) - rank(topology, b));
  const prefix = `conformance-${topology.name}`;
  return {
    prefix,
    boxes,
    bootTimeoutSeconds: 600,
    machines: order.map(host => ({
      name: host.name,
      ...sizes[kindOf(topology, host)],
      interfaces: host.interfaces.map(({ name, network, address }) => {
        const [dotted = '', length = ''] = address.split('/');
        return {
          name,
          network: `${prefix}-${network}`,
          address: dotted,
          netmask: netmask(Number(length)),
          mac: macOf(dotted),
        };
      }),
      steps: stepsOf(topology, host),
    })),
  };
}

/** The router first, so that nodes find their routes; then control planes, which the others join. */
const rank = (topology: Topology, host: HostSpec): number =>
  ['router', 'controlPlane', 'worker'].indexOf(kindOf(topology, host));

function kindOf(topology: Topology, host: HostSpec): keyof typeof sizes {
  if (host.role === 'router') return 'router';
  return topology.clusters.some(({ controlPlane }) => controlPlane === host.name) ? 'controlPlane' : 'worker';
}

function stepsOf(topology: Topology, host: HostSpec): Step[] {
  const common = [
    {
      name: 'tools',
      script: scriptOf('install-tools.sh'),
      args: [base64(readFileSync(scriptOf('install-packages.sh'), 'utf8'))],
    },
    { name: 'network', script: scriptOf('network.sh'), args: networkArgs(topology, host) },
  ];
  if (host.role === 'router') {
    if (topology.router === undefined)
      throw new Error(`topology ${topology.name} says nothing of its router's BGP`);
    const config = base64(frrConfig(topology.router));
    return [...common, { name: 'frr', script: scriptOf('frr.sh'), args: [config] }];
  }
  const cluster = topology.clusters.find(({ nodes }) => nodes.includes(host.name));
  const packages = machinePackages[cluster?.kubernetesVersion ?? ''];
  if (packages === undefined) {
    throw new Error(`no packages are pinned for Kubernetes ${cluster?.kubernetesVersion} (lab/versions.ts)`);
  }
  const args = [packages.kubernetes, packages.containerd];
  return [...common, { name: 'kubernetes', script: scriptOf('kubernetes.sh'), args }];
}

function networkArgs(topology: Topology, host: HostSpec): string[] {
  const hosts = topology.hosts.map(({ name }) => `${hostAddress(topology, name)} ${name}\n`).join('');
  return [
    base64(hostNetworkScript(host)),
    base64(hosts),
    ...host.interfaces.map(({ name, address }) => `${macOf(address.split('/')[0] ?? '')}=${name}`),
  ];
}

/** A locally administered address that says which IPv4 address it belongs to. */
export const macOf = (address: string): string =>
  ['02', '0c', ...address.split('.').map(byte => Number(byte).toString(16).padStart(2, '0'))].join(':');

export const netmask = (length: number): string =>
  [0, 8, 16, 24].map(from => 256 - 2 ** (8 - Math.min(Math.max(length - from, 0), 8))).join('.');
