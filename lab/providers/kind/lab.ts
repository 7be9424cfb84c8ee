import { readFileSync } from 'node:fs';
import { containerExecutor } from '../../../helpers/container.ts';
import { type Executor, output } from '../../../helpers/exec.ts';
import { found } from '../../../helpers/found.ts';
import { connectKube } from '../../../helpers/kube/client.ts';
import { machineTools } from '../../../helpers/tools.ts';
import type { Cluster, Host, Lab } from '../../contract/lab.ts';
import type { Topology } from '../../contract/topology.ts';
import { describeCilium, type RealClusters } from '../../systems/installed/cilium.ts';
import { topologyNamed } from '../../topologies/index.ts';
import { routerBaseImage } from '../../versions.ts';
import { restartCommand } from '../ssh-host.ts';
import { planImage } from './images.ts';
import { isolateCluster, rejoinCluster } from './isolate.ts';
import { kindLabs, kubeconfigFile } from './labs.ts';
import { type KindPlan, type MachinePlan, machinesOf, planLab } from './plan.ts';
import { rebased } from './rebase.ts';
import { setWire } from './wire.ts';

/** Opens a running kind lab. @throws Error when there is none, or its containers do not run */
export async function openKindLab(name: string): Promise<Lab> {
  const state = kindLabs.read(name);
  if (state?.readyMs === undefined) {
    throw new Error(
      `there is no kind lab ${name}; start one with: LAB=kind npm run lab -- up --topology ${name}`,
    );
  }
  const tools = machineTools();
  const plan = planLab(rebased(topologyNamed(state.topology), state.details.prefixes));
  const { topology } = plan;
  const broken = await brokenContainers(plan, tools);
  if (broken.length > 0) throw new Error(`the kind lab ${name} has died: ${broken.join('; ')}`);
  const hosts = new Map(machinesOf(plan).map(machine => [machine.host.name, hostIn(machine, tools)]));
  const clusters = realClusters(topology, tools);
  const wire = { tools, image: planImage('router', routerBaseImage).tag };
  return {
    provider: 'kind',
    topology,
    ...(await describeCilium(clusters, hosts)),
    versions: await versions(topology, hosts, tools),
    host: wanted => found(hosts, wanted, `topology ${topology.name} has no host`),
    cluster: (wanted = topology.clusters[0]?.name ?? '') =>
      found(clustersOf(topology), wanted, `topology ${topology.name} has no cluster`),
    cut: (host, networkInterface) => setWire(plan, { host, networkInterface }, 'cut', wire),
    mend: (host, networkInterface) => setWire(plan, { host, networkInterface }, 'mended', wire),
    isolate: cluster => isolateCluster(plan, cluster, { tools, image: nodeImage(plan) }),
    rejoin: () => rejoinCluster(plan, tools),
    health: () => brokenContainers(plan, tools),
    close: async () => {}, // a command is a process of its own: nothing stays open
  };
}

/** The image of its nodes, which the engine has. */
const nodeImage = ({ clusters }: KindPlan): string => planImage('node', clusters[0]?.image ?? '').tag;

export const realClusters = (topology: Topology, tools: Executor): RealClusters => ({
  topology,
  tools,
  kubeconfig: cluster => kubeconfigFile(topology.name, cluster.name),
  connect: cluster => connectKube(readFileSync(kubeconfigFile(topology.name, cluster.name), 'utf8')),
  onUpgrade: version => kindLabs.upgraded(topology.name, version),
});

function clustersOf(topology: Topology): Map<string, Cluster> {
  return new Map(
    topology.clusters.map(({ name, nodes }) => {
      const kubeconfig = readFileSync(kubeconfigFile(topology.name, name), 'utf8');
      return [name, { name, nodes, kubeconfig, connect: () => connectKube(kubeconfig) }];
    }),
  );
}

function hostIn({ host, container }: MachinePlan, tools: Executor): Host {
  const machine = containerExecutor(host.name, container, tools);
  return {
    ...machine,
    role: host.role,
    restart: async service => {
      await output(machine, await restartCommand(machine, service));
    },
  };
}

/** What of the lab's containers does not run: a sentence each. */
async function brokenContainers(plan: KindPlan, tools: Executor): Promise<string[]> {
  const wanted = machinesOf(plan);
  const { stdout } = await tools.exec(['docker', 'ps', '--format', '{{.Names}}']);
  const running = new Set(stdout.split('\n'));
  return wanted
    .filter(({ container }) => !running.has(container))
    .map(({ host, container }) => `${host.name} (container ${container}) does not run`);
}

async function versions(
  topology: Topology,
  hosts: ReadonlyMap<string, Host>,
  tools: Executor,
): Promise<Record<string, string>> {
  const said = async (machine: Executor | undefined, argv: string[], pattern: RegExp): Promise<string> =>
    machine === undefined ? 'none' : (pattern.exec((await machine.exec(argv)).stdout)?.[1] ?? 'unknown');
  const [control] = topology.clusters.map(({ controlPlane }) => hosts.get(controlPlane));
  const [frr, kernel, docker, kind] = await Promise.all([
    said(hosts.get(topology.router?.host ?? ''), ['vtysh', '-c', 'show version'], /FRRouting (\S+)/),
    said(control, ['uname', '-r'], /(\S+)/),
    said(tools, ['docker', 'version', '--format', '{{.Server.Version}}'], /(\S+)/),
    said(tools, ['kind', 'version'], /v(\d\S*)/),
  ]);
  return {
    ...(topology.router === undefined ? {} : { frr }),
    node: process.versions.node,
    kernel,
    docker,
    kind,
    kubernetes: topology.clusters[0]?.kubernetesVersion ?? '',
  };
}
