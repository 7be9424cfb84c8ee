import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from '@playwright/test';
import type { ExecResult, Executor } from '../../../helpers/exec.ts';
import type { RunningLab } from '../../contract/provider.ts';
import { madeLabs } from '../../lifecycle/made-lab.ts';
import { vagrantLabs } from './labs.ts';
import { maker } from './provider.ts';

// They change what the process's directory for temporary files is.
test.describe.configure({ mode: 'serial' });

const before = process.env.TMPDIR;
test.beforeEach(() => {
  process.env.TMPDIR = mkdtempSync(path.join(tmpdir(), 'vagrant-state-'));
});
test.afterEach(() => {
  rmSync(process.env.TMPDIR ?? '', { recursive: true });
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
});

const machines = ['router', 'k8s-ctr', 'k8s-w1', 'k8s-w0'];

/** Vagrant with four machines, in memory: answers as the real one does, and fails where it is told to. */
class FakeVagrant {
  readonly calls: string[] = [];
  failing: string | undefined;
  /** What is left after destroy. */
  left: string | undefined;
  onUp: (() => void) | undefined;

  executor(signal?: AbortSignal): Executor {
    return {
      name: 'this machine',
      exec: async argv => {
        signal?.throwIfAborted();
        return this.#answer(argv);
      },
      start: async argv => {
        signal?.throwIfAborted();
        this.onUp?.();
        const { code } = this.#answer(argv);
        const said =
          "Bringing machine 'router' up with 'libvirt' provider...\n==> router: Running provisioner: frr (shell)...\n    router: E: Unable to locate package frr\n";
        return {
          stdout: Readable.from([Buffer.from(said)]),
          stderr: Readable.from([]),
          endInput: () => {},
          signal: () => {},
          exited: Promise.resolve({ code, signal: undefined }),
        };
      },
    };
  }

  #answer(argv: readonly string[]): ExecResult {
    const ok = (stdout = ''): ExecResult => ({ code: 0, stdout, stderr: '' });
    const words = argv.filter(word => !/^(env|[A-Z_]+=.*)$/.test(word));
    const line = words.join(' ');
    if (line === 'vagrant --version') return ok('Vagrant 2.4.9\n');
    if (line.startsWith('helm')) return ok('v3.18.4+gd80839c\n');
    if (line.startsWith('kubectl')) return ok('Client Version: v1.33.2\n');
    if (line.startsWith('virsh')) return { code: 1, stdout: '', stderr: 'error: failed to get network' };
    this.calls.push(line);
    const noted = path.join(vagrantLabs.directory('bgp'), 'vagrant', 'machines');
    if (line.startsWith('vagrant up')) {
      for (const name of machines) {
        mkdirSync(path.join(noted, name, 'libvirt'), { recursive: true });
        writeFileSync(path.join(noted, name, 'libvirt', 'id'), name);
      }
    }
    // A step that fails leaves the machines it was made on.
    if (this.failing !== undefined && line.startsWith(this.failing))
      return { code: 1, stdout: '', stderr: 'The SSH command responded with a non-zero exit status.\n' };
    if (line.startsWith('vagrant destroy') && this.left === undefined)
      rmSync(noted, { recursive: true, force: true });
    if (line.startsWith('vagrant status'))
      return ok(
        machines
          .map(name => `1763700000,${name},state,${this.left === name ? 'running' : 'not_created'}\n`)
          .join(''),
      );
    if (line.startsWith('vagrant ssh-config'))
      return ok(
        machines
          .map(name => `Host ${name}\n  HostName 127.0.0.1\n  User vagrant\n  Port 2222\n  IdentityFile /k\n`)
          .join('\n'),
      );
    return ok(line.startsWith('vagrant ssh ') ? 'ssh-ed25519 AAAA\n' : '');
  }
}

interface Attempt {
  readonly vagrant: FakeVagrant;
  readonly makeCluster?: () => Promise<string>;
  readonly signal?: AbortSignal;
}

async function start({ vagrant, makeCluster, signal }: Attempt): Promise<{
  readonly lab: Promise<RunningLab>;
  readonly said: string[];
}> {
  const said: string[] = [];
  const parts = {
    installCilium: () => Promise.resolve(),
    makeCluster: makeCluster ?? (() => Promise.resolve('kubeconfig')),
    openHosts: () => Promise.resolve(new Map()),
    withClusters: () => Promise.resolve(),
  };
  const lab = madeLabs(maker(parts), {
    tools: ending => vagrant.executor(ending),
    guard: () => ({ dismiss: () => {} }),
  }).start(
    { slot: 0, topology: 'bgp', version: '1.18.0', faults: [] },
    {
      name: 'ignored',
      keep: false,
      signal: signal ?? new AbortController().signal,
      onProgress: line => said.push(line),
    },
  );
  await lab.catch(() => {});
  return { lab, said };
}

test('machines, then how they are reached, then the cluster; destroyed in the end', async () => {
  const vagrant = new FakeVagrant();
  const { lab, said } = await start({ vagrant });
  expect(vagrant.calls).toEqual([
    'vagrant up --provision',
    'vagrant ssh-config',
    ...['router', 'k8s-ctr', 'k8s-w1', 'k8s-w0'].map(
      name => `vagrant ssh ${name} --no-tty --command cat /etc/ssh/ssh_host_ed25519_key.pub`,
    ),
  ]);
  expect(said.some(line => line.endsWith('router: Running provisioner: frr (shell)...'))).toBe(true);
  expect(vagrantLabs.read('bgp')?.details).toMatchObject({
    logins: { router: { address: '127.0.0.1', port: 2222, knownHosts: { key: 'ssh-ed25519 AAAA' } } },
    kubeconfigs: { default: 'kubeconfig' },
  });
  vagrant.calls.length = 0;
  await (await lab).stop();
  expect(vagrant.calls).toEqual(['vagrant destroy --force', 'vagrant status --machine-readable']);
  expect(vagrantLabs.read('bgp')).toBeUndefined();
});

for (const failing of ['vagrant up', 'vagrant ssh-config', 'vagrant ssh k8s-w1'] as const) {
  test(`when ${failing} fails, the machines are destroyed, and its words come up`, async () => {
    const vagrant = new FakeVagrant();
    vagrant.failing = failing;
    const { lab } = await start({ vagrant });
    await expect(lab).rejects.toThrow(
      failing === 'vagrant up' ? 'Unable to locate package frr' : 'non-zero exit status',
    );
    expect(vagrant.calls.slice(-2)).toEqual(['vagrant destroy --force', 'vagrant status --machine-readable']);
    expect(vagrantLabs.read('bgp')).toBeUndefined();
  });
}

test('a kubeadm that fails takes the machines with it', async () => {
  const vagrant = new FakeVagrant();
  const makeCluster = () => Promise.reject(new Error('on k8s-ctr: kubeadm init: exit code 1'));
  await expect((await start({ vagrant, makeCluster })).lab).rejects.toThrow(
    'on k8s-ctr: kubeadm init: exit code 1',
  );
  expect(vagrant.calls).toContain('vagrant destroy --force');
});

test('interrupted while machines come up, they are destroyed', async () => {
  const vagrant = new FakeVagrant();
  const interrupted = new AbortController();
  vagrant.onUp = () => interrupted.abort(new Error('interrupted'));
  await expect((await start({ vagrant, signal: interrupted.signal })).lab).rejects.toThrow('interrupted');
  expect(vagrant.calls).toContain('vagrant destroy --force');
});

test('a machine that will not go is named', async () => {
  const vagrant = new FakeVagrant();
  const { lab } = await start({ vagrant });
  vagrant.left = 'k8s-w1';
  await expect((await lab).stop()).rejects.toThrow('of the vagrant lab bgp there is left: k8s-w1 is running');
  expect(vagrantLabs.read('bgp')).toBeDefined();
});
