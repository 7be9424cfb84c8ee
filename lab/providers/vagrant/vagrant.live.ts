import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { type Executor, output } from '../../../helpers/exec.ts';
import { frr } from '../../../helpers/frr.ts';
import { connectSsh, type SshExecutor } from '../../../helpers/ssh.ts';
import { until } from '../../../helpers/waiting.ts';
import type { Topology } from '../../contract/topology.ts';
import { bgp } from '../../topologies/bgp.ts';
import { neighborLines } from '../../topologies/frr-config.ts';
import { type Hypervisor, startHypervisor } from '../testing/hypervisor.ts';
import { installed, NotToBeHad, rootOnLinux, vagrantBox } from '../testing/parts.ts';
import { inWorkshop, ownTemporary } from '../testing/workshop.ts';
import { vagrantLabs } from './labs.ts';
import { machinesFile } from './machines.ts';
import { findLogins, maker, up } from './provider.ts';
import { isMade, prepare, vagrant } from './vagrant.ts';
import { setWire } from './wire.ts';

/**
 * Our Vagrantfile and the steps of router and nodes on real Vagrant, libvirt and plain qemu, in machines of Debian's
 * packages: no Kubernetes, no Cilium, no way out. Minutes without KVM, so it is asked for: VAGRANT_LIVE=1.
 */
test.describe.configure({ mode: 'serial' });

const box = { name: 'conformance-test/debian', version: '0' };
const boxes = { virtualbox: box, libvirt: box };

/** Router and one node of the documents. */
const topology: Topology = {
  ...bgp,
  hosts: bgp.hosts.filter(({ name }) => name === 'router' || name === 'k8s-w0'),
};

/** @throws NotToBeHad */
async function openWorkshop(): Promise<{ readonly hypervisor: Hypervisor; close(): Promise<void> }> {
  if (process.env.VAGRANT_LIVE !== '1')
    throw new NotToBeHad(
      'it takes minutes (three and a half on two processors without KVM): VAGRANT_LIVE=1 asks for it',
    );
  rootOnLinux();
  const made = vagrantBox();
  const temporary = ownTemporary('conformance-vagrant-');
  try {
    const hypervisor = await startHypervisor(path.join(temporary.directory, 'hypervisor'), made);
    const close = async (): Promise<void> => {
      await hypervisor.stop();
      temporary.close();
    };
    const add = ['vagrant', 'box', 'add', '--name', box.name, path.join(made, 'debian.box')];
    await output(hypervisor.tools, add).catch(async (error: unknown) => {
      await close();
      throw error;
    });
    return { hypervisor, close };
  } catch (error) {
    temporary.close();
    throw error;
  }
}

test('vagrant takes the Vagrantfile, for both hypervisors', () => {
  try {
    installed('vagrant', 'vagrant-libvirt');
  } catch (error) {
    if (error instanceof NotToBeHad) test.skip(true, error.message);
    throw error;
  }
  const directory = mkdtempSync(path.join(tmpdir(), 'vagrantfile-'));
  const machines = path.join(directory, 'machines.json');
  writeFileSync(machines, JSON.stringify(machinesFile(bgp)));
  // Without VirtualBox, vagrant looks at no block of its: one that says its version is enough to validate.
  const bin = path.join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'VBoxManage'), '#!/bin/sh\necho 7.0.10r158379\n');
  chmodSync(path.join(bin, 'VBoxManage'), 0o755);
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    VAGRANT_CWD: fileURLToPath(new URL('.', import.meta.url)),
    VAGRANT_HOME: path.join(directory, 'home'),
    VAGRANT_DOTFILE_PATH: path.join(directory, 'dot'),
    CONFORMANCE_LAB: machines,
  };
  for (const hypervisor of ['virtualbox', 'libvirt']) {
    const said = execFileSync('vagrant', ['validate'], {
      encoding: 'utf8',
      env: { ...env, VAGRANT_DEFAULT_PROVIDER: hypervisor },
    });
    expect(said, hypervisor).toContain('Vagrantfile validated successfully.');
  }
  // The block is looked at: a setting that VirtualBox does not have is refused.
  const broken = path.join(directory, 'broken');
  mkdirSync(broken);
  const text = readFileSync(path.join(env.VAGRANT_CWD, 'Vagrantfile'), 'utf8');
  writeFileSync(
    path.join(broken, 'Vagrantfile'),
    text.replace('virtualbox.linked_clone', 'virtualbox.linked_clown'),
  );
  const refused = spawnSync('vagrant', ['validate'], {
    encoding: 'utf8',
    env: { ...env, VAGRANT_CWD: broken, VAGRANT_DEFAULT_PROVIDER: 'virtualbox' },
  });
  expect(refused.status).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain('linked_clown');
  rmSync(directory, { recursive: true });
});

test.describe('machines', () => {
  const opened = inWorkshop(openWorkshop, 1_800_000);
  let hypervisor: Hypervisor;
  let tools: Executor;
  const machines = new Map<string, SshExecutor>();
  const on = (name: string): SshExecutor => {
    const machine = machines.get(name);
    if (machine === undefined) throw new Error(`no machine ${name}`);
    return machine;
  };

  test.beforeAll(async () => {
    test.setTimeout(1_800_000);
    ({ hypervisor } = opened());
    ({ tools } = hypervisor);
    mkdirSync(vagrantLabs.directory(topology.name), { recursive: true });
    const file = machinesFile(topology, boxes);
    // Kubernetes' packages come from outside.
    const withoutKubernetes = file.machines.map(machine => ({
      ...machine,
      memoryMiB: 384,
      steps: machine.steps.filter(({ name }) => name !== 'kubernetes'),
    }));
    prepare(topology, { ...file, machines: withoutKubernetes });
    const progress: string[] = [];
    await up(topology, tools, line => progress.push(line));
    expect(progress.join('\n')).toMatch(/router: Running provisioner: frr/);
    for (const [name, login] of Object.entries(await findLogins(topology, tools))) {
      if (!('key' in login.knownHosts)) throw new Error(`no host key of ${name}`);
      machines.set(
        name,
        await connectSsh({
          name,
          // The hypervisor's network is not this machine's.
          sock: () => {
            const [program = '', ...args] = hypervisor.command([
              'socat',
              'STDIO',
              `TCP:${login.address}:${login.port}`,
            ]);
            const { stdin, stdout } = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
            return Duplex.from({ readable: stdout, writable: stdin });
          },
          username: login.user,
          privateKey: readFileSync(login.identityFile, 'utf8'),
          hostKey: login.knownHosts.key,
          sudo: true,
        }),
      );
    }
  });

  test.afterAll(() => {
    for (const machine of machines.values()) machine.close();
  });

  test('every machine has its name, addresses and routes', async () => {
    for (const host of topology.hosts) {
      expect((await output(on(host.name), ['hostname'])).trim()).toBe(host.name);
      const addresses = await output(on(host.name), ['ip', '-4', '-o', 'address', 'show']);
      for (const each of [...host.interfaces, ...(host.loopbacks ?? [])])
        expect(addresses).toMatch(new RegExp(`${each.name} +inet ${each.address.replaceAll('.', '\\.')}`));
      const routes = await output(on(host.name), ['ip', 'route']);
      for (const { to, via } of host.routes ?? []) expect(routes).toContain(`${to} via ${via} dev eth1`);
    }
    expect(await output(on('k8s-w0'), ['cat', '/etc/hosts'])).toContain('192.168.10.200 router\n');
    expect((await on('k8s-w0').exec(['ping', '-c', '1', '-W', '5', '192.168.10.200'])).code).toBe(0);
  });

  test('FRR runs with the configuration of the documents, and what is typed later stays', async () => {
    const bgpd = frr(on('router'));
    // watchfrr takes daemons for dead that get no processor for seconds, and starts them anew.
    const running = { timeout: 180_000 };
    await expect
      .poll(() => bgpd.runningConfig(), running)
      .toContain('router bgp 65000\n bgp router-id 192.168.10.200\n');
    await bgpd.configure([
      'router bgp 65000',
      ...neighborLines(bgp).filter(line => !line.includes('192.168.10')),
    ]);
    await bgpd.save();
    await output(tools, vagrant(topology, ['provision']));
    await expect
      .poll(() => bgpd.runningConfig(), running)
      .toContain(' neighbor 192.168.20.100 peer-group CILIUM\n');
  });

  test('a wire that is cut: the carrier stays, nothing passes, and mended it is as before', async () => {
    const reaches = async (): Promise<boolean> =>
      (await on('k8s-w0').exec(['ping', '-c', '1', '-W', '5', '192.168.20.200'])).code === 0;
    const wire = { host: 'k8s-w0', networkInterface: 'eth1' };
    await setWire(topology, wire, 'cut', tools);
    expect(await reaches()).toBe(false);
    expect((await output(on('k8s-w0'), ['cat', '/sys/class/net/eth1/carrier'])).trim()).toBe('1');
    await setWire(topology, wire, 'mended', tools);
    await until('the router to answer', 30_000, async () => ((await reaches()) ? true : undefined));
  });

  test('halted and destroyed, nothing is left', async () => {
    const virsh = (...args: string[]): Promise<string> =>
      output(tools, ['virsh', '--connect', 'qemu:///system', ...args]);
    await output(tools, vagrant(topology, ['halt']));
    expect((await virsh('list', '--name')).trim()).toBe('');
    await maker().remove(topology, undefined, tools);
    expect(isMade(topology)).toBe(false);
    expect((await virsh('list', '--all', '--name')).trim()).toBe('');
    expect(await virsh('net-list', '--all', '--name')).not.toContain('conformance');
    expect(await virsh('vol-list', 'conformance')).not.toContain('conformance-bgp');
  });
});
