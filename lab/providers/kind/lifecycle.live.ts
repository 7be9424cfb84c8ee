import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { type Executor, output } from '../../../helpers/exec.ts';
import { until } from '../../../helpers/waiting.ts';
import { hostAddress } from '../../contract/topology.ts';
import { bgp } from '../../topologies/bgp.ts';
import { mesh } from '../../topologies/mesh.ts';
import {
  brokenNode,
  debian,
  type KindWorkshop,
  openWorkshop,
  reaches,
  stubNode,
} from '../testing/kind-machines.ts';
import { inWorkshop } from '../testing/workshop.ts';
import { isolateCluster, rejoinCluster } from './isolate.ts';
import { planLab } from './plan.ts';
import { prefixesInstead, rebased } from './rebase.ts';
import { removeLab, whatIsThere } from './remove.ts';

/** What becomes of a lab that fails, is in somebody's way, or is killed: on a real Docker engine with the real kind. */
test.describe.configure({ mode: 'serial' });

const opened = inWorkshop(openWorkshop, 900_000);
let workshop: KindWorkshop;
let tools: Executor;

test.beforeAll(() => {
  workshop = opened();
  ({ tools } = workshop);
});

test('a node whose kubeadm fails: what kind says comes up, and a second attempt starts from nothing', async () => {
  await expect(workshop.create(bgp, brokenNode)).rejects.toThrow(
    /failed to init node with kubeadm[\s\S]*told to fail/,
  );
  await removeLab(planLab(bgp), tools);
  expect(await whatIsThere(planLab(bgp), tools)).toEqual({ containers: [], networks: [] });
  const { plan } = await workshop.create(bgp);
  await expect(workshop.create(bgp)).rejects.toThrow(/already exists/);
  await removeLab(plan, tools);
  expect(await whatIsThere(plan, tools)).toEqual({ containers: [], networks: [] });
});

test('topology mesh: two clusters on one network, moved away from one that somebody has', async () => {
  await output(tools, ['docker', 'network', 'create', '--subnet', '172.18.0.0/16', 'kind']);
  const taken = [{ network: 'kind', prefix: '172.18.0.0/16' }];
  const topology = rebased(mesh, prefixesInstead(mesh, taken));
  const { plan, on } = await workshop.create(topology);
  for (const host of topology.hosts) {
    const [{ address } = { address: '' }] = host.interfaces;
    expect(address).toMatch(/^172\.19\.0\.[2-5]\/16$/);
    expect(await output(on(host.name), ['ip', '-4', '-o', 'address', 'show', 'dev', 'eth1'])).toContain(
      `inet ${address} `,
    );
  }
  const east = hostAddress(topology, 'east-worker');
  expect(await reaches(on('west-worker'), east)).toBe(true);

  // Apart: each cluster's nodes among themselves, nobody the others; no carrier is lost.
  await isolateCluster(plan, 'east', { tools, image: stubNode });
  expect(await reaches(on('west-worker'), east)).toBe(false);
  expect(await reaches(on('east-worker'), hostAddress(topology, 'west-control-plane'))).toBe(false);
  expect(await reaches(on('east-control-plane'), east)).toBe(true);
  expect(await reaches(on('west-worker'), hostAddress(topology, 'west-control-plane'))).toBe(true);
  expect((await output(on('east-worker'), ['cat', '/sys/class/net/eth1/carrier'])).trim()).toBe('1');
  await rejoinCluster(plan, tools);
  expect(await reaches(on('west-worker'), east)).toBe(true);
  await isolateCluster(plan, 'east', { tools, image: stubNode }); // and so it is removed with the lab

  const config = await output(on('east-control-plane'), ['cat', '/kind/kubeadm.conf']);
  expect(config).toContain('podSubnet: 10.1.0.0/16');
  expect(config).toContain('serviceSubnet: 10.3.0.0/16');
  expect(config).toContain('- 172.19.0.5');
  await removeLab(plan, tools);
  expect(await whatIsThere(plan, tools)).toEqual({ containers: [], networks: [] });
  expect(await output(tools, ['docker', 'network', 'ls', '--format', '{{.Name}}'])).toContain('kind\n');
  await output(tools, ['docker', 'network', 'rm', 'kind']);
});

test('a run killed in the middle leaves nothing: its guardian takes the lab down', async () => {
  // The tools that are not here answer as released ones do.
  const shims = mkdtempSync(path.join(tmpdir(), 'shims-'));
  writeFileSync(path.join(shims, 'helm'), '#!/bin/sh\necho v3.18.4+gd80839c\n', { mode: 0o755 });
  writeFileSync(path.join(shims, 'kubectl'), '#!/bin/sh\necho Client Version: v1.33.2\n', { mode: 0o755 });
  const script = fileURLToPath(new URL('../testing/start-kind.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, debian, stubNode], {
    env: {
      ...process.env,
      ...workshop.engine.env,
      PATH: `${shims}:${workshop.engine.env.PATH}`,
      TMPDIR: shims,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const plan = planLab(bgp);
  await until('the first node to be there', 120_000, async () =>
    (await whatIsThere(plan, tools)).containers.length > 0 ? true : undefined,
  );
  child.kill('SIGKILL');
  await until('the guardian to be through', 120_000, async () => {
    const { containers, networks } = await whatIsThere(plan, tools);
    return containers.length + networks.length === 0 ? true : undefined;
  });
  rmSync(shims, { recursive: true });
});
