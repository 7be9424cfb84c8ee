import { shellQuote } from '../../../helpers/ssh.ts';
import { hostAddress } from '../../contract/topology.ts';
import { hostNetworkScript } from '../../topologies/host-network.ts';
import {
  type ClusterPlan,
  type KindPlan,
  type MachinePlan,
  type NetworkPlan,
  ownershipLabel,
} from './plan.ts';

/** The argv of what the provider runs, so that it can be looked at without a Docker engine. */

/**
 * A segment. Docker's own idea of a network is in the way twice: it gives the bridge an address, and with it routes
 * this machine's traffic for the prefix there (which may be somebody's real network); and it masquerades what leaves a
 * prefix by another bridge, which bridged frames do too where bridge-nf-call-iptables is on. Frames of other prefixes
 * pass: an `--internal` network would drop what the router forwards.
 */
export const createNetwork = (plan: KindPlan, network: NetworkPlan): string[] => [
  ...['docker', 'network', 'create', '--driver', 'bridge', '--subnet', network.prefix],
  ...['--opt', `com.docker.network.bridge.name=${network.bridge}`],
  ...['--opt', 'com.docker.network.bridge.inhibit_ipv4=true'],
  ...['--opt', 'com.docker.network.bridge.enable_ip_masquerade=false'],
  ...['--label', `${ownershipLabel}=${plan.topology.name}`, network.name],
];

/** The uplinks: any prefix that is free, with a way out. */
export const createUplink = (plan: KindPlan): string[] => [
  ...['docker', 'network', 'create', '--driver', 'bridge'],
  ...['--label', `${ownershipLabel}=${plan.topology.name}`, plan.uplink],
];

export const buildImage = (tag: string, base: string, dockerfile: string, context: string): string[] => [
  ...['docker', 'build', '--quiet', '--tag', tag, '--build-arg', `BASE=${base}`],
  ...['--file', dockerfile, context],
];

/** Resolves when kubeadm is through everywhere: nodes are not ready before they have a CNI. The config is the input. */
export const createCluster = (cluster: ClusterPlan, image: string, kubeconfig: string): string[] => [
  ...['kind', 'create', 'cluster', '--name', cluster.name, '--image', image],
  ...['--config', '-', '--kubeconfig', kubeconfig, '--wait', '0s'],
];

/** kind takes its nodes' first network from the environment only. */
export const kindEnvironment = (plan: KindPlan): Record<string, string> => ({
  KIND_EXPERIMENTAL_PROVIDER: 'docker',
  KIND_EXPERIMENTAL_DOCKER_NETWORK: plan.uplink,
});

export const deleteCluster = (name: string, kubeconfig: string): string[] => [
  ...['kind', 'delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig],
];

/** Writable sysctls and links of its own ask for a privileged container, as kind's nodes are. */
export const runRouter = (plan: KindPlan, router: MachinePlan, image: string): string[] => [
  ...['docker', 'run', '--detach', '--privileged', '--name', router.container],
  ...['--hostname', router.host.name, '--network', plan.uplink],
  ...['--label', `${ownershipLabel}=${plan.topology.name}`, image],
];

/** Plugs a machine in. An interface takes the next name: eth1, eth2, … */
export const connectMachine = (machine: MachinePlan): string[][] =>
  machine.attachments.map(({ network, address }) => [
    ...['docker', 'network', 'connect', '--ip', address, network, machine.container],
  ]);

export const uplinkGateway = (plan: KindPlan, machine: MachinePlan): string[] => [
  ...['docker', 'inspect', '--format', `{{(index .NetworkSettings.Networks "${plan.uplink}").Gateway}}`],
  machine.container,
];

/**
 * Addresses, routes and settings. Docker gives the default route to whichever network comes first by name (or by
 * priority, since version 28): the uplink takes it back.
 */
export const configureNetwork = (
  machine: MachinePlan,
  gateway: string,
): { argv: string[]; input: string } => ({
  argv: ['docker', 'exec', '--interactive', machine.container, 'sh', '-s'],
  input: hostNetworkScript(machine.host, gateway),
});

export const writeFrrConfig = (router: MachinePlan): string[] => [
  ...['docker', 'exec', '--interactive', router.container, 'tee', '/etc/frr/frr.conf'],
];

export const frrScript = '/usr/lib/frr/frrinit.sh';

export const startFrr = (router: MachinePlan): string[] => [
  ...['docker', 'exec', router.container, frrScript, 'start'],
];

/**
 * kind registers a node with its address on the uplink. What the documents' nodes are known by is their address on the
 * lab's own network: kubeadm left it to the kubelet in a file, where it is changed, once.
 */
export function setNodeAddress(plan: KindPlan, node: MachinePlan): string[] {
  const address = hostAddress(plan.topology, node.host.name);
  const file = '/var/lib/kubelet/kubeadm-flags.env';
  const script = [
    `grep -q -- ${shellQuote([`--node-ip=${address}[ "]`])} ${file} && exit 0`,
    `grep -q -- '--node-ip=' ${file} || { echo 'kubeadm left no --node-ip in ${file}' >&2; exit 1; }`,
    `sed -i 's/--node-ip=[^ "]*/--node-ip=${address}/' ${file}`,
    'systemctl restart kubelet',
  ].join('\n');
  return ['docker', 'exec', node.container, 'sh', '-euc', script];
}

/** `NAME` of every container, then of every network, that carries our label, of one topology or of all. */
export const listContainers = (topology?: string): string[] => [
  ...['docker', 'ps', '--all', '--format', '{{.Names}}', '--filter', ours(topology)],
];
export const listNetworks = (topology?: string): string[] => [
  ...['docker', 'network', 'ls', '--format', '{{.Name}}', '--filter', ours(topology)],
];
const ours = (topology: string | undefined): string =>
  `label=${ownershipLabel}${topology === undefined ? '' : `=${topology}`}`;

/** Containers of a kind cluster, which kind labels itself. */
export const listNodes = (cluster: ClusterPlan): string[] => [
  ...['docker', 'ps', '--all', '--format', '{{.Names}}', '--filter'],
  `label=io.x-k8s.kind.cluster=${cluster.name}`,
];

export const removeContainers = (names: readonly string[]): string[] => [
  ...['docker', 'rm', '--force', '--volumes', ...names],
];
export const removeNetworks = (names: readonly string[]): string[] => ['docker', 'network', 'rm', ...names];
