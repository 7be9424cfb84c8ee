import type { ChartValues } from '../../../helpers/cilium/values.ts';
import { output } from '../../../helpers/exec.ts';
import { frr } from '../../../helpers/frr.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { namespaces, nodes as nodeType } from '../../../helpers/kube/resources.ts';
import { processId } from '../../../helpers/processes.ts';
import { hostAddress } from '../../contract/topology.ts';
import { ownedLabels } from '../../topologies/manifests.ts';
import type { Access } from './access.ts';
import { capabilitiesOf, hasOwnControls, routerVersions } from './capabilities.ts';
import { type Found, look } from './connect.ts';
import { inTheWay } from './foreign.ts';
import type { Inventory } from './inventory.ts';
import { releaseOf } from './lab.ts';
import { frrFile, nodeBefore } from './restore.ts';
import type { NodeBefore, Session } from './session.ts';
import { snapshotOf } from './take-back.ts';

/**
 * What is there, and room for ours beside it. Nothing is changed.
 * @throws Error naming all that is in the way
 */
export async function examine(access: Access): Promise<Found> {
  const found = await look(access.inventory, access.hosts, access.kube);
  const problems = await problemsWith(access, found);
  if (problems.length > 0) throw new Error(`nothing was changed:\n${problems.join('\n')}`);
  return found;
}

/** Looks at everything before anything is changed. @throws Error naming all that is in the way */
export async function begin(access: Access, onProgress: (line: string) => void): Promise<Session> {
  const { inventory, hosts } = access;
  const found = await examine(access);
  onProgress('looking at the lab as it is');
  const [detected, before] = await Promise.all([capabilitiesOf(access, found), snapshotOf(access)]);
  const router = hosts.get(inventory.router?.host ?? '');
  const { kubernetesVersion = 'unknown' } = found.topology.clusters[0] ?? {};
  return {
    inventory: inventory.file,
    process: processId(),
    found,
    capabilities: [...detected.capabilities],
    lacking: detected.lacking,
    versions: {
      node: process.versions.node,
      kubernetes: kubernetesVersion,
      ...(await routerVersions(router)),
    },
    before,
    ...(router === undefined
      ? {}
      : { frrSaved: await output(router, ['cat', frrFile]), frrRunning: await frr(router).runningConfig() }),
    nodes: await nodesBefore(access),
    installed: await valuesOf(inventory, detected.capabilities.has('configure')),
    madeNamespace: await withoutNamespace(access),
  };
}

/** What keeps a run from beginning, a sentence each. */
async function problemsWith(access: Access, { topology }: Found): Promise<string[]> {
  const { inventory } = access;
  const inClusters = await Promise.all(
    topology.clusters.map(async cluster => {
      const kube = access.kube(cluster.name);
      const all = await inTheWay(kube, topology, cluster, inventory.namespace);
      return all.map(problem => `cluster ${cluster.name}: ${problem}`);
    }),
  );
  return [
    ...inClusters.flat(),
    ...(inventory.router !== undefined && !inventory.allow.has('label-nodes')
      ? [`${inventory.file}: BGP claims label nodes: add label-nodes to allow, or leave the router out`]
      : []),
    ...(await othersOnRouter(access, topology)),
  ];
}

/** Claims are exact about the router's table and sessions: with others' in them, none of theirs could be told. */
async function othersOnRouter({ inventory, hosts }: Access, topology: Found['topology']): Promise<string[]> {
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

async function nodesBefore({ inventory, kube }: Access): Promise<Session['nodes']> {
  const clusters = inventory.clusters.map(
    async ({ name, nodes }): Promise<[string, Record<string, NodeBefore>]> => {
      const ours = (await kube(name).list(nodeType)).filter(({ metadata }) => nodes.includes(metadata.name));
      return [name, Object.fromEntries(ours.map(node => [node.metadata.name, nodeBefore(node)]))];
    },
  );
  return Object.fromEntries(await Promise.all(clusters));
}

async function valuesOf(inventory: Inventory, mayConfigure: boolean): Promise<Record<string, ChartValues>> {
  if (hasOwnControls() || !mayConfigure) return {};
  const values = await Promise.all(
    inventory.clusters.map(async ({ name }) => [name, await releaseOf(inventory, name).values()] as const),
  );
  return Object.fromEntries(values);
}

/** Clusters in which our namespace has to be made. */
async function withoutNamespace({ inventory, kubes }: Access): Promise<string[]> {
  const all = await Promise.all(
    kubes.map(async ([cluster, kube]) =>
      (await kube.get(namespaces, inventory.namespace)) === undefined ? [cluster] : [],
    ),
  );
  return all.flat();
}

export async function makeNamespace(kube: KubeApi, name: string): Promise<void> {
  await kube.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { ...ownedLabels } },
  });
}
