import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test as base, expect } from '@playwright/test';
import { bgpPeerConfigs, loadBalancerIpPools } from '../../../helpers/cilium/resources.ts';
import { frr } from '../../../helpers/frr.ts';
import { connectKube, type KubeApi } from '../../../helpers/kube/client.ts';
import { configMaps, deployments, nodes, pods, services } from '../../../helpers/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import { until } from '../../../helpers/waiting.ts';
import type { Conformance } from '../../../reports/conformance.ts';
import { stateDirectory } from '../../state.ts';
import { openLab } from '../netns/lab.ts';
import { isOwned } from './owned.ts';
import { recordedNamespace } from './rbac.ts';
import { openRbacFront, type RbacFront, rulesIn } from './rbac-front.ts';
import { type Stage, setStage } from './stage.ts';

// Provider existing against a reference lab that plays somebody's: over ssh and a kubeconfig with the least rights, and
// with objects and settings of its owner's in it.

/** One of each kind; CLAIMS=all runs all of them, which takes some minutes more. */
const fewClaims = [
  'BGP-01',
  'BGP-05',
  'BGP-08',
  'BGP-12',
  'BGP-13',
  'LB-02',
  'LB-07',
  'LB-09',
  'IPAM-07',
  'IPAM-08',
];

interface Run {
  readonly code: number | null;
  readonly printed: string;
  readonly report: Conformance | undefined;
}

interface Theirs {
  readonly stage: Stage;
  /** With every right. */
  readonly kube: KubeApi;
  readonly front: RbacFront;
  /** Runs claims with the least rights, or as another inventory says. */
  run(claims: readonly string[], inventory?: string): Promise<Run>;
}

const test = base.extend<object, { theirs: Theirs }>({
  theirs: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's dependencies off this pattern
    async ({}, use) => {
      const directory = mkdtempSync(path.join(os.tmpdir(), 'theirs-'));
      const stage = await setStage(`theirs-${process.pid}`, directory, { disruptive: ['BGP-12', 'BGP-13'] });
      const admin = readFileSync(stage.kubeconfig, 'utf8');
      const server = /"server": "([^"]+)"/.exec(admin)?.[1] ?? '';
      const rules = rulesIn(readFileSync(new URL('./rbac.yaml', import.meta.url), 'utf8'));
      const front = await openRbacFront(
        path.join(stateDirectory(stage.name), 'default', 'pki'),
        server,
        rules,
      );
      const kube = connectKube(admin);
      await plant(kube, stage);
      writeFileSync(path.join(directory, 'least.kubeconfig'), front.kubeconfig);
      const least = stage.write('least.yaml', text => text.replace(stage.kubeconfig, 'least.kubeconfig'));
      await use({
        stage,
        kube,
        front,
        run: (claims, inventory = least) => runClaims(directory, claims, inventory),
      });
      kube.close();
      front.close();
      await stage.close();
      rmSync(directory, { recursive: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

/** What the owner has there: objects with names of ours in another namespace, a pool, a neighbour, routes. */
async function plant(kube: KubeApi, stage: Stage): Promise<void> {
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
  await kube.patch(nodes, 'k8s-w1', undefined, { metadata: { labels: { rack: 'r7' } } });
  const lab = await openLab(stage.name);
  const router = lab.host('router');
  await frr(router).configure(['router bgp 65000', 'neighbor 192.168.10.77 remote-as 65077']);
  await frr(router).save();
  await router.exec(['ip', 'route', 'add', '198.18.0.0/15', 'via', '192.168.10.77']);
  await lab.host('k8s-w0').exec(['ip', 'route', 'add', '198.18.0.0/15', 'via', '192.168.20.200']);
  await lab.close();
  await until('their pods to run', 60_000, async () => {
    const running = await kube.list(pods, { namespace: 'default' });
    return running.length === 2 && running.every(pod => pod.status?.phase === 'Running') ? true : undefined;
  });
}

async function runClaims(directory: string, claims: readonly string[], inventory: string): Promise<Run> {
  const out = `existing-${process.pid}-${Date.now()}`;
  const child = spawn(
    'bash',
    [
      ...['lab/setup/attached.sh', 'node_modules/.bin/playwright', 'test', '--project', 'claims'],
      ...(claims.length === 0 ? [] : ['--grep', `(${claims.join('|')}) `]),
    ],
    {
      env: { ...environment(), LAB: 'existing', LAB_INVENTORY: inventory, CONFORMANCE_RUN: out },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  writeFileSync(path.join(directory, 'last-run.log'), printed);
  const folder = /^Report: (\S+)$/m.exec(printed)?.[1];
  const report =
    folder === undefined
      ? undefined
      : (JSON.parse(readFileSync(path.join(folder, 'conformance.json'), 'utf8')) as Conformance);
  return { code, printed, report };
}

/** This run's own settings are not the inner one's. */
function environment(): NodeJS.ProcessEnv {
  const {
    PROVIDERS: _,
    CLAIMS: __,
    TEST_WORKER_INDEX: ___,
    TEST_PARALLEL_INDEX: ____,
    ...others
  } = process.env;
  return others;
}

/** Everything that is not ours, with the version that each change gives anew. */
async function foreign(kube: KubeApi): Promise<string[]> {
  const types: readonly ResourceType[] = [
    services,
    deployments,
    configMaps,
    loadBalancerIpPools,
    bgpPeerConfigs,
  ];
  const all = await Promise.all(
    types.map(async type => (await kube.list<KubeObject>(type)).map(object => ({ type, object }))),
  );
  return all
    .flat()
    .filter(({ object }) => !isOwned(object) && object.metadata.namespace !== recordedNamespace)
    .map(
      ({ type, object: { metadata } }) =>
        `${type.kind} ${metadata.namespace ?? ''}/${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`,
    )
    .toSorted();
}

test('claims pass with the least rights; nothing of others is touched, and all is as it was', async ({
  theirs,
}) => {
  const before = await foreign(theirs.kube);

  const { code, printed, report } = await theirs.run(process.env.CLAIMS === 'all' ? [] : fewClaims);

  expect(theirs.front.refused, 'requests beyond rbac.yaml').toEqual([]);
  expect(
    report?.claims.filter(({ verdict }) => !['passed', 'not applicable'].includes(verdict)),
    printed,
  ).toEqual([]);
  expect(report?.claims.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThanOrEqual(
    fewClaims.length,
  );
  expect(printed).toMatch(
    /is as it was before the run: \d+ objects, addresses, routes and settings compared/,
  );
  expect(code).toBe(0);
  expect(await foreign(theirs.kube)).toEqual(before);
  const left = await theirs.kube.list(pods, { namespace: recordedNamespace });
  expect(left.map(({ metadata }) => metadata.name)).toEqual([]);
});

test('disruptive claims that were not asked for by name, and what is not allowed, do not run', async ({
  theirs,
}) => {
  const strict = theirs.stage.write('strict.yaml', text =>
    text
      .replace(/^allow: .*$/m, 'allow: [label-nodes, router-neighbors]')
      .replace(/^disruptive: .*$/m, 'disruptive: []'),
  );

  const { report } = await theirs.run(['BGP-13', 'LB-09', 'BGP-05'], strict);

  const verdicts = report?.claims.filter(({ id }) => ['BGP-13', 'LB-09', 'BGP-05'].includes(id));
  expect(
    Object.fromEntries(verdicts?.map(({ id, verdict, reason }) => [id, `${verdict}: ${reason ?? ''}`]) ?? []),
  ).toEqual({
    'BGP-05': 'passed: ',
    'BGP-13': expect.stringContaining('LAB_DISRUPTIVE=BGP-13'),
    'LB-09': expect.stringMatching(/it needs .*router-settings in the inventory's allow/),
  });
});

test('what another changes meanwhile is shown, and not taken back', async ({ theirs }) => {
  const running = theirs.run(['BGP-05']);
  await until('the run to have begun', 60_000, async () => {
    const ours = await theirs.kube.list(pods, { namespace: recordedNamespace });
    return ours.length > 0 ? true : undefined;
  });
  await theirs.kube.patch(nodes, 'k8s-w1', undefined, { metadata: { labels: { rack: 'r8' } } });

  const { code, printed } = await running;

  expect(printed).toMatch(
    /is not as it was before the run:\s+changed: cluster default: Node k8s-w1: was …[^…]*r7[^…]*…, is …[^…]*r8/,
  );
  expect(code).not.toBe(0);
  expect((await theirs.kube.get(nodes, 'k8s-w1'))?.metadata.labels?.rack).toBe('r8');
  expect((await theirs.kube.get(nodes, 'k8s-w1'))?.metadata.labels?.['enable-bgp']).toBeUndefined();
  await theirs.kube.patch(nodes, 'k8s-w1', undefined, { metadata: { labels: { rack: 'r7' } } });
});

test('what would be in the way is told before anything is changed', async ({ theirs }) => {
  const pool = { cidr: '198.51.100.64/28' };
  await theirs.kube.create(loadBalancerIpPools, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumLoadBalancerIPPool',
    metadata: { name: 'for-everybody' },
    spec: { blocks: [pool] },
  });

  const { code, printed } = await theirs.run(['BGP-05']);

  await theirs.kube.delete(loadBalancerIpPools, 'for-everybody');
  expect(printed).toMatch(
    /nothing was changed:\s+cluster default: CiliumLoadBalancerIPPool for-everybody selects every service/,
  );
  expect(code).not.toBe(0);
  expect((await theirs.kube.get(nodes, 'k8s-w1'))?.metadata.labels?.['enable-bgp']).toBeUndefined();
});

test('another host key, no key at all, a wrong field, missing rights: told with what to do', async ({
  theirs,
}) => {
  const known = readFileSync(theirs.stage.knownHosts, 'utf8').trim().split('\n');
  const [first = '', second = ''] = known;
  const [name = ''] = first.split(' ');
  const file = (lines: string[]): string => {
    const hosts = `${theirs.stage.knownHosts}.${lines.length}`;
    writeFileSync(hosts, `${lines.join('\n')}\n`);
    return path.basename(hosts);
  };
  const withHosts = (lines: string[]): string =>
    theirs.stage.write('hosts.yaml', text =>
      text.replace('knownHosts: known_hosts', `knownHosts: ${file(lines)}`),
    );

  const swapped = second.replace(/^\S+/, name);
  const another = await theirs.run(['BGP-05'], withHosts([swapped, ...known.slice(1), '']));
  expect(another.printed).toMatch(
    /ssh to router failed: its host key SHA256:\S+ is not the known one \(SHA256:\S+\)/,
  );

  const missing = await theirs.run(['BGP-05'], withHosts(known.slice(1)));
  expect(missing.printed).toMatch(
    /router: \S+ has no key for \[127\.0\.0\.1\]:\d+, and unknown machines are not trusted.*ssh-keyscan/,
  );

  const wrong = await theirs.run(
    ['BGP-05'],
    theirs.stage.write('wrong.yaml', text => text.replace('asn: 65001', 'asn: x')),
  );
  expect(wrong.printed).toMatch(/wrong\.yaml:7: clusters\[0\]\.asn: must be integer/);

  const server = /"server": "([^"]+)"/.exec(readFileSync(theirs.stage.kubeconfig, 'utf8'))?.[1] ?? '';
  const none = await openRbacFront(
    path.join(stateDirectory(theirs.stage.name), 'default', 'pki'),
    server,
    {},
  );
  writeFileSync(path.join(path.dirname(theirs.stage.inventory), 'none.kubeconfig'), none.kubeconfig);
  const powerless = theirs.stage.write('none.yaml', text =>
    text.replace(theirs.stage.kubeconfig, 'none.kubeconfig'),
  );
  const { printed } = await theirs.run(['BGP-05'], powerless);
  none.close();
  expect(printed).toMatch(/cluster default: GET \S+: 403 \S+.* is forbidden: User \S+ cannot/);
  expect(printed).toContain('The rights that suffice are in lab/providers/existing/rbac.yaml');
});
