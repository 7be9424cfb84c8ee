import { setTimeout } from 'node:timers/promises';
import { type Access, openAccess } from './access.ts';
import type { Inventory } from './inventory.ts';
import { systemOf } from './lab.ts';
import { othersIn, removeMade, removeOurs, restoreMachine, restoreNode, restoreRouter } from './restore.ts';
import { endSession, isRunning, notes, readSession, type Session } from './session.ts';
import { differences, type Snapshot, snapshotCluster, snapshotHost } from './snapshot.ts';

/** Nothing goes on happening by itself for longer: routes are kept for a neighbour's restart, then for a hold time. */
const settleMs = 40_000;

/** Everything that is compared before a run and after it. */
export async function snapshotOf({ inventory, hosts, kubes }: Access): Promise<Snapshot> {
  // What may be restarted comes back as other pods.
  const restarted =
    inventory.allow.has('configure') || inventory.allow.has('restart-agents') ? ['kube-system'] : [];
  const parts = await Promise.all([
    ...kubes.map(([name, kube]) => snapshotCluster(name, kube, restarted)),
    ...[...hosts.values()].map(host => snapshotHost(host, host.role === 'router')),
  ]);
  return Object.assign({}, ...parts) as Snapshot;
}

/** @throws Error while another run uses the lab */
export function refuseSecondRun(name: string, { file }: Inventory): void {
  const session = readSession(name);
  if (session !== undefined && isRunning(session))
    throw new Error(`a run (process ${session.process.pid}) is using ${file}: wait for its end`);
}

/** What a run that died left behind is taken back first, so that it is not taken for the lab's own. */
export async function settleEarlier(
  name: string,
  access: Access,
  onProgress: (line: string) => void,
): Promise<void> {
  const { inventory } = access;
  refuseSecondRun(name, inventory);
  const earlier = readSession(name);
  if (earlier !== undefined) {
    onProgress('an earlier run on this lab did not end well: taking back what it did');
    const left = await takeBack(name, access, earlier);
    if (left.length > 0) onProgress(['still not as it was before that run:', ...left].join('\n  '));
    else onProgress('the lab is as it was before that run');
    endSession(name);
  }
  for (const [cluster, kube] of access.kubes) {
    const removed = await removeOurs(kube, inventory.namespace, false);
    if (removed.length > 0)
      onProgress(`cluster ${cluster}: removed what an earlier run of ours left: ${removed.join(', ')}`);
  }
}

/** Takes back what was done, by what was noted of it. Returns what is not as it was, when it stays so. */
async function takeBack(name: string, access: Access, session: Session): Promise<string[]> {
  const { inventory, hosts, kubes } = access;
  const done = notes(name);
  const configured = done.flatMap(about => ('configured' in about ? [about.configured] : []));
  if (configured.length > 0) {
    const system = await systemOf(inventory, session, access.hosts);
    for (const cluster of new Set(configured)) await system.configure({}, cluster);
  }
  for (const [cluster, kube] of kubes) {
    await removeOurs(kube, inventory.namespace, session.madeNamespace.includes(cluster));
    const made = done.flatMap(about => ('made' in about && about.cluster === cluster ? [about] : []));
    await removeMade(kube, made);
    for (const [node, was] of Object.entries(session.nodes[cluster] ?? {})) {
      const fields = done.flatMap(about =>
        'node' in about && about.cluster === cluster && about.node === node ? about.fields : [],
      );
      await restoreNode(kube, node, was, fields);
    }
  }
  for (const host of hosts.values()) {
    const changes = done.flatMap(about => ('host' in about && about.host === host.name ? [about] : []));
    await restoreMachine(host, changes);
  }
  const { topology } = session.found;
  const router = hosts.get(inventory.router?.host ?? '');
  if (router !== undefined && session.frrSaved !== undefined && inventory.allow.has('router-neighbors')) {
    const before = { running: session.frrRunning ?? '', saved: session.frrSaved };
    const others = othersIn(before.running, topology);
    await restoreRouter(router, topology.router?.asn ?? 0, others, before);
  }
  let seen = '';
  let since = Date.now();
  for (;;) {
    const left = differences(session.before, await snapshotOf(access));
    if (left.join('\n') !== seen) [seen, since] = [left.join('\n'), Date.now()];
    if (left.length === 0 || Date.now() - since > settleMs) return left;
    await setTimeout(1_000);
  }
}

/** Ends a run. @throws Error naming what is not as it was before it */
export async function leave(
  name: string,
  inventory: Inventory,
  onProgress: (line: string) => void,
): Promise<void> {
  const session = readSession(name);
  if (session === undefined) return;
  const access = await openAccess(inventory);
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
