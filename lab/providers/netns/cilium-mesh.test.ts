import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { ciliumAgent } from '../../../helpers/cilium/agent.ts';
import { remoteClusters } from '../../../helpers/cilium/mesh.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { deployments, pods, secrets } from '../../../helpers/kube/resources.ts';
import { processesIn } from '../../../helpers/processes.ts';
import type { ClusterSpec } from '../../contract/topology.ts';
import { clientPod } from '../../topologies/manifests.ts';
import { mesh } from '../../topologies/mesh.ts';
import { openLab } from './lab.ts';
import { startLab, stopLab } from './start.ts';

// The mesh of real Cilium as operators handle it, and that it ends with the lab.

const { CILIUM_ROOT: root } = process.env;

test.skip(process.getuid?.() !== 0, 'labs need root');
test.skip(root === undefined, 'needs real Cilium: CILIUM_ROOT=DIR');

const clusterNamed = (name: string): ClusterSpec => {
  const found = mesh.clusters.find(cluster => cluster.name === name);
  if (found === undefined) throw new Error(`the topology has no cluster ${name}`);
  return found;
};
const [west, east] = [clusterNamed('west'), clusterNamed('east')];

/** Pods started, etcd filled, connections that went given up for others: on two busy cores. */
const settled = { timeout: 240_000 };

test('clusters are disconnected and connected, have kvstoremesh and an outage of the mesh API, and all ends', async () => {
  test.setTimeout(900_000);
  const name = `real-mesh-${process.pid}`;
  const state = await startLab({
    name,
    topology: 'mesh',
    version: '',
    faults: [],
    ciliumRoot: root,
    lifeline: 'starter',
  });
  try {
    const lab = await openLab(name);
    const kube = lab.cluster('west').connect();
    const remote = lab.cluster('east').connect();
    try {
      const ready = ['west-control-plane: east ready', 'west-worker: east ready'];
      await expect.poll(() => known(kube), settled).toEqual(ready);

      await test.step('an entry of the secret goes, and comes back: the agents follow while they run', async () => {
        const before = (await kube.get(secrets, 'cilium-clustermesh', 'kube-system'))?.data?.east;
        const entry = (value: string | null | undefined) =>
          kube.patch(secrets, 'cilium-clustermesh', 'kube-system', { data: { east: value } });
        await entry(null);
        await expect.poll(() => known(kube), settled).toEqual([]);
        await entry(before);
        await expect.poll(() => known(kube), settled).toEqual(ready);
      });

      await test.step('the other mesh API goes, and what came meanwhile is known when it is back', async () => {
        const before = await endpointsOf(kube);
        const scale = (replicas: number) =>
          remote.patch(deployments, 'clustermesh-apiserver', 'kube-system', { spec: { replicas } });
        await scale(0);
        await expect.poll(() => meshPods(remote), settled).toEqual([]);
        await remote.create(pods, clientPod('late', east.controlPlane));
        await scale(1);
        await expect.poll(() => endpointsOf(kube), settled).toEqual(before.map(count => count + 1));
        expect(await known(kube)).toEqual(ready);
      });

      await test.step('kvstoremesh is switched on', async () => {
        await lab.system.configure({ 'clustermesh.apiserver.kvstoremesh.enabled': true }, 'west');
        await expect.poll(() => meshPods(kube), settled).toEqual(['etcd apiserver kvstoremesh']);
        await expect.poll(() => known(kube), settled).toEqual(ready);
        const status = await ciliumAgent(kube, west.controlPlane).run(['status', '--all-clusters']);
        expect(status).toContain('kvstoremesh=true');
        await lab.system.configure({}, 'west');
        await expect.poll(() => known(kube), settled).toEqual(ready);
        await expect.poll(() => meshPods(kube), settled).toEqual(['etcd apiserver']);
      });
    } finally {
      kube.close();
      remote.close();
      await lab.close();
    }

    const all = processesIn(state.pidNamespace);
    expect(all.map(nameOf)).toEqual(expect.arrayContaining(['etcd', 'cilium-agent']));
    process.kill(state.process.pid, 'SIGKILL');
    await expect.poll(() => processesIn(state.pidNamespace), { timeout: 20_000 }).toEqual([]);
  } finally {
    await stopLab(name);
  }
});

/** The other clusters as west's agents report them. */
async function known(kube: KubeApi): Promise<string[]> {
  const perNode = await Promise.all(
    west.nodes.map(async node =>
      (await remoteClusters(ciliumAgent(kube, node))).map(
        other => `${node}: ${other.name} ${other.ready ? 'ready' : 'not ready'}`,
      ),
    ),
  );
  return perNode.flat();
}

/** How many of the other cluster's endpoints each of west's agents knows. */
const endpointsOf = (kube: KubeApi): Promise<number[]> =>
  Promise.all(
    west.nodes.map(async node => {
      const [other] = await remoteClusters(ciliumAgent(kube, node));
      return other?.endpoints ?? 0;
    }),
  );

/** Of each pod of the mesh API, its containers. */
async function meshPods(kube: KubeApi): Promise<string[]> {
  const all = await kube.list(pods, {
    namespace: 'kube-system',
    labelSelector: 'k8s-app=clustermesh-apiserver',
  });
  return all.map(({ spec }) => spec.containers.map(each => each.name).join(' '));
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return ''; // it ended while we looked
  }
}
