import { setTimeout } from 'node:timers/promises';
import type { ChartValues } from '../../../helpers/cilium/values.ts';
import { output } from '../../../helpers/exec.ts';
import { frr } from '../../../helpers/frr.ts';
import { type KubeApi, KubeError } from '../../../helpers/kube/client.ts';
import { namespaces, nodes as nodeType } from '../../../helpers/kube/resources.ts';
import { whyNoOperator } from '../../agents.ts';
import { collect, whyNoGeneveDsr, whyNoRouter, whyNoTunnel } from '../../detect.ts';
import { neighborLines } from '../../frr-config.ts';
import { type Capability, systemLabel } from '../../lab.ts';
import { ownedLabels } from '../../manifests.ts';
import { type Provider, refuseFaults } from '../../provider.ts';
import type { SshHost } from '../../ssh-host.ts';
import { startTicks } from '../../state.ts';
import { hostAddress } from '../../topology.ts';
import { connectTo, type Found, look, messageOf, openHosts } from './connect.ts';
import { inTheWay } from './foreign.ts';
import { chosenInventory, type Inventory } from './inventory.ts';
import { openJournal } from './journal.ts';
import { openLab, releaseOf } from './lab.ts';
import { frrFile, nodeBefore, removeOurs, restoreNode, restoreRouter } from './restore.ts';
import {
  endSession,
  isRunning,
  nodeChanges,
  readSession,
  type Session,
  sessionName,
  writeSession,
} from './session.ts';
import { differences, type Snapshot, snapshotCluster, snapshotHost } from './snapshot.ts';

/** Somebody's cluster and machines: found, used as far as allowed, and left as they were. */
export const existing: Provider = {
  name: 'existing',
  prepare: async ({ faults }) => {
    refuseFaults('existing', faults);
    chosenInventory();
  },
  start: async (wish, { onProgress, signal }) => {
    const inventory = chosenInventory();
    if (wish.topology !== inventory.topology) {
      throw new Error(`${inventory.file} is of topology ${inventory.topology}, not ${wish.topology}`);
    }
    const name = sessionName(inventory.file);
    const began = Date.now();
    const access = await reach(inventory);
    try {
      await settleEarlier(name, access, onProgress);
      signal.throwIfAborted();
      const session = await begin(access, onProgress);
      writeSession(name, session);
      for (const [cluster, kube] of access.kubes) {
        if (session.madeNamespace.includes(cluster)) await makeNamespace(kube, inventory.namespace);
      }
      const [system] = Object.values(session.found.systems);
      const label = system === undefined ? '' : `: ${systemLabel(system)}`;
      onProgress(`capabilities: ${session.capabilities.join(', ')}`);
      for (const [capability, why] of Object.entries(session.lacking))
        onProgress(`not ${capability}: ${why}`);
      return {
        name,
        how: `of ${inventory.file} was found after ${Date.now() - began} ms${label}`,
        isRunning: () => readSession(name) !== undefined,
        stop: () => leave(name, inventory, onProgress),
        endedBy: 'npm run lab -- restore',
      };
    } finally {
      access.close();
    }
  },
  open: openLab,
};

/** Takes back what an earlier run did that did not end well: for the command line. */
export async function restore(onProgress: (line: string) => void): Promise<void> {
  const inventory = chosenInventory();
  const access = await reach(inventory);
  try {
    await settleEarlier(sessionName(inventory.file), access, onProgress);
    onProgress(`nothing of ours is left in the lab of ${inventory.file}`);
  } finally {
    access.close();
  }
}

/** An inventory's machines and clusters, connected. */
interface Reach {
  readonly inventory: Inventory;
  readonly hosts: ReadonlyMap<string, SshHost>;
  readonly kubes: readonly (readonly [cluster: string, kube: KubeApi])[];
  close(): void;
}

async function reach(inventory: Inventory): Promise<Reach> {
  const hosts = await openHosts(inventory);
  const journal = openJournal();
  const kubes = inventory.clusters.map(
    ({ name }) =>
      [name, connectTo(inventory, name, (method, path) => journal.request(method, path))] as const,
  );
  return {
    inventory,
    hosts,
    kubes,
    close: () => {
      for (const host of hosts.values()) host.close();
      for (const [, kube] of kubes) kube.close();
    },
  };
}

/** What a run that died left behind is taken back first, so that it is not taken for the lab's own. */
async function settleEarlier(name: string, access: Reach, onProgress: (line: string) => void): Promise<void> {
  const earlier = readSession(name);
  if (earlier !== undefined && isRunning(earlier)) {
    throw new Error(
      `a run (process ${earlier.process.pid}) is using ${access.inventory.file}: wait for its end`,
    );
  }
  if (earlier !== undefined) {
    onProgress('an earlier run on this lab did not end well: taking back what it did');
    const left = await takeBack(name, access, earlier);
    if (left.length > 0) onProgress(['still not as it was before that run:', ...left].join('\n  '));
    endSession(name);
  }
  for (const [cluster, kube] of access.kubes) {
    const removed = await removeOurs(kube, access.inventory.namespace, false).catch(explainRights(cluster));
    if (removed.length > 0)
      onProgress(`cluster ${cluster}: removed what an earlier run of ours left: ${removed.join(', ')}`);
  }
}

async function begin(access: Reach, onProgress: (line: string) => void): Promise<Session> {
  const { inventory, hosts, kubes } = access;
  const kubeOf = (name: string): KubeApi => {
    const [, kube] = kubes.find(([cluster]) => cluster === name) ?? [];
    if (kube === undefined) throw new Error(`${inventory.file} has no cluster ${name}`);
    return kube;
  };
  const found = await look(inventory, hosts, kubeOf).catch(explainRights('of the inventory'));
  const problems = await Promise.all(
    found.topology.clusters.map(async cluster => {
      const all = await inTheWay(kubeOf(cluster.name), found.topology, cluster, inventory.namespace).catch(
        explainRights(cluster.name),
      );
      return all.map(problem => `cluster ${cluster.name}: ${problem}`);
    }),
  );
  if (inventory.router !== undefined && !inventory.allow.has('label-nodes')) {
    problems.push([
      `${inventory.file}: BGP claims label nodes: add label-nodes to allow, or leave the router out`,
    ]);
  }
  problems.push(await othersOnRouter(inventory, hosts, found.topology));
  if (problems.flat().length > 0) throw new Error(`nothing was changed:\n${problems.flat().join('\n')}`);
  onProgress('looking at the lab as it is');
  const [detected, installed, before] = await Promise.all([
    detect(access, found),
    valuesOf(inventory),
    snapshot(access),
  ]);
  const router = hosts.get(inventory.router?.host ?? '');
  const { kubernetesVersion = 'unknown' } = found.topology.clusters[0] ?? {};
  return {
    inventory: inventory.file,
    process: { pid: process.pid, startTicks: startTicks(process.pid) ?? '' },
    found,
    capabilities: [...detected.capabilities],
    lacking: detected.lacking,
    versions: {
      node: process.versions.node,
      kubernetes: kubernetesVersion,
      ...(router === undefined
        ? {}
        : { frr: await frr(router).version(), kernel: (await output(router, ['uname', '-r'])).trim() }),
    },
    before,
    ...(router === undefined
      ? {}
      : { frrSaved: await output(router, ['cat', frrFile]), frrRunning: await frr(router).runningConfig() }),
    nodes: Object.fromEntries(
      await Promise.all(
        inventory.clusters.map(async ({ name, nodes }) => {
          const all = await kubeOf(name).list(nodeType);
          const ours = all.filter(({ metadata }) => nodes.includes(metadata.name));
          return [
            name,
            Object.fromEntries(ours.map(node => [node.metadata.name, nodeBefore(node)])),
          ] as const;
        }),
      ),
    ),
    installed,
    madeNamespace: (
      await Promise.all(
        kubes.map(async ([cluster, kube]) => {
          const home = await kube.get(namespaces, inventory.namespace);
          return home === undefined ? [cluster] : [];
        }),
      )
    ).flat(),
  };
}

/** Claims are exact about the router's table and sessions: with others' in them, none of theirs could be told. */
async function othersOnRouter(
  inventory: Inventory,
  hosts: Reach['hosts'],
  topology: Found['topology'],
): Promise<string[]> {
  const router = hosts.get(inventory.router?.host ?? '');
  if (router === undefined) return [];
  const nodes = topology.clusters.flatMap(cluster => cluster.nodes.map(node => hostAddress(topology, node)));
  const [neighbors, paths] = await Promise.all([frr(router).neighbors(), frr(router).paths()]);
  const strangers = neighbors.filter(
    ({ state, address }) => state === 'Established' && !nodes.includes(address),
  );
  const known = new Set(topology.router?.networks ?? []);
  const prefixes = paths.filter(({ prefix, peer }) => !known.has(prefix) && !nodes.includes(peer ?? ''));
  return [
    ...strangers.map(
      ({ address }) => `${router.name} has a session with ${address}, which is none of the nodes`,
    ),
    ...prefixes.map(
      ({ prefix }) => `${router.name} has ${prefix} in its BGP table, which is of none of the nodes`,
    ),
  ].map(
    problem =>
      `${problem}: claims are exact about the router's sessions and table, and need one to themselves`,
  );
}

async function detect({ inventory, hosts, kubes }: Reach, { topology, systems }: Found) {
  const router = hosts.get(inventory.router?.host ?? '');
  const nodes = inventory.clusters.flatMap(cluster => cluster.nodes.map(node => hosts.get(node) as SshHost));
  const [system] = Object.values(systems);
  return collect({
    router: await whyNotRouted(inventory, topology, router),
    'restart-agents': await whyNoAgents(inventory, nodes),
    'restart-operator': await whyNoOperatorIn(inventory, kubes),
    configure: await whyNotConfigurable(inventory),
    'geneve-dsr':
      process.env.LAB_STAGE === undefined
        ? await whyNoGeneveDsr(nodes, system?.configuration ?? {})
        : undefined,
    'vxlan-tunnel': await whyNoTunnel(nodes, 'vxlan'),
    'geneve-tunnel': process.env.LAB_STAGE === undefined ? await whyNoTunnel(nodes, 'geneve') : undefined,
    upgrade: 'somebody else’s cluster is not upgraded',
    'cut-links': 'nobody pulls cables of an existing lab',
    faults: 'only the reference system deviates on request',
  } satisfies Partial<Record<Capability, string | undefined>>);
}

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
  if (process.env.LAB_STAGE !== undefined) return undefined;
  const all = await Promise.all(
    nodes.map(async host => [host.name, await host.exec(['pgrep', '-x', 'cilium-agent'])] as const),
  );
  const without = all.filter(([, { code }]) => code !== 0).map(([name]) => name);
  return without.length === 0 ? undefined : `no process cilium-agent on ${without.join(', ')}`;
}

async function whyNoOperatorIn({ allow }: Inventory, kubes: Reach['kubes']): Promise<string | undefined> {
  if (!allow.has('restart-agents')) return 'not allowed (restart-agents)';
  if (process.env.LAB_STAGE !== undefined) return undefined;
  const all = await Promise.all(kubes.map(([, kube]) => whyNoOperator(kube)));
  return all.find(why => why !== undefined);
}

async function whyNotConfigurable(inventory: Inventory): Promise<string | undefined> {
  if (!inventory.allow.has('configure')) return 'not allowed (configure)';
  if (process.env.LAB_STAGE !== undefined) return undefined;
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

async function valuesOf(inventory: Inventory): Promise<Record<string, ChartValues>> {
  if (process.env.LAB_STAGE !== undefined || (await whyNotConfigurable(inventory)) !== undefined) return {};
  const values = await Promise.all(
    inventory.clusters.map(async ({ name }) => [name, await releaseOf(inventory, name).values()] as const),
  );
  return Object.fromEntries(values);
}

async function makeNamespace(kube: KubeApi, name: string): Promise<void> {
  await kube.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { ...ownedLabels } },
  });
}

async function snapshot({ inventory, hosts, kubes }: Reach): Promise<Snapshot> {
  // What may be restarted comes back as other pods.
  const restarted =
    inventory.allow.has('configure') || inventory.allow.has('restart-agents') ? ['kube-system'] : [];
  const parts = await Promise.all([
    ...kubes.map(([name, kube]) => snapshotCluster(name, kube, restarted).catch(explainRights(name))),
    ...[...hosts.values()].map(host => snapshotHost(host, host.role === 'router')),
  ]);
  return Object.assign({}, ...parts) as Snapshot;
}

/** Nothing goes on happening by itself for longer: routes are kept for a neighbour's restart, then for a hold time. */
const settleMs = 40_000;

/** Takes back what was done. Answers what is not as it was, when it stays so. */
async function takeBack(name: string, access: Reach, session: Session): Promise<string[]> {
  const { inventory, hosts, kubes } = access;
  for (const [cluster, kube] of kubes) {
    await removeOurs(kube, inventory.namespace, session.madeNamespace.includes(cluster));
    for (const [node, was] of Object.entries(session.nodes[cluster] ?? {})) {
      const changes = nodeChanges(name).filter(change => change.cluster === cluster && change.node === node);
      await restoreNode(
        kube,
        node,
        was,
        changes.flatMap(({ fields }) => fields),
      );
    }
  }
  const router = hosts.get(inventory.router?.host ?? '');
  if (router !== undefined && session.frrSaved !== undefined && inventory.allow.has('router-neighbors')) {
    const before = { running: session.frrRunning ?? '', saved: session.frrSaved };
    await restoreRouter(router, session.found.topology, before);
  }
  let seen = '';
  let since = Date.now();
  for (;;) {
    const left = differences(session.before, await snapshot(access));
    if (left.join('\n') !== seen) [seen, since] = [left.join('\n'), Date.now()];
    if (left.length === 0 || Date.now() - since > settleMs) return left;
    await setTimeout(1_000);
  }
}

async function leave(name: string, inventory: Inventory, onProgress: (line: string) => void): Promise<void> {
  const session = readSession(name);
  if (session === undefined) return;
  const access = await reach(inventory);
  try {
    const left = await takeBack(name, access, session);
    if (left.length > 0) {
      throw new Error(
        `the lab of ${inventory.file} is not as it was before the run:\n  ${left.join('\n  ')}`,
      );
    }
    endSession(name);
    const rows = Object.keys(session.before).length;
    onProgress(
      `the lab of ${inventory.file} is as it was before the run: ${rows} objects, addresses, routes and settings compared`,
    );
  } finally {
    access.close();
  }
}

/** A refusal by the API server is about rights: say which suffice. */
function explainRights(cluster: string): (error: unknown) => never {
  return error => {
    if (!(error instanceof KubeError) || (error.code !== 403 && error.code !== 401)) throw error;
    throw new Error(
      `cluster ${cluster}: ${error.message}\nThe rights that suffice are in lab/providers/existing/rbac.yaml; ` +
        '`npm run lab -- rbac` says how to give them to a user of the suite',
    );
  };
}
