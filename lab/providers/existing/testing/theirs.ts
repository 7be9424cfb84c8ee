import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test as base } from '@playwright/test';
import {
  bgpPeerConfigs,
  l2AnnouncementPolicies,
  loadBalancerIpPools,
} from '../../../../helpers/cilium/resources.ts';
import { output } from '../../../../helpers/exec.ts';
import { frr } from '../../../../helpers/frr.ts';
import { connectKube, type KubeApi } from '../../../../helpers/kube/client.ts';
import {
  configMaps,
  deployments,
  nodes,
  pods,
  secrets,
  services,
} from '../../../../helpers/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../../helpers/kube/types.ts';
import { until } from '../../../../helpers/waiting.ts';
import type { Lab } from '../../../contract/lab.ts';
import { hostAddress, type Topology } from '../../../contract/topology.ts';
import { stateDirectory } from '../../../lifecycle/state.ts';
import { openLab } from '../../netns/lab.ts';
import { manifestUrl } from '../clusters.ts';
import { isOwned } from '../owned.ts';
import { recordedNamespace } from '../rbac.ts';
import { type Snapshot, snapshotCluster, snapshotHost } from '../snapshot.ts';
import { openRbacFront, type RbacFront, rulesIn } from './rbac-front.ts';
import { type Stage, setStage } from './stage.ts';

// For the live tests of this provider: an embedded lab that plays a user's lab, over ssh and kubeconfigs with the least
// rights, with objects and settings of its owner's in it.

/** The part of conformance.json that these tests read. */
interface Report {
  readonly claims: readonly { readonly id: string; readonly verdict: string; readonly reason?: string }[];
}

export interface Run {
  readonly code: number | null;
  readonly printed: string;
  readonly report: Report | undefined;
}

export interface RunOptions {
  /** In place of the one with the least rights. */
  readonly inventory?: string;
  /** The lab does what helm and kubectl would: agents can be restarted, and Cilium configured. */
  readonly controlled?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Going {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
}

export interface Theirs {
  readonly stage: Stage;
  readonly lab: Lab;
  /** By cluster, with every right. */
  readonly kubes: ReadonlyMap<string, KubeApi>;
  /** The first cluster's. */
  readonly kube: KubeApi;
  /** With no right at all. */
  readonly powerless: string;
  /** Refused requests so far. */
  refused(): string[];
  start(claims: readonly string[], options?: RunOptions): Going;
  run(claims: readonly string[], options?: RunOptions): Promise<Run>;
  /** `npm run lab -- COMMAND…` */
  command(words: readonly string[], options?: RunOptions): Promise<{ code: number | null; printed: string }>;
  /** Everything that is compared, and everything that is not ours with the version that each change gives anew. */
  everything(): Promise<Snapshot>;
}

export const test = base.extend<object, { topology: Topology['name']; theirs: Theirs }>({
  topology: ['bgp', { option: true, scope: 'worker' }],
  theirs: [
    async ({ topology }, use) => {
      const directory = mkdtempSync(path.join(os.tmpdir(), 'theirs-'));
      const stage = await setStage(`theirs-${topology}-${process.pid}`, directory, {
        topology,
        disruptive: ['BGP-12', 'BGP-13'],
      });
      const lab = await openLab(stage.name);
      const rules = rulesIn(readFileSync(manifestUrl(topology), 'utf8'));
      const [fronts, powerless] = await Promise.all([openFronts(stage, rules), openFronts(stage, {})]);
      const kubes = new Map(
        Object.entries(stage.kubeconfigs).map(([name, file]) => [
          name,
          connectKube(readFileSync(file, 'utf8')),
        ]),
      );
      for (const kube of kubes.values()) await plant(kube);
      await plantOnMachines(lab);
      const least = reached(stage, fronts, 'least');
      const [kube] = kubes.values();
      if (kube === undefined) throw new Error('a stage without a cluster');
      const start = (claims: readonly string[], options: RunOptions = {}): Going =>
        startClaims(claims, stage, { inventory: least, ...options });
      await use({
        ...{ stage, lab, kubes, kube, start },
        powerless: reached(stage, powerless, 'none'),
        refused: () => [...fronts.values()].flatMap(front => front.refused),
        run: (claims, options) => start(claims, options).ended,
        command: async (words, options = {}) => {
          const argv = ['--import', 'tsx', 'commands/lab/lab.ts', ...words];
          const env = environmentOf(stage, { inventory: least, ...options });
          const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
          const printed = gathered(child);
          const [code] = (await once(child, 'close')) as [number | null];
          return { code, printed: printed() };
        },
        everything: () => everythingIn(lab, kubes),
      });
      for (const each of kubes.values()) each.close();
      for (const front of [...fronts.values(), ...powerless.values()]) front.close();
      await lab.close();
      await stage.close();
      rmSync(directory, { recursive: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

async function openFronts(
  stage: Stage,
  rules: Parameters<typeof openRbacFront>[2],
): Promise<Map<string, RbacFront>> {
  const fronts = Object.entries(stage.kubeconfigs).map(async ([cluster, file]) => {
    const server = /"server": "([^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    const pki = path.join(stateDirectory(stage.name), cluster, 'pki');
    return [cluster, await openRbacFront(pki, server, rules)] as const;
  });
  return new Map(await Promise.all(fronts));
}

/** An inventory whose kubeconfigs lead through these. */
function reached(stage: Stage, fronts: ReadonlyMap<string, RbacFront>, name: string): string {
  for (const [cluster, { kubeconfig }] of fronts)
    writeFileSync(path.join(path.dirname(stage.inventory), `${name}-${cluster}.kubeconfig`), kubeconfig);
  return stage.write(`${name}.yaml`, text =>
    Object.entries(stage.kubeconfigs).reduce(
      (seen, [cluster, file]) => seen.replace(file, `${name}-${cluster}.kubeconfig`),
      text,
    ),
  );
}

/** What the owner has there: objects with names of ours in another namespace, a pool, a policy, a secret. */
async function plant(kube: KubeApi): Promise<void> {
  const app = { app: 'webpod' };
  await kube.create(deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'webpod', namespace: 'default' },
    spec: {
      replicas: 2,
      selector: { matchLabels: app },
      template: {
        metadata: { labels: app },
        spec: { containers: [{ name: 'web', image: 'traefik/whoami' }] },
      },
    },
  });
  await kube.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'webpod-lb', namespace: 'default' },
    spec: { type: 'ClusterIP', selector: app, ports: [{ port: 80 }] },
  });
  await kube.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'default' },
    data: { a: 'b' },
  });
  await kube.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'theirs', namespace: 'kube-system' },
    data: { password: 'eA==' },
  });
  await kube.create(loadBalancerIpPools, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumLoadBalancerIPPool',
    metadata: { name: 'theirs' },
    spec: { blocks: [{ cidr: '198.51.100.0/28' }], serviceSelector: { matchLabels: { pool: 'theirs' } } },
  });
  await kube.create(bgpPeerConfigs, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumBGPPeerConfig',
    metadata: { name: 'theirs' },
    spec: {},
  });
  await kube.create(l2AnnouncementPolicies, {
    apiVersion: 'cilium.io/v2alpha1',
    kind: 'CiliumL2AnnouncementPolicy',
    metadata: { name: 'theirs' },
    spec: { serviceSelector: { matchLabels: { announce: 'theirs' } }, loadBalancerIPs: true },
  });
  const [node] = (await kube.list(nodes)).slice(-1);
  await kube.patch(nodes, node?.metadata.name ?? '', undefined, { metadata: { labels: { rack: 'r7' } } });
  await until('their pods to run', 60_000, async () => {
    const running = await kube.list(pods, { namespace: 'default' });
    return running.length === 2 && running.every(pod => pod.status?.phase === 'Running') ? true : undefined;
  });
}

/** A neighbour of the router's, routes and a rule. */
async function plantOnMachines(lab: Lab): Promise<void> {
  const { router, clusters } = lab.topology;
  if (router !== undefined) {
    const host = lab.host(router.host);
    await frr(host).configure([`router bgp ${router.asn}`, 'neighbor 192.168.10.77 remote-as 65077']);
    await frr(host).save();
    await output(host, ['ip', 'route', 'add', '198.18.0.0/15', 'via', '192.168.10.77']);
    await output(host, ['ip', 'rule', 'add', 'priority', '900', 'from', '198.18.0.0/15', 'lookup', 'main']);
  }
  const [first, last] = clusters.flatMap(({ nodes: names }) => [names[0] ?? '', names.at(-1) ?? '']);
  const via = router === undefined ? hostAddress(lab.topology, first ?? '') : '192.168.20.200';
  await output(lab.host(last ?? ''), ['ip', 'route', 'add', '198.18.0.0/15', 'via', via]);
}

function startClaims(claims: readonly string[], stage: Stage, options: RunOptions): Going {
  const argv = ['lab/setup/attached.sh', 'node_modules/.bin/playwright', 'test', '--project', 'claims'];
  const child = spawn(
    'bash',
    [...argv, ...(claims.length === 0 ? [] : ['--grep', `(${claims.join('|')}) `])],
    {
      env: { ...environmentOf(stage, options), CONFORMANCE_RUN: `existing-${process.pid}-${Date.now()}` },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group, to be stopped as one
    },
  );
  const printed = gathered(child);
  const ended = once(child, 'close').then(([code]): Run => {
    writeFileSync(path.join(path.dirname(stage.inventory), 'last-run.log'), printed());
    const folder = /^Report: (\S+)$/m.exec(printed())?.[1];
    const report =
      folder === undefined
        ? undefined
        : (JSON.parse(readFileSync(path.join(folder, 'conformance.json'), 'utf8')) as Report);
    return { code: code as number | null, printed: printed(), report };
  });
  return { child, ended };
}

function gathered({ stdout, stderr }: ChildProcess): () => string {
  let printed = '';
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  return () => printed;
}

/** This run's own settings are not the inner one's. */
function environmentOf(stage: Stage, { inventory, controlled, env }: RunOptions): NodeJS.ProcessEnv {
  const {
    PROVIDERS: _,
    CLAIMS: __,
    TEST_WORKER_INDEX: ___,
    TEST_PARALLEL_INDEX: ____,
    ...others
  } = process.env;
  return {
    ...others,
    LAB: 'existing',
    LAB_INVENTORY: inventory,
    ...(controlled === true ? stage.controls : {}),
    ...env,
  };
}

async function everythingIn(lab: Lab, kubes: ReadonlyMap<string, KubeApi>): Promise<Snapshot> {
  const hosts = lab.topology.hosts.map(({ name, role }) => snapshotHost(lab.host(name), role === 'router'));
  const clusters = [...kubes].flatMap(([name, kube]) => [
    snapshotCluster(name, kube, ['kube-system']),
    foreign(name, kube),
  ]);
  return Object.assign({}, ...(await Promise.all([...hosts, ...clusters]))) as Snapshot;
}

async function foreign(cluster: string, kube: KubeApi): Promise<Snapshot> {
  const types: readonly ResourceType[] = [
    ...[services, deployments, configMaps, secrets],
    ...[loadBalancerIpPools, bgpPeerConfigs, l2AnnouncementPolicies],
  ];
  const all = await Promise.all(
    types.map(async type => (await kube.list<KubeObject>(type)).map(object => ({ type, object }))),
  );
  return Object.fromEntries(
    all
      .flat()
      .filter(({ object }) => !isOwned(object) && object.metadata.namespace !== recordedNamespace)
      .map(({ type, object: { metadata } }) => [
        `cluster ${cluster}: untouched ${type.kind} ${metadata.namespace ?? ''}/${metadata.name}`,
        // Cilium writes the status of its own when its operator starts: that is no change of ours.
        `${metadata.uid} ${type.group === 'cilium.io' ? metadata.generation : metadata.resourceVersion}`,
      ]),
  );
}
