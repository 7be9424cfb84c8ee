import { type Executor, output } from '../../../helpers/exec.ts';
import type { Topology } from '../../contract/topology.ts';
import { type Maker, madeLabs } from '../../lifecycle/made-lab.ts';
import { installCilium } from '../../systems/installed/cilium.ts';
import { type CreateOptions, createMachines } from './create.ts';
import { openKindLab, realClusters } from './lab.ts';
import { type KindDetails, kindLabs, kubeconfigFile } from './labs.ts';
import { type KindPlan, planLab } from './plan.ts';
import { prefixesInstead, rebased } from './rebase.ts';
import { removeLab, whatIsThere } from './remove.ts';

export interface KindParts {
  readonly installCilium: typeof installCilium;
  /** In place of the pinned images. */
  readonly images?: NonNullable<CreateOptions['images']>;
}

/** Labs in a Docker engine. */
export function maker({ installCilium: install, images }: KindParts = { installCilium }): Maker<KindDetails> {
  const planOf = (topology: Topology, details: KindDetails | undefined): KindPlan =>
    planLab(rebased(topology, details?.prefixes ?? {}));
  return {
    provider: 'kind',
    needs: ['docker', 'kind', 'kubectl', 'helm'],
    labs: kindLabs,
    plan: async (topology, tools) => ({ prefixes: prefixesInstead(topology, await takenPrefixes(tools)) }),
    create: async (topology, { cilium, details }, { tools, onProgress }) => {
      const plan = planOf(topology, details);
      await createMachines(plan, { tools, onProgress, ...(images === undefined ? {} : { images }) });
      await install(realClusters(plan.topology, tools), cilium, onProgress);
      return details;
    },
    isThere: async (topology, state, tools) => {
      const { containers, networks } = await whatIsThere(planOf(topology, state?.details), tools);
      return containers.length + networks.length > 0;
    },
    remove: (topology, state, tools) => removeLab(planOf(topology, state?.details), tools),
    open: openKindLab,
    waysIn: topology => {
      const plan = planLab(topology);
      return [
        ...plan.clusters.flatMap(({ spec, nodes }) => [
          `export KUBECONFIG=${kubeconfigFile(topology.name, spec.name)}`,
          'kubectl get pods -o wide --all-namespaces',
          `docker exec -it ${nodes[0]?.container} bash    # ${nodes.map(node => node.container).join(', ')}`,
        ]),
        ...(plan.router === undefined ? [] : [`docker exec -it ${plan.router.container} vtysh`]),
      ];
    },
  };
}

export const kind = madeLabs(maker());

/** Prefixes of every Docker network there is. */
async function takenPrefixes(tools: Executor): Promise<{ network: string; prefix: string }[]> {
  const ids = (await output(tools, ['docker', 'network', 'ls', '--quiet']))
    .split('\n')
    .filter(id => id !== '');
  if (ids.length === 0) return [];
  const format = '{{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}';
  const inspect = ['docker', 'network', 'inspect', '--format', format, ...ids];
  const lines = (await output(tools, inspect)).trim().split('\n');
  return lines.flatMap(line => {
    const [network = '', ...prefixes] = line.split(' ');
    return prefixes.filter(prefix => prefix.includes('.')).map(prefix => ({ network, prefix }));
  });
}
