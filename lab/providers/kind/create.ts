import { stringify } from 'yaml';
import { type Executor, output } from '../../../helpers/exec.ts';
import { frrConfig } from '../../topologies/frr-config.ts';
import { routerBaseImage } from '../../versions.ts';
import {
  configureNetwork,
  connectMachine,
  createCluster,
  createNetwork,
  createUplink,
  kindEnvironment,
  runRouter,
  setNodeAddress,
  startFrr,
  uplinkGateway,
  writeFrrConfig,
} from './commands.ts';
import { ensureImage, planImage } from './images.ts';
import { kubeconfigFile } from './labs.ts';
import type { ClusterPlan, KindPlan, MachinePlan } from './plan.ts';

/** Node image pulled, kubeadm through on every node. */
const createClusterMs = 15 * 60_000;

export interface CreateOptions {
  readonly tools: Executor;
  onProgress(line: string): void;
  /** In place of the pinned images, for engines that have others. */
  readonly images?: { readonly router?: string; readonly node?: string };
}

/** Networks, clusters, router; everything but Cilium. What is there of it already makes it fail. @throws ExecError */
export async function createMachines(plan: KindPlan, options: CreateOptions): Promise<void> {
  const { tools, onProgress } = options;
  const run = (argv: readonly string[], input?: string, timeoutMs?: number): Promise<string> =>
    output(tools, argv, {
      ...(input === undefined ? {} : { input }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  onProgress(`networks ${plan.networks.map(({ prefix }) => prefix).join(', ')}`);
  for (const network of plan.networks) await run(createNetwork(plan, network));
  // Last, so that it takes none of the prefixes above.
  await run(createUplink(plan));
  for (const cluster of plan.clusters) await createKindCluster(plan, cluster, options);
  if (plan.router !== undefined) {
    onProgress(`router ${plan.router.host.name}`);
    const base = options.images?.router ?? routerBaseImage;
    await run(runRouter(plan, plan.router, await ensureImage(planImage('router', base), tools)));
  }
  const configure = async (machine: MachinePlan): Promise<void> => {
    for (const argv of connectMachine(machine)) await run(argv);
    const gateway = (await run(uplinkGateway(plan, machine))).trim();
    const { argv, input } = configureNetwork(machine, gateway);
    await run(argv, input);
  };
  const nodes = plan.clusters.flatMap(cluster => cluster.nodes);
  onProgress('addresses and routes');
  await Promise.all([...nodes, ...(plan.router === undefined ? [] : [plan.router])].map(configure));
  await Promise.all(nodes.map(node => run(setNodeAddress(plan, node))));
  if (plan.router !== undefined && plan.topology.router !== undefined) {
    await run(writeFrrConfig(plan.router), frrConfig(plan.topology.router));
    await run(startFrr(plan.router));
  }
}

async function createKindCluster(
  plan: KindPlan,
  cluster: ClusterPlan,
  { tools, onProgress, images }: CreateOptions,
): Promise<void> {
  const names = cluster.nodes.map(node => node.host.name).join(', ');
  const image = await ensureImage(planImage('node', images?.node ?? cluster.image), tools);
  onProgress(
    `cluster ${cluster.spec.name}: ${names} (Kubernetes ${cluster.spec.kubernetesVersion}; minutes)`,
  );
  const environment = Object.entries(kindEnvironment(plan)).map(([key, value]) => `${key}=${value}`);
  const create = createCluster(cluster, image, kubeconfigFile(plan.topology.name, cluster.spec.name));
  await output(tools, ['env', ...environment, ...create], {
    input: stringify(cluster.config),
    timeoutMs: createClusterMs,
  });
}
