import { ciliumRelease } from '../../../helpers/cilium/release.ts';
import { nested, withLists } from '../../../helpers/cilium/values.ts';
import { namespaces } from '../../../helpers/kube/resources.ts';
import { localExecutor } from '../../../helpers/local-executor.ts';
import { agentSwitch, restartOperator } from '../../agents.ts';
import type { Cluster, Lab, SystemUnderTest } from '../../lab.ts';
import { onOneSwitch } from '../../real-cilium.ts';
import { hostAddress } from '../../topology.ts';
import { connectTo, kubeconfigOf, messageOf, openHosts } from './connect.ts';
import { refusalOf } from './footprint.ts';
import { guardedHost } from './guarded-host.ts';
import { chosenInventory, type Inventory } from './inventory.ts';
import { journaled, journaledSystem, openJournal } from './journal.ts';
import { ownedKube } from './owned.ts';
import { isRunning, noteNodeChange, readSession } from './session.ts';

/** Opens the session of an inventory's lab, in a worker. @throws Error when there is none, or a machine is gone */
export async function openLab(name: string): Promise<Lab> {
  const session = readSession(name);
  if (session === undefined || !isRunning(session)) {
    throw new Error(`there is no session ${name}; LAB=existing labs are opened by a run`);
  }
  const inventory = chosenInventory();
  const { topology, systems } = session.found;
  const journal = openJournal();
  const machines = await openHosts(inventory);
  const addresses = topology.clusters.flatMap(({ nodes }) => nodes.map(node => hostAddress(topology, node)));
  const neighbors = [...(session.frrRunning ?? '').matchAll(/^ neighbor (\d+(?:\.\d+){3}) /gm)].map(
    match => match[1] ?? '',
  );
  const others = [...new Set(neighbors)].filter(address => !addresses.includes(address));
  const hosts = new Map(
    [...machines].map(([host, machine]) => [
      host,
      guardedHost(machine, inventory.allow, others, (argv, needs) => journal.command(host, argv, needs)),
    ]),
  );
  const clusters = new Map(
    inventory.clusters.map(cluster => [cluster.name, clusterOf(name, inventory, cluster.name, journal)]),
  );
  const [first] = inventory.clusters;
  const system = systems[first?.name ?? ''];
  if (system === undefined) throw new Error(`${inventory.file} has no cluster`);
  const agents = agentSwitch(
    node => found(machines, node, 'machine'),
    () => connectTo(inventory, first?.name ?? ''),
  );
  const ofOwner: SystemUnderTest = {
    name: system.name,
    version: system.version,
    configure: async (values, cluster = first?.name ?? '') => {
      const release = releaseOf(inventory, cluster, session.installed[cluster]);
      await release.configure(nested(withLists(values)));
    },
    stopAgents: nodes => agents.stop(nodes),
    startAgents: nodes => agents.start(nodes),
    restartOperator: async (cluster = first?.name ?? '') => {
      const kube = connectTo(inventory, cluster);
      await restartOperator(kube).finally(() => kube.close());
    },
  };
  return {
    provider: 'existing',
    topology,
    capabilities: new Set(session.capabilities),
    lacking: session.lacking,
    versions: session.versions,
    refusal: claim => refusalOf(claim, inventory),
    announce: claim => journal.announce(claim),
    host: wanted => found(hosts, wanted, 'host'),
    cluster: (wanted = first?.name ?? '') => found(clusters, wanted, 'cluster'),
    system: journaledSystem(await standInFor(ofOwner), journal),
    cut: host => Promise.reject(new Error(`${host}: nobody pulls cables of an existing lab`)),
    mend: host => Promise.reject(new Error(`${host}: nobody pulls cables of an existing lab`)),
    ...onOneSwitch,
    health: async () => {
      const problems = await Promise.all([
        ...[...machines.values()].map(machine =>
          machine.exec(['true'], { timeoutMs: 5_000 }).then(
            () => [],
            (error: unknown) => [`${machine.name} cannot be reached: ${messageOf(error)}`],
          ),
        ),
        ...inventory.clusters.map(({ name: cluster }) => whyNoAnswer(inventory, cluster)),
      ]);
      return problems.flat();
    },
    close: async () => {
      for (const machine of machines.values()) machine.close();
    },
  };
}

/**
 * While claims are recorded, the embedded lab behind the inventory does what helm and kubectl would: it has neither a
 * release nor the agents' process.
 */
async function standInFor(system: SystemUnderTest): Promise<SystemUnderTest> {
  const { LAB_STAGE: stage } = process.env;
  if (stage === undefined) return system;
  const behind = await (await import('../netns/lab.ts')).openLab(stage);
  await behind.close(); // its hosts: what controls it needs none
  return { ...behind.system, name: system.name, version: system.version };
}

/** Cilium of one of the clusters, as its owner installed it. */
export function releaseOf(
  inventory: Inventory,
  cluster: string,
  installed?: Parameters<typeof ciliumRelease>[0]['installed'],
): ReturnType<typeof ciliumRelease> {
  const { kubeconfig, context, release } = found(
    new Map(inventory.clusters.map(each => [each.name, each])),
    cluster,
    'cluster',
  );
  return ciliumRelease({
    tools: localExecutor('this machine'),
    kubeconfig,
    ...(context === undefined ? {} : { context }),
    ...release,
    ...(installed === undefined ? {} : { installed }),
  });
}

function clusterOf(
  session: string,
  inventory: Inventory,
  name: string,
  journal: ReturnType<typeof openJournal>,
): Cluster {
  const { namespace, allow } = inventory;
  const cluster = inventory.clusters.find(each => each.name === name);
  if (cluster === undefined) throw new Error(`${inventory.file} has no cluster ${name}`);
  const { nodes } = cluster;
  return {
    name,
    nodes,
    kubeconfig: kubeconfigOf(cluster),
    connect: () => {
      const kube = connectTo(inventory, name, (method, path) => journal.request(method, path));
      const onNodeChange = (node: string, fields: readonly string[]): void =>
        noteNodeChange(session, { cluster: name, node, fields });
      return journaled(ownedKube(kube, { namespace, allow, nodes, onNodeChange }), journal);
    },
  };
}

async function whyNoAnswer(inventory: Inventory, cluster: string): Promise<string[]> {
  const kube = connectTo(inventory, cluster);
  try {
    const home = await kube.get(namespaces, inventory.namespace);
    return home === undefined ? [`cluster ${cluster}: namespace ${inventory.namespace} is gone`] : [];
  } catch (error) {
    return [`cluster ${cluster} does not answer: ${messageOf(error)}`];
  } finally {
    kube.close();
  }
}

function found<T>(map: ReadonlyMap<string, T>, name: string, what: string): T {
  const value = map.get(name);
  if (value === undefined)
    throw new Error(`the inventory has no ${what} ${name}; it has ${[...map.keys()].join(', ')}`);
  return value;
}
