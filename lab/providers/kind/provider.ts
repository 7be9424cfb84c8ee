import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Executor, output } from '../../../helpers/exec.ts';
import { machineTools } from '../../../helpers/tools.ts';
import { type Guardian, guard } from '../../guardian.ts';
import type { Provider, RunningLab, StartOptions } from '../../provider.ts';
import { installCilium } from '../../real-cilium.ts';
import { requireTools } from '../../requirements.ts';
import { startTicks } from '../../state.ts';
import { topologyNamed } from '../../topologies/index.ts';
import type { Topology } from '../../topology.ts';
import { ciliumVersion } from '../../versions.ts';
import { type CreateOptions, createMachines } from './create.ts';
import { openKindLab, planOf, realClusters } from './lab.ts';
import { planLab } from './plan.ts';
import { prefixesInstead, rebased } from './rebase.ts';
import { removeLab, whatIsThere } from './remove.ts';
import {
  type KindState,
  labDirectory,
  ownerIsAlive,
  readKindState,
  removeKindState,
  writeKindState,
} from './state.ts';

/** What of the outside world the provider is made on. */
export interface KindParts {
  readonly tools: (signal?: AbortSignal) => Executor;
  readonly installCilium: typeof installCilium;
  readonly guard: (topology: string) => Guardian;
  /** In place of the pinned images. */
  readonly images?: CreateOptions['images'];
}

const realParts: KindParts = {
  tools: signal => machineTools(signal === undefined ? {} : { signal }),
  installCilium,
  guard: standBy,
};

/** Labs in a Docker engine: one of each topology, because addresses are the topology's own. */
export const kindProvider = (parts: KindParts): Provider => ({
  name: 'kind',
  start: async ({ topology: name }, options) => {
    const topology = topologyNamed(name);
    const version = ciliumVersion(topology);
    await requireTools('kind', ['docker', 'kind', 'kubectl', 'helm'], parts.tools(options.signal));
    return (await keptLab(topology, version)) ?? (await newLab(topology, version, options, parts));
  },
  open: openKindLab,
});

export const kind = kindProvider(realParts);

/**
 * One that an earlier run was told to keep is used again, and stays.
 * @throws Error when somebody else uses it now, or it is of another version
 */
async function keptLab(topology: Topology, version: string): Promise<RunningLab | undefined> {
  const state = readKindState(topology.name);
  if (state === undefined) return undefined;
  const { name } = topology;
  if (ownerIsAlive(state)) {
    throw new Error(
      `process ${state.owner?.pid} uses the kind lab ${name}, and a Docker engine has room for one: wait for it, or end it`,
    );
  }
  if (state.owner !== undefined || state.readyMs === undefined) return undefined; // a run that died left it
  if (state.cilium !== version) {
    throw new Error(
      `the kind lab ${name} that was kept has Cilium ${state.cilium}, and ${version} is wanted; take it down first: ${endedBy(name)}`,
    );
  }
  await (await openKindLab(name)).close();
  return {
    name,
    how: 'was kept by an earlier run, and is used again',
    isRunning: () => true,
    stop: async () => {},
    endedBy: endedBy(name),
  };
}

async function newLab(
  topology: Topology,
  version: string,
  options: StartOptions,
  parts: KindParts,
): Promise<RunningLab> {
  const { name } = topology;
  const started = Date.now();
  const tools = parts.tools(options.signal);
  const progress = (line: string): void =>
    options.onProgress(`kind lab ${name}, ${Math.round((Date.now() - started) / 1000)} s: ${line}`);
  const leftover = planLab(topology);
  const there = await whatIsThere(leftover, tools);
  if (there.containers.length + there.networks.length > 0) {
    progress('removing what an earlier run left');
    await removeLab(leftover, tools);
  }
  removeKindState(name);
  const state: KindState = {
    topology: name,
    prefixes: prefixesInstead(topology, await takenPrefixes(tools)),
    cilium: version,
    startedAt: new Date(started).toISOString(),
    owner: { pid: process.pid, startTicks: startTicks(process.pid) ?? '' },
  };
  writeKindState(state);
  const guardian = parts.guard(name);
  try {
    await createMachines(planOf(state), {
      tools,
      onProgress: progress,
      ...(parts.images === undefined ? {} : { images: parts.images }),
    });
    const clusters = realClusters(rebased(topology, state.prefixes), tools);
    await parts.installCilium(clusters, version, progress);
  } catch (error) {
    await takeDown(state, parts, guardian).catch((left: Error) => progress(left.message));
    throw error;
  }
  const readyMs = Date.now() - started;
  const { owner, ...kept } = state;
  writeKindState({ ...kept, ...(options.keep || owner === undefined ? {} : { owner }), readyMs });
  if (options.keep) guardian.dismiss();
  return {
    name,
    how: `is up after ${Math.round(readyMs / 1000)} s`,
    isRunning: () => readKindState(name) !== undefined,
    stop: () => takeDown(state, parts, guardian),
    endedBy: endedBy(name),
  };
}

/** Without the signal that may have ended the start: this has to be done in any case. */
async function takeDown(state: KindState, parts: KindParts, guardian: Guardian): Promise<void> {
  await removeLab(planOf(state), parts.tools());
  guardian.dismiss();
  removeKindState(state.topology);
}

/** Removes the lab of a topology, whoever made it, also when this machine remembers nothing of it. */
export async function removeKindLab(name: string): Promise<void> {
  const state = readKindState(name);
  const plan = state === undefined ? planLab(topologyNamed(name)) : planOf(state);
  await removeLab(plan, machineTools());
  removeKindState(name);
}

/** Takes the lab down when this process is gone. */
export function standBy(name: string): Guardian {
  const script = fileURLToPath(new URL('./down.ts', import.meta.url));
  const tsx = fileURLToPath(import.meta.resolve('tsx'));
  mkdirSync(labDirectory(name), { recursive: true, mode: 0o700 });
  const log = path.join(labDirectory(name), 'guardian.log');
  return guard([process.execPath, '--import', tsx, script, name], log);
}

const endedBy = (name: string): string => `LAB=kind npm run lab -- down ${name}`;

/** Prefixes of every Docker network there is. */
async function takenPrefixes(tools: Executor): Promise<{ network: string; prefix: string }[]> {
  const ids = (await output(tools, ['docker', 'network', 'ls', '--quiet']))
    .split('\n')
    .filter(id => id !== '');
  if (ids.length === 0) return [];
  const format = '{{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}';
  const lines = (await output(tools, ['docker', 'network', 'inspect', '--format', format, ...ids]))
    .trim()
    .split('\n');
  return lines.flatMap(line => {
    const [network = '', ...prefixes] = line.split(' ');
    return prefixes.filter(prefix => prefix.includes('.')).map(prefix => ({ network, prefix }));
  });
}
