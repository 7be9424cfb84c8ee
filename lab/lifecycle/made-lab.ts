import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Executor } from '../../helpers/exec.ts';
import { processId } from '../../helpers/processes.ts';
import { machineTools } from '../../helpers/tools.ts';
import type { Lab } from '../contract/lab.ts';
import { type Provider, type RunningLab, refuseFaults, type StartOptions } from '../contract/provider.ts';
import type { Topology } from '../contract/topology.ts';
import { requireTools } from '../machine/requirements.ts';
import { topologyNamed } from '../topologies/index.ts';
import { ciliumVersion, type toolVersions } from '../versions.ts';
import { type Guardian, guard } from './guardian.ts';
import { type MadeLabs, type MadeState, ownerIsAlive } from './made-state.ts';

/** How a provider makes labs out of what does not die with this process: containers, virtual machines. */
export interface Maker<Details> {
  readonly provider: 'kind' | 'vagrant';
  readonly needs: readonly (keyof typeof toolVersions)[];
  readonly labs: MadeLabs<Details>;
  /** Why there are no labs of this topology; left out where there are of all. */
  whyNoTopology?(topology: string): string | undefined;
  /** @throws Error when this machine has no room for the topology */
  plan(topology: Topology, tools: Executor): Promise<Details>;
  /** Makes the lab, Cilium included; returns what else is to be remembered of it. */
  create(
    topology: Topology,
    state: MadeState<Details>,
    context: { readonly tools: Executor; onProgress(line: string): void },
  ): Promise<Details>;
  /** Whether there is anything of it on this machine. */
  isThere(topology: Topology, state: MadeState<Details> | undefined, tools: Executor): Promise<boolean>;
  /** Whatever state it is in; nothing there is no error. @throws Error naming what is left */
  remove(topology: Topology, state: MadeState<Details> | undefined, tools: Executor): Promise<void>;
  open(name: string): Promise<Lab>;
  /** Command lines that lead into a running lab. */
  waysIn(topology: Topology): string[];
}

/** What of the outside world labs are made with. */
export interface MakingParts {
  tools(signal?: AbortSignal): Executor;
  guard(provider: string, topology: string, directory: string): Guardian;
}

export const realParts: MakingParts = {
  tools: signal => machineTools(signal === undefined ? {} : { signal }),
  guard: (provider, topology, directory) => {
    const script = fileURLToPath(new URL('../providers/take-down.ts', import.meta.url));
    const tsx = fileURLToPath(import.meta.resolve('tsx'));
    const argv = [process.execPath, '--import', tsx, script, provider, topology] as const;
    return guard([...argv], path.join(directory, 'guardian.log'));
  },
};

/** A provider whose labs stay until something takes them down. */
export interface MadeLabProvider extends Provider {
  /** Removes the lab of a topology, whoever made it, even if this machine has no record of it. @throws Error naming what is left */
  takeDown(topology: string): Promise<void>;
  /** Removes what dead runs left of the lab of a topology; one in use or kept stays. Returns whether there was anything. */
  sweep(topology: string): Promise<boolean>;
  /** Command lines that lead into a running lab. */
  waysIn(topology: string): string[];
}

/** Addresses and names are those of the topology, so a machine holds one lab of each topology. */
export function madeLabs<Details>(maker: Maker<Details>, parts: MakingParts = realParts): MadeLabProvider {
  return {
    name: maker.provider,
    prepare: async ({ faults }) => {
      refuseFaults(maker.provider, faults);
      await requireTools(maker.provider, maker.needs, parts.tools());
    },
    ...(maker.whyNoTopology === undefined ? {} : { whyNoTopology: maker.whyNoTopology }),
    start: async ({ topology: name }, options) => {
      const why = maker.whyNoTopology?.(name);
      if (why !== undefined) throw new Error(why);
      const topology = topologyNamed(name);
      const version = ciliumVersion(topology);
      await requireTools(maker.provider, maker.needs, parts.tools(options.signal));
      return (
        (await keptLab(maker, topology, version)) ?? (await newLab(maker, topology, version, options, parts))
      );
    },
    open: name => maker.open(name),
    takeDown: topology => takeDownLab(maker, topology),
    sweep: topology => sweepLab(maker, topology),
    waysIn: topology => maker.waysIn(topologyNamed(topology)),
  };
}

/**
 * One that an earlier run was told to keep is used again, and stays.
 * @throws Error when another run uses it now, or it is of another version
 */
async function keptLab<Details>(
  maker: Maker<Details>,
  topology: Topology,
  version: string,
): Promise<RunningLab | undefined> {
  const { name } = topology;
  const state = maker.labs.read(name);
  if (state === undefined) return undefined;
  if (ownerIsAlive(state)) {
    throw new Error(
      `process ${state.owner?.pid} uses the ${maker.provider} lab ${name}, and there is room for one: wait for it, or end it`,
    );
  }
  if (state.owner !== undefined || state.readyMs === undefined) return undefined; // a run that died left it
  if (state.cilium !== version) {
    throw new Error(
      `the ${maker.provider} lab ${name} that was kept has Cilium ${state.cilium}, and ${version} is wanted; ` +
        `take it down first: ${endedBy(maker, name)}`,
    );
  }
  await (await maker.open(name)).close();
  return {
    name,
    how: 'was kept by an earlier run, and is used again',
    isRunning: () => true,
    stop: async () => {},
    endedBy: endedBy(maker, name),
  };
}

async function newLab<Details>(
  maker: Maker<Details>,
  topology: Topology,
  version: string,
  options: StartOptions,
  parts: MakingParts,
): Promise<RunningLab> {
  const { name } = topology;
  const { labs } = maker;
  const started = Date.now();
  const tools = parts.tools(options.signal);
  const onProgress = (line: string): void =>
    options.onProgress(
      `${maker.provider} lab ${name}, ${Math.round((Date.now() - started) / 1000)} s: ${line}`,
    );
  const earlier = labs.read(name);
  if (await maker.isThere(topology, earlier, tools)) {
    onProgress('removing what an earlier run left');
    await maker.remove(topology, earlier, tools);
  }
  labs.remove(name);
  let state: MadeState<Details> = {
    topology: name,
    cilium: version,
    startedAt: new Date(started).toISOString(),
    details: await maker.plan(topology, tools),
  };
  const owner = processId();
  labs.write({ ...state, owner });
  const guardian = parts.guard(maker.provider, name, labs.directory(name));
  // Without the signal that may have ended the start: this has to be done in any case.
  const takeDown = async (): Promise<void> => {
    await maker.remove(topology, state, parts.tools());
    guardian.dismiss();
    labs.remove(name);
  };
  try {
    state = { ...state, details: await maker.create(topology, state, { tools, onProgress }) };
  } catch (error) {
    await takeDown().catch((left: Error) => onProgress(left.message));
    throw error;
  }
  const readyMs = Date.now() - started;
  labs.write({ ...state, readyMs, ...(options.keep ? {} : { owner }) });
  if (options.keep) guardian.dismiss();
  return {
    name,
    how: `is up after ${Math.round(readyMs / 1000)} s`,
    isRunning: () => labs.read(name) !== undefined,
    stop: takeDown,
    endedBy: endedBy(maker, name),
  };
}

async function sweepLab<Details>(maker: Maker<Details>, name: string): Promise<boolean> {
  const state = maker.labs.read(name);
  if (
    state !== undefined &&
    (ownerIsAlive(state) || (state.owner === undefined && state.readyMs !== undefined))
  )
    return false;
  const tools = realParts.tools();
  const topology = topologyNamed(name);
  const there = await maker.isThere(topology, state, tools).catch(() => false); // no engine: nothing in it
  if (!there) {
    maker.labs.remove(name);
    return state !== undefined;
  }
  await takeDownLab(maker, name);
  return true;
}

async function takeDownLab<Details>(maker: Maker<Details>, name: string): Promise<void> {
  await maker.remove(topologyNamed(name), maker.labs.read(name), realParts.tools());
  maker.labs.remove(name);
}

const endedBy = <Details>(maker: Maker<Details>, name: string): string =>
  `LAB=${maker.provider} npm run lab -- down ${name}`;
