import { setTimeout } from 'node:timers/promises';
import { type Executor, output } from '../../../helpers/exec.ts';
import { listContainers, listNetworks, listNodes, removeContainers, removeNetworks } from './commands.ts';
import type { KindPlan } from './plan.ts';

/** Containers go at once; a network while one of them is still being unplugged does not. */
const attempts = 5;
const pauseMs = 1_000;

/**
 * Removes what a lab has in the Docker engine, whatever state it is in, and nothing else. Nothing there is no error.
 * @throws Error naming what is left
 */
export async function removeLab(plan: KindPlan, tools: Executor): Promise<void> {
  let why: unknown;
  for (let attempt = 1; ; attempt += 1) {
    const left = await whatIsThere(plan, tools);
    if (left.containers.length === 0 && left.networks.length === 0) return;
    if (attempt > attempts) {
      const names = [...left.containers, ...left.networks].join(' ');
      const said = why instanceof Error ? `: ${why.message}` : '';
      throw new Error(`of the kind lab ${plan.topology.name} there is left: ${names}${said}`);
    }
    if (attempt > 1) await setTimeout(pauseMs);
    try {
      if (left.containers.length > 0) await output(tools, removeContainers(left.containers));
      if (left.networks.length > 0) await output(tools, removeNetworks(left.networks));
    } catch (error) {
      why = error;
    }
  }
}

/** @throws ExecError when the Docker engine does not answer */
export async function whatIsThere(
  plan: KindPlan,
  tools: Executor,
): Promise<{ readonly containers: readonly string[]; readonly networks: readonly string[] }> {
  const names = async (argv: readonly string[]): Promise<string[]> =>
    (await output(tools, argv)).split('\n').filter(name => name !== '');
  const [own, networks, ...nodes] = await Promise.all([
    names(listContainers(plan.topology.name)),
    names(listNetworks(plan.topology.name)),
    ...plan.clusters.map(cluster => names(listNodes(cluster))),
  ]);
  return { containers: [...own, ...nodes.flat()], networks };
}
