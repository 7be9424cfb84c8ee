import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { ExecResult } from '../../helpers/exec.ts';
import type { Finding, Machine } from '../machine/finding.ts';
import { diagnose, formatFindings } from './doctor.ts';

/** A machine that knows these commands (by the start of their command line) and no others. */
function machine(
  answers: Record<string, string | Partial<ExecResult>>,
  about: Partial<Machine> = {},
): Machine {
  return {
    platform: 'linux',
    isRoot: true,
    exists: () => false,
    run: argv => {
      const line = argv.join(' ');
      const known = Object.entries(answers).find(([start]) => line.startsWith(start));
      const answer = known?.[1] ?? { code: 127, stderr: 'not installed' };
      const result = typeof answer === 'string' ? { stdout: answer } : answer;
      return Promise.resolve({ code: 0, stdout: '', stderr: '', ...result });
    },
    ...about,
  };
}

const pick = (findings: readonly Finding[], provider: Finding['provider'], what: string) =>
  findings.find(finding => finding.provider === provider && finding.what === what);

const readyForNetns = {
  'dpkg-query': '',
  'bash lab/setup/setup.sh --missing': '',
  'bash lab/setup/kernel.sh': '',
};

test('a Debian machine with everything can run the embedded lab, also without kubectl', async () => {
  const findings = await diagnose(machine(readyForNetns));

  expect(formatFindings(findings)).toContain('LAB=netns: can run here');
  expect(pick(findings, 'netns', 'kubectl')).toMatchObject({ state: 'wanted' });
  expect(formatFindings(findings)).toContain('LAB=kind: cannot run here yet');
});

test('names the missing packages and the command that installs them', async () => {
  const missing = 'frr the router\ntini the init process\n';
  const findings = await diagnose(
    machine({ ...readyForNetns, 'bash lab/setup/setup.sh --missing': missing }),
  );

  expect(pick(findings, 'netns', 'Debian packages')).toEqual({
    provider: 'netns',
    what: 'Debian packages',
    state: 'missing',
    detail: 'frr tini',
    remedy: 'bash lab/setup/setup.sh',
  });
  expect(formatFindings(findings)).toContain('LAB=netns: cannot run here yet');
});

test('without eBPF the embedded lab runs, and it is said what is missing', async () => {
  const why =
    'the reference system has no DSR with Geneve here: clang is not installed\nThe embedded lab runs without it';
  const findings = await diagnose(
    machine({ ...readyForNetns, 'bash lab/setup/bpf.sh': { code: 1, stderr: why } }),
  );

  expect(pick(findings, 'netns', 'eBPF programs for DSR with Geneve')).toMatchObject({
    state: 'wanted',
    detail: expect.stringContaining('clang is not installed'),
  });
  expect(formatFindings(findings)).toContain('LAB=netns: can run here');
});

test('without cgroup v2 the reference lab runs, and real Cilium says what it needs', async () => {
  const stderr =
    'no cgroup can be made (Permission denied); real Cilium needs write access; in a container: …\n';
  const findings = await diagnose(
    machine({ ...readyForNetns, 'bash lab/setup/cgroup.sh --try': { code: 1, stderr } }),
  );

  expect(pick(findings, 'netns', 'cgroup v2 for real Cilium')).toMatchObject({
    state: 'wanted',
    detail: 'no cgroup can be made (Permission denied)',
    remedy: 'real Cilium needs write access; in a container: …',
  });
  expect(formatFindings(findings)).toContain('LAB=netns: can run here');
});

test('passes on what the kernel lacks', async () => {
  const findings = await diagnose(
    machine({ ...readyForNetns, 'bash lab/setup/kernel.sh': 'veth: no\nbridge: no\n' }),
  );

  expect(pick(findings, 'netns', 'kernel features')).toMatchObject({
    state: 'missing',
    detail: 'veth: no; bridge: no',
  });
});

test('a check that cannot be made is not a check that passed', async () => {
  const failing = { code: 1, stderr: 'lab/setup/kernel.sh: No such file or directory' };
  const broken = await diagnose(
    machine({ ...readyForNetns, 'bash lab/setup/kernel.sh': failing, 'bash lab/setup/setup.sh': failing }),
  );
  expect(pick(broken, 'netns', 'kernel features')).toMatchObject({
    state: 'missing',
    detail: failing.stderr,
  });

  const unprivileged = await diagnose(machine(readyForNetns, { isRoot: false }));
  expect(pick(unprivileged, 'netns', 'root')).toMatchObject({ state: 'missing' });
  expect(pick(unprivileged, 'netns', 'kernel features')).toMatchObject({ detail: 'not tried: needs root' });
});

test('macOS is told that the embedded lab needs Linux, and gets its own commands', async () => {
  const findings = await diagnose(machine({}, { platform: 'darwin' }));

  expect(findings.filter(finding => finding.provider === 'netns')).toHaveLength(1);
  expect(pick(findings, 'netns', 'Linux')).toMatchObject({ state: 'missing', detail: 'darwin' });
  expect(pick(findings, 'kind', 'kind')).toMatchObject({ remedy: 'brew install kind' });
});

test('a Docker client without an engine is not enough', async () => {
  const docker = { code: 1, stdout: '', stderr: 'Cannot connect to the Docker daemon' };
  const findings = await diagnose(
    machine({ docker, 'kind version': 'kind v0.33.0', 'helm version': 'v3.17.0' }),
  );

  expect(pick(findings, 'kind', 'Docker engine')).toMatchObject({ state: 'missing', detail: docker.stderr });
  expect(pick(findings, 'kind', 'kind')).toMatchObject({ state: 'there', detail: 'kind v0.33.0' });
});

test('Vagrant needs VirtualBox, or libvirt with its plugin', async () => {
  const examine = async (answers: Record<string, string>, about: Partial<Machine> = {}) =>
    pick(await diagnose(machine(answers, about)), 'vagrant', 'VirtualBox or libvirt');

  expect(await examine({})).toMatchObject({ state: 'missing' });
  expect(await examine({ 'VBoxManage --version': 'WARNING: no module\n7.0.20r163906\n' })).toMatchObject({
    state: 'there',
    detail: 'VirtualBox 7.0.20r163906',
  });
  expect(await examine({ 'virsh --version': '9.0.0\n' })).toMatchObject({ state: 'missing' });
  const libvirt = {
    'virsh --version': '9.0.0\n',
    'vagrant plugin list': 'vagrant-libvirt (0.11.2, system)\n',
  };
  expect(await examine(libvirt)).toMatchObject({ state: 'wanted' });
  expect(await examine(libvirt, { exists: path => path === '/dev/kvm' })).toMatchObject({ state: 'there' });
});

test('an existing cluster needs an inventory, and what that names', async () => {
  const without = await diagnose(machine({}));
  expect(pick(without, 'existing', 'inventory')).toMatchObject({
    state: 'missing',
    remedy: expect.stringContaining('cp lab/providers/existing/lab.example.yaml'),
  });

  const inventory = join(import.meta.dirname, '../providers/existing/lab.example.yaml');
  const found = await diagnose(machine({}, { inventory, exists: path => path.endsWith('/.kube/config') }));
  expect(pick(found, 'existing', 'inventory')).toMatchObject({ state: 'there' });
  expect(pick(found, 'existing', 'kubeconfig')).toMatchObject({ state: 'there' });
  expect(pick(found, 'existing', 'ssh key')).toMatchObject({ state: 'missing' });
  expect(pick(found, 'existing', 'known_hosts')?.remedy).toMatch(
    /^ssh-keyscan 192\.168\.10\.200 .* >> \S+known_hosts$/,
  );
  expect(pick(found, 'existing', 'helm')).toMatchObject({ state: 'wanted' });

  const wrong = await diagnose(machine({}, { inventory: '/no/such/file' }));
  expect(pick(wrong, 'existing', 'inventory')?.detail).toContain('/no/such/file: cannot be read');
});

test('the table shows what to do under what is not there', () => {
  const findings: Finding[] = [
    { provider: 'kind', what: 'kind', state: 'there', detail: 'v0.33.0' },
    {
      provider: 'kind',
      what: 'Docker engine',
      state: 'missing',
      detail: 'not installed',
      remedy: 'install it',
    },
  ];

  expect(formatFindings(findings)).toBe(
    [
      'LAB=kind: cannot run here yet',
      '  there    kind           v0.33.0',
      '  missing  Docker engine  not installed',
      '                          → install it',
    ].join('\n'),
  );
});
