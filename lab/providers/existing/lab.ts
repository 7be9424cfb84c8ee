import { checked } from '../../../helpers/cilium/chart.ts';
import { ciliumRelease } from '../../../helpers/cilium/release.ts';
import { nested } from '../../../helpers/cilium/values.ts';
import type { Executor } from '../../../helpers/exec.ts';
import { found } from '../../../helpers/found.ts';
import { namespaces } from '../../../helpers/kube/resources.ts';
import { localExecutor } from '../../../helpers/local-executor.ts';
import type { Cluster, Lab, SystemUnderTest } from '../../contract/lab.ts';
import { agentSwitch, restartOperator } from '../../systems/installed/agents.ts';
import { connectTo, kubeconfigOf, messageOf } from './clusters.ts';
import { openHosts } from './connect.ts';
import { refusalOf } from './footprint.ts';
import { guardedHost } from './guarded-host.ts';
import { chosenInventory, type Inventory } from './inventory.ts';
import { journaled, journaledSystem, openJournal } from './journal.ts';
import { partOf } from './machine-parts.ts';
import { ownedKube } from './owned.ts';
import { othersIn } from './restore.ts';
import { isRunning, note, notes, readSession, type Session } from './session.ts';

/** Opens the session of an inventory's lab, in a worker. @throws Error when there is none, or a machine is gone */
export async function openLab(name: string): Promise<Lab> {
  const session = readSession(name);
  if (session === undefined || !isRunning(session)) {
    throw new Error(`there is no session ${name}; LAB=existing labs are opened by a run`);
  }
  const inventory = chosenInventory();
  const { topology } = session.found;
  const journal = openJournal();
  const machines = await openHosts(inventory);
  const others = othersIn(session.frrRunning ?? '', topology);
  const hosts = new Map(
    [...machines].map(([host, machine]) => [
      host,
      guardedHost(
        machine,
        inventory.allow,
        others,
        (argv, needs) => journal.command(host, argv, needs),
        argv => noteChange(name, machine, argv),
      ),
    ]),
  );
  const clusters = new Map(
    inventory.clusters.map(cluster => [cluster.name, clusterOf(name, inventory, cluster.name, journal)]),
  );
  const [first] = inventory.clusters;
  const system = await systemOf(inventory, session, machines, about => note(name, about));
  return {
    provider: 'existing',
    topology,
    capabilities: new Set(session.capabilities),
    lacking: session.lacking,
    versions: session.versions,
    refusal: claim => refusalOf(claim, inventory),
    announce: (claim, { values }) => journal.announce(claim, values),
    host: wanted => found(hosts, wanted, 'the inventory has no host'),
    cluster: (wanted = first?.name ?? '') => found(clusters, wanted, 'the inventory has no cluster'),
    system: journaledSystem(system, journal),
    cut: noCables,
    mend: noCables,
    isolate: noCables,
    rejoin: noCables,
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

const noCables = (what: string): Promise<never> =>
  Promise.reject(new Error(`${what}: nobody pulls cables of an existing lab`));

/** Notes what a part of a machine is, before the first command that changes it. */
async function noteChange(session: string, machine: Executor, argv: readonly string[]): Promise<void> {
  const part = partOf(argv);
  if (part === undefined) return; // FRR's configuration is kept whole
  const known = notes(session).some(
    about => 'part' in about && about.host === machine.name && about.part === part.name,
  );
  if (known) return;
  note(session, { host: machine.name, argv, part: part.name, was: await part.look(machine) });
}

/** Cilium as its owner installed it, and what may be done to it. */
export async function systemOf(
  inventory: Inventory,
  { found: { systems }, installed }: Session,
  machines: ReadonlyMap<string, Executor>,
  onConfigure: (about: { readonly configured: string }) => void = () => {},
): Promise<SystemUnderTest> {
  const [first] = inventory.clusters;
  const system = systems[first?.name ?? ''];
  if (first === undefined || system === undefined) throw new Error(`${inventory.file} has no cluster`);
  const switches = new Map(
    inventory.clusters.map(({ name }) => [
      name,
      agentSwitch(
        node => found(machines, node, 'the inventory has no machine'),
        () => connectTo(inventory, name),
      ),
    ]),
  );
  const eachCluster = async (nodes: readonly string[], what: 'stop' | 'start'): Promise<void> => {
    await Promise.all(
      inventory.clusters.map(async cluster => {
        const own = nodes.filter(node => cluster.nodes.includes(node));
        if (own.length > 0) await switches.get(cluster.name)?.[what](own);
      }),
    );
  };
  const controls = await controlled({
    name: system.name,
    version: system.version,
    configure: (values, cluster = first.name) =>
      releaseOf(inventory, cluster, installed[cluster]).configure(nested(checked(values, system.version))),
    stopAgents: nodes => eachCluster(nodes, 'stop'),
    startAgents: nodes => eachCluster(nodes, 'start'),
    restartOperator: async (cluster = first.name) => {
      const kube = connectTo(inventory, cluster);
      await restartOperator(kube).finally(() => kube.close());
    },
  });
  return {
    ...controls,
    configure: (values, cluster = first.name) => {
      onConfigure({ configured: cluster });
      return controls.configure(values, cluster);
    },
  };
}

/** Cilium is controlled by helm and kubectl, unless LAB_CONTROLS names a module that does it. */
async function controlled(system: SystemUnderTest): Promise<SystemUnderTest> {
  const { LAB_CONTROLS: file } = process.env;
  if (file === undefined) return system;
  const { controls } = (await import(file)) as { controls(): Promise<SystemUnderTest> };
  return { ...(await controls()), name: system.name, version: system.version };
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
    'the inventory has no cluster',
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
      const owned = ownedKube(kube, {
        ...{ namespace, allow, nodes },
        onNeed: need => journal.need(need),
        onNodeChange: (node, fields) => note(session, { cluster: name, node, fields }),
        onMake: (made, object) => note(session, { cluster: name, made, ...object }),
      });
      return journaled(owned, journal);
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
