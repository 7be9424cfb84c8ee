import { output } from '../../../helpers/exec.ts';
import { frr } from '../../../helpers/frr.ts';
import type { Capability } from '../../contract/lab.ts';
import { whyNoOperator } from '../../systems/installed/agents.ts';
import {
  collect,
  type Detected,
  whyNoGeneveDsr,
  whyNoRouter,
  whyNoTunnel,
} from '../../systems/installed/detect.ts';
import { neighborLines } from '../../topologies/frr-config.ts';
import type { SshHost } from '../ssh-host.ts';
import type { Access } from './access.ts';
import { messageOf } from './clusters.ts';
import type { Found } from './connect.ts';
import { neverHere } from './footprint.ts';
import type { Inventory } from './inventory.ts';
import { releaseOf } from './lab.ts';

/** What can be done on a user's lab: what is there, and what its owner allows. */
export async function capabilitiesOf(
  { inventory, hosts, kubes }: Access,
  { topology, systems }: Found,
): Promise<Detected> {
  const router = hosts.get(inventory.router?.host ?? '');
  const nodes = inventory.clusters.flatMap(cluster => cluster.nodes.map(node => hosts.get(node) as SshHost));
  const [system] = Object.values(systems);
  return collect({
    router: await whyNotRouted(inventory, topology, router),
    'restart-agents': await whyNoAgents(inventory, nodes),
    'restart-operator': await whyNoOperatorIn(inventory, kubes),
    configure: await whyNotConfigurable(inventory),
    'geneve-dsr': hasOwnControls() ? undefined : await whyNoGeneveDsr(nodes, system?.configuration ?? {}),
    'vxlan-tunnel': await whyNoTunnel(nodes, 'vxlan'),
    'geneve-tunnel': hasOwnControls() ? undefined : await whyNoTunnel(nodes, 'geneve'),
    ...neverHere,
  } satisfies Record<Capability, string | undefined>);
}

/** LAB_CONTROLS: a module controls Cilium; helm releases and agent processes are not looked for. */
export const hasOwnControls = (): boolean => process.env.LAB_CONTROLS !== undefined;

async function whyNotRouted(
  { allow, router: named }: Inventory,
  topology: Found['topology'],
  router: SshHost | undefined,
): Promise<string | undefined> {
  if (router === undefined || named === undefined || topology.router === undefined)
    return 'the inventory has no router';
  const why = await whyNoRouter(router, topology.router.asn);
  if (why !== undefined || allow.has('router-neighbors')) return why;
  const running = await frr(router).runningConfig();
  return neighborLines(topology).every(line => running.includes(` ${line}\n`))
    ? undefined
    : 'the nodes are no neighbours of the router, and to make them is not allowed (router-neighbors)';
}

async function whyNoAgents({ allow }: Inventory, nodes: readonly SshHost[]): Promise<string | undefined> {
  if (!allow.has('restart-agents')) return 'not allowed (restart-agents)';
  if (hasOwnControls()) return undefined;
  const all = await Promise.all(
    nodes.map(async host => [host.name, await host.exec(['pgrep', '-x', 'cilium-agent'])] as const),
  );
  const without = all.filter(([, { code }]) => code !== 0).map(([name]) => name);
  return without.length === 0 ? undefined : `no process cilium-agent on ${without.join(', ')}`;
}

async function whyNoOperatorIn({ allow }: Inventory, kubes: Access['kubes']): Promise<string | undefined> {
  if (!allow.has('restart-agents')) return 'not allowed (restart-agents)';
  if (hasOwnControls()) return undefined;
  const all = await Promise.all(kubes.map(([, kube]) => whyNoOperator(kube)));
  return all.find(why => why !== undefined);
}

async function whyNotConfigurable(inventory: Inventory): Promise<string | undefined> {
  if (!inventory.allow.has('configure')) return 'not allowed (configure)';
  if (hasOwnControls()) return undefined;
  for (const { name, release } of inventory.clusters) {
    try {
      const { version } = await releaseOf(inventory, name).status();
      if (version === undefined) return `helm has no release ${release.name} in cluster ${name}`;
    } catch (error) {
      return messageOf(error).split('\n')[0];
    }
  }
  return undefined;
}

/** What the router says of itself, for the report. */
export async function routerVersions(router: SshHost | undefined): Promise<Record<string, string>> {
  if (router === undefined) return {};
  const [version, kernel] = await Promise.all([frr(router).version(), output(router, ['uname', '-r'])]);
  return { frr: version, kernel: kernel.trim() };
}
