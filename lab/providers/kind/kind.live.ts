import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { containerExecutor } from '../../../helpers/container.ts';
import { type Executor, output } from '../../../helpers/exec.ts';
import { machineTools } from '../../../helpers/tools.ts';
import { bgp } from '../../topologies/bgp.ts';
import { mesh } from '../../topologies/mesh.ts';
import type { Topology } from '../../topology.ts';
import { type Engine, startEngine } from '../testing/engine.ts';
import { NotToBeHad, rootFilesystem, rootOnLinux } from '../testing/parts.ts';
import { createMachines } from './create.ts';
import { machinesOf, planLab } from './plan.ts';
import { removeLab, whatIsThere } from './remove.ts';
import { labDirectory } from './state.ts';

const debian = 'cilium-conformance-test/debian:12';
const stubNode = 'cilium-conformance-test/node:1';
const packages = 'frr iproute2 tcpdump curl python3 iputils-ping arping procps tini conntrack'.split(' ');

let engine: Engine;
let tools: Executor;

test.beforeAll(async () => {
  test.setTimeout(600_000);
  const tar = ((): string => {
    try {
      rootOnLinux();
      return path.join(rootFilesystem('bookworm-frr', packages), 'rootfs.tar');
    } catch (error) {
      if (error instanceof NotToBeHad) test.skip(true, error.message);
      throw error;
    }
  })();
  engine = await startEngine(mkdtempSync(path.join(tmpdir(), 'conformance-engine-')));
  tools = machineTools({ env: engine.env });
  await output(tools, ['docker', 'import', tar, debian]);
  const stub = fileURLToPath(new URL('../testing/stub-node/', import.meta.url));
  await output(tools, [
    'docker',
    'build',
    '--quiet',
    '--tag',
    stubNode,
    '--build-arg',
    `BASE=${debian}`,
    stub,
  ]);
});

test.afterAll(async () => {
  await engine?.stop();
});

const create = async (topology: Topology) => {
  const plan = planLab(topology);
  mkdirSync(labDirectory(topology.name), { recursive: true });
  await createMachines(plan, { tools, onProgress: () => {}, images: { router: debian, node: stubNode } });
  const on = new Map(
    machinesOf(plan).map(({ host, container }) => [
      host.name,
      containerExecutor(host.name, container, tools),
    ]),
  );
  return { plan, on: (name: string): Executor => on.get(name) as Executor };
};

test('bgp: real kind, real networks, real router', async () => {
  const { plan, on } = await create(bgp);
  console.log(await output(on('k8s-ctr'), ['ip', 'route']));
  console.log(
    await output(on('k8s-ctr'), [
      'cat',
      '/var/calls',
      '/var/kubeadm.conf',
      '/var/lib/kubelet/kubeadm-flags.env',
    ]),
  );
  console.log(await output(on('router'), ['vtysh', '-c', 'show running-config']));
  await removeLab(plan, tools);
  expect(await whatIsThere(plan, tools)).toEqual({ containers: [], networks: [] });
});
