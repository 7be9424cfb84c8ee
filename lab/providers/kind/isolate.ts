import { readFileSync } from 'node:fs';
import { type Executor, output } from '../../../helpers/exec.ts';
import { until } from '../../../helpers/waiting.ts';
import { type ClusterPlan, type KindPlan, ownershipLabel } from './plan.ts';

/** The container that keeps a cluster apart: the cut lasts as long as it does, and ends with the lab at the latest. */
const containerOf = ({ topology }: KindPlan): string => `conformance-${topology.name}-apart`;

/** As apart.sh names it. */
const table = 'conformance_apart';
const cutMs = 20_000;

/** What the container runs; handed over as text, because the engine may be on another machine. */
const script = readFileSync(new URL('./apart.sh', import.meta.url), 'utf8');

/**
 * Takes the wires out between a cluster's nodes and all others on their networks, their uplinks left out: nobody sees a
 * loss of carrier.
 * @param image any with iproute2 and nftables
 * @throws Error with what the container said
 */
export async function isolateCluster(
  plan: KindPlan,
  cluster: string,
  { tools, image }: { readonly tools: Executor; readonly image: string },
): Promise<void> {
  const ports = await portsOf(clusterNamed(plan, cluster), tools);
  const name = containerOf(plan);
  await output(tools, [
    ...['docker', 'run', '--detach', '--privileged', '--network', 'host', '--name', name],
    ...['--label', `${ownershipLabel}=${plan.topology.name}`],
    ...['--entrypoint', 'sh', image, '-c', script, 'sh', ...ports],
  ]);
  try {
    await until(`cluster ${cluster} to be apart`, cutMs, async () => {
      const { stdout } = await tools.exec(['docker', 'exec', name, 'nft', 'list', 'table', 'bridge', table]);
      return stdout.split(' drop').length > 2 ? true : undefined;
    });
  } catch (error) {
    const { stdout, stderr } = await tools.exec(['docker', 'logs', name]);
    await rejoinCluster(plan, tools);
    throw new Error(`${(error as Error).message}\n${stdout}${stderr}`);
  }
}

export async function rejoinCluster(plan: KindPlan, tools: Executor): Promise<void> {
  await output(tools, ['docker', 'rm', '--force', containerOf(plan)]);
}

function clusterNamed({ clusters, topology }: KindPlan, wanted: string): ClusterPlan {
  const found = clusters.find(({ spec }) => spec.name === wanted);
  if (found === undefined) throw new Error(`topology ${topology.name} has no cluster ${wanted}`);
  return found;
}

/** The other ends of its nodes' wires, in the engine's own namespace. */
async function portsOf({ nodes }: ClusterPlan, tools: Executor): Promise<string[]> {
  const files = nodes.flatMap(({ container, host }) =>
    host.interfaces.map(({ name }) => [container, `/sys/class/net/${name}/iflink`] as const),
  );
  return Promise.all(
    files.map(async ([container, file]) =>
      (await output(tools, ['docker', 'exec', container, 'cat', file])).trim(),
    ),
  );
}
