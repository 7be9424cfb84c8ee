import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { processId } from '../../../helpers/processes.ts';
import type { LabWish, RunningLab } from '../../contract/provider.ts';
import { madeLabs } from '../../lifecycle/made-lab.ts';
import { FakeEngine } from './fake-engine.ts';
import { kindLabs } from './labs.ts';
import { maker } from './provider.ts';

// They change what the process's directory for temporary files is.
test.describe.configure({ mode: 'serial' });

const wish = (topology: string): LabWish => ({ slot: 0, topology, version: '1.18.0', faults: [] });

interface Attempt {
  readonly engine: FakeEngine;
  readonly install?: () => Promise<void>;
  readonly signal?: AbortSignal;
  readonly keep?: boolean;
  readonly topology?: string;
}

/** Starts a lab in a fake engine; `guards` says what became of its guardian. */
async function start({ engine, install, signal, keep = false, topology = 'bgp' }: Attempt): Promise<{
  readonly lab: Promise<RunningLab>;
  readonly guards: string[];
  readonly said: string[];
}> {
  const guards: string[] = [];
  const said: string[] = [];
  const provider = madeLabs(maker({ installCilium: install ?? (() => Promise.resolve()) }), {
    tools: ending => engine.executor(ending),
    guard: () => {
      guards.push('posted');
      return { dismiss: () => guards.push('dismissed') };
    },
  });
  const lab = provider.start(wish(topology), {
    name: 'ignored',
    keep,
    signal: signal ?? new AbortController().signal,
    onProgress: line => said.push(line),
  });
  await lab.catch(() => {});
  return { lab, guards, said };
}

/** An engine with somebody's own network, cluster and container in it. */
function sharedEngine(): FakeEngine {
  const engine = new FakeEngine();
  engine.networks.set('bridge', { labels: [], prefix: '172.17.0.0/16' });
  engine.networks.set('kind', { labels: [], prefix: '172.30.0.0/16' });
  engine.containers.set('kind-control-plane', { labels: ['io.x-k8s.kind.cluster=kind'] });
  engine.containers.set('db', { labels: ['io.cilium-conformance.topology=other'] });
  return engine;
}
const theirs = { networks: ['bridge', 'kind'], containers: ['kind-control-plane', 'db'] };
const contents = (engine: FakeEngine) => ({
  networks: [...engine.networks.keys()],
  containers: [...engine.containers.keys()],
});

/** Labs of whoever runs these tests are remembered elsewhere. */
const before = process.env.TMPDIR;
test.beforeEach(() => {
  process.env.TMPDIR = mkdtempSync(path.join(tmpdir(), 'kind-state-'));
});
test.afterEach(() => {
  rmSync(process.env.TMPDIR ?? '', { recursive: true });
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
});

test('networks before clusters, clusters before the router, and all gone after stop', async () => {
  const engine = sharedEngine();
  const { lab, guards } = await start({ engine });
  const running = await lab;
  const order = engine.calls.map(call =>
    call
      .replace(/^env \S+ \S+ /, '')
      .split(' ')
      .slice(0, 3)
      .join(' '),
  );
  expect(order.slice(0, 7)).toEqual([
    'docker network create',
    'docker network create',
    'docker network create',
    'docker build --quiet',
    'kind create cluster',
    'docker build --quiet',
    'docker run --detach',
  ]);
  expect(order.slice(7).filter(call => call === 'docker network connect')).toHaveLength(5);
  expect(engine.calls.at(-1)).toBe('docker exec conformance-bgp-router /usr/lib/frr/frrinit.sh start');
  expect(kindLabs.read('bgp')).toMatchObject({
    topology: 'bgp',
    cilium: '1.18.0',
    owner: { pid: process.pid },
  });
  expect(guards).toEqual(['posted']);

  await running.stop();
  expect(contents(engine)).toEqual(theirs);
  expect(guards).toEqual(['posted', 'dismissed']);
  expect(kindLabs.read('bgp')).toBeUndefined();
});

test('whatever fails, nothing of ours is left and nothing of others is touched', async () => {
  const whole = sharedEngine();
  await (await (await start({ engine: whole })).lab).stop();
  const steps = whole.calls.findIndex(call => call.startsWith('docker rm'));
  expect(steps).toBeGreaterThan(15);
  for (let failAt = 1; failAt <= steps; failAt += 1) {
    const engine = sharedEngine();
    engine.failAt = failAt;
    const { lab, guards } = await start({ engine });
    await expect(lab, `call ${failAt}`).rejects.toThrow('told to fail');
    expect(contents(engine), `after call ${failAt} failed: ${engine.calls[failAt - 1]}`).toEqual(theirs);
    expect(guards).toEqual(['posted', 'dismissed']);
    expect(kindLabs.read('bgp')).toBeUndefined();
  }
});

test('a Cilium that does not come up takes the lab with it, and says why', async () => {
  const engine = sharedEngine();
  const install = () => Promise.reject(new Error('daemonset/cilium does not get ready: ImagePullBackOff'));
  await expect((await start({ engine, install })).lab).rejects.toThrow('ImagePullBackOff');
  expect(contents(engine)).toEqual(theirs);
});

test('interrupted at any step, nothing is left', async () => {
  for (const at of [1, 3, 5, 8, 12]) {
    const engine = sharedEngine();
    const interrupted = new AbortController();
    engine.before = call => {
      if (call === at) interrupted.abort(new Error('interrupted'));
    };
    await expect((await start({ engine, signal: interrupted.signal })).lab).rejects.toThrow('interrupted');
    expect(contents(engine), `interrupted at call ${at}`).toEqual(theirs);
  }
});

test('what a dead run left is removed first', async () => {
  const engine = sharedEngine();
  engine.networks.set('conformance-bgp-lan10', {
    labels: ['io.cilium-conformance.topology=bgp'],
    prefix: '192.168.10.0/24',
  });
  engine.containers.set('conformance-bgp-worker', { labels: ['io.x-k8s.kind.cluster=conformance-bgp'] });
  kindLabs.write({
    topology: 'bgp',
    details: { prefixes: {} },
    cilium: '1.18.0',
    startedAt: '',
    owner: { pid: 2 ** 22 + 1, startTicks: '1' },
  });
  const { lab, said } = await start({ engine });
  await (await lab).stop();
  expect(said[0]).toContain('removing what an earlier run left');
  expect(contents(engine)).toEqual(theirs);
});

test('up twice: the second run is told who has the lab', async () => {
  const engine = sharedEngine();
  const owner = processId(process.ppid);
  kindLabs.write({ topology: 'bgp', details: { prefixes: {} }, cilium: '1.18.0', startedAt: '', owner });
  await expect((await start({ engine })).lab).rejects.toThrow(`process ${owner.pid} uses the kind lab bgp`);
  expect(engine.calls).toEqual([]);
});

test('a kept lab has no guardian and no owner; one of another version is not replaced', async () => {
  const engine = sharedEngine();
  const { lab, guards } = await start({ engine, keep: true });
  expect((await lab).endedBy).toBe('LAB=kind npm run lab -- down bgp');
  expect(guards).toEqual(['posted', 'dismissed']);
  expect(kindLabs.read('bgp')?.readyMs).toBeGreaterThanOrEqual(0);
  expect(kindLabs.read('bgp')?.owner).toBeUndefined();

  process.env.CILIUM_VERSION = '1.19.6';
  try {
    await expect((await start({ engine })).lab).rejects.toThrow(
      'the kind lab bgp that was kept has Cilium 1.18.0, and 1.19.6 is wanted; take it down first: LAB=kind npm run lab -- down bgp',
    );
  } finally {
    delete process.env.CILIUM_VERSION;
  }
});

test('the mesh takes another prefix when somebody has its own', async () => {
  const engine = sharedEngine();
  engine.networks.set('kind', { labels: [], prefix: '172.18.0.0/16' });
  const { lab } = await start({ engine, topology: 'mesh' });
  const running = await lab;
  expect(kindLabs.read('mesh')?.details.prefixes).toEqual({ kind: '172.19.0.0/16' });
  expect(engine.calls).toContain(
    'docker network connect --ip 172.19.0.3 conformance-mesh-kind conformance-west-control-plane',
  );
  await running.stop();
  expect(contents(engine)).toEqual(theirs);
});
