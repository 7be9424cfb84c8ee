import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { containerExecutor } from '../../../helpers/container.ts';
import { type Executor, output } from '../../../helpers/exec.ts';
import { machineTools } from '../../../helpers/tools.ts';
import type { Topology } from '../../contract/topology.ts';
import { createMachines } from '../kind/create.ts';
import { kindLabs } from '../kind/labs.ts';
import { type KindPlan, machinesOf, planLab } from '../kind/plan.ts';
import { type Engine, startEngine } from './engine.ts';
import { rootFilesystem, rootOnLinux } from './parts.ts';
import { ownTemporary } from './workshop.ts';

/** Images of Debian's packages: the router's, a kind node's without Kubernetes, and one whose kubeadm fails. */
export const debian = 'cilium-conformance-test/debian:12';
export const stubNode = 'cilium-conformance-test/node:1';
export const brokenNode = 'cilium-conformance-test/node:broken';

const packages = 'frr iproute2 tcpdump curl python3 iputils-ping arping procps tini conntrack nftables'.split(
  ' ',
);

export interface Machines {
  readonly plan: KindPlan;
  on(name: string): Executor;
}

/** A Docker engine with the images above, and the real kind. Labs made in it are remembered nowhere else. */
export interface KindWorkshop {
  readonly engine: Engine;
  readonly tools: Executor;
  create(topology: Topology, node?: string): Promise<Machines>;
  close(): Promise<void>;
}

/** @throws NotToBeHad */
export async function openWorkshop(): Promise<KindWorkshop> {
  rootOnLinux();
  const tar = path.join(rootFilesystem('bookworm-frr-nftables', packages), 'rootfs.tar');
  const temporary = ownTemporary('conformance-kind-');
  const engine = await startEngine(path.join(temporary.directory, 'engine')).catch((error: unknown) => {
    temporary.close();
    throw error;
  });
  const tools = machineTools({ env: engine.env });
  const close = async (): Promise<void> => {
    await engine.stop();
    temporary.close();
  };
  try {
    await output(tools, ['docker', 'import', tar, debian]);
    const stub = fileURLToPath(new URL('./stub-node/', import.meta.url));
    const build = ['docker', 'build', '--quiet', '--tag'];
    await output(tools, [...build, stubNode, '--build-arg', `BASE=${debian}`, stub]);
    await output(tools, [...build, brokenNode, '-'], { input: `FROM ${stubNode}\nENV FAIL=kubeadm\n` });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    engine,
    tools,
    close,
    create: async (topology, node = stubNode) => {
      const plan = planLab(topology);
      mkdirSync(kindLabs.directory(topology.name), { recursive: true });
      await createMachines(plan, { tools, onProgress: () => {}, images: { router: debian, node } });
      const hosts = new Map(
        machinesOf(plan).map(({ host, container }) => [
          host.name,
          containerExecutor(host.name, container, tools),
        ]),
      );
      return {
        plan,
        on: name => {
          const host = hosts.get(name);
          if (host === undefined) throw new Error(`no machine ${name}`);
          return host;
        },
      };
    },
  };
}

export const reaches = async (from: Executor, address: string): Promise<boolean> =>
  (await from.exec(['ping', '-c', '1', '-W', '2', address])).code === 0;
