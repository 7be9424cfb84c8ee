import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecResult } from '../helpers/exec.ts';
import type { Lab } from './lab.ts';
import { whyTooOld } from './requirements.ts';

/** One thing a provider needs, and whether this machine has it. */
export interface Finding {
  readonly provider: Lab['provider'];
  readonly what: string;
  /** `wanted`: the provider works without it, less comfortably or less fully. */
  readonly state: 'there' | 'wanted' | 'missing';
  /** The version found, or what came back. */
  readonly detail: string;
  /** The command that gets it, or what to do; only when it is not there. */
  readonly remedy?: string;
}

/** What is examined, so that other machines can be stood in for this one. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** Kubeconfig files, in kubectl's order of preference. */
  readonly kubeconfigs: readonly string[];
  exists(path: string): boolean;
  /** Runs a command to its end. Exit code 127 when there is no such command. Never rejects. */
  run(argv: readonly [string, ...string[]]): Promise<ExecResult>;
}

const root = fileURLToPath(new URL('..', import.meta.url));

const thisMachine: Machine = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  kubeconfigs: (process.env.KUBECONFIG ?? join(homedir(), '.kube', 'config')).split(':'),
  exists: existsSync,
  run: ([command, ...args]) =>
    new Promise(resolve => {
      execFile(command, args, { cwd: root, timeout: 10_000 }, (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else if (error.code === 'ENOENT') resolve({ code: 127, stdout, stderr: 'not installed' });
        else resolve({ code: 124, stdout, stderr: error.killed ? 'no answer within 10 s' : error.message });
      });
    }),
};

/** Examines this machine (or `machine`) for every provider. Changes nothing. */
export async function diagnose(machine: Machine = thisMachine): Promise<Finding[]> {
  const parts = await Promise.all([netns(machine), kind(machine), vagrant(machine), existing(machine)]);
  return parts.flat();
}

const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? '';
const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

async function program(
  machine: Machine,
  provider: Finding['provider'],
  what: string,
  argv: readonly [string, ...string[]],
  remedy: string,
  otherwise: 'wanted' | 'missing' = 'missing',
): Promise<Finding> {
  const { code, stdout, stderr } = await machine.run(argv);
  if (code === 0) return { provider, what, state: 'there', detail: firstLine(stdout || stderr) };
  return { provider, what, state: otherwise, detail: lastLine(stderr) || `exit code ${code}`, remedy };
}

const onMac = (machine: Machine, mac: string, linux: string): string =>
  machine.platform === 'darwin' ? mac : linux;

const kubectl = (machine: Machine, provider: Finding['provider'], otherwise: 'wanted' | 'missing') =>
  program(
    machine,
    provider,
    'kubectl',
    ['kubectl', 'version', '--client'],
    onMac(machine, 'brew install kubectl', 'apt-get install kubernetes-client'),
    otherwise,
  );

async function netns(machine: Machine): Promise<Finding[]> {
  const provider = 'netns';
  if (machine.platform !== 'linux') {
    return [
      {
        provider,
        what: 'Linux',
        state: 'missing',
        detail: machine.platform,
        remedy: 'run it in a Linux VM as root, or use LAB=kind, vagrant or existing',
      },
    ];
  }
  const linux: Finding = { provider, what: 'Linux', state: 'there', detail: '' };
  const user: Finding = machine.isRoot
    ? { provider, what: 'root', state: 'there', detail: '' }
    : {
        provider,
        what: 'root',
        state: 'missing',
        detail: 'another user',
        remedy: 'sudo npm run conformance',
      };
  return [
    linux,
    user,
    ...(await Promise.all([
      packages(machine),
      kernel(machine),
      dsrPrograms(machine),
      kubectl(machine, provider, 'wanted'),
    ])),
  ];
}

/** The list of packages is the set-up's own. */
async function packages(machine: Machine): Promise<Finding> {
  const about = { provider: 'netns', what: 'Debian packages' } as const;
  if ((await machine.run(['dpkg-query', '--version'])).code !== 0) {
    return {
      ...about,
      state: 'missing',
      detail: 'no apt here',
      remedy: 'use Debian or Ubuntu, or another provider',
    };
  }
  const { code, stdout, stderr } = await machine.run(['bash', 'lab/setup/setup.sh', '--missing']);
  if (code !== 0) {
    return {
      ...about,
      state: 'missing',
      detail: lastLine(stderr) || `exit code ${code}`,
      remedy: 'bash lab/setup/setup.sh',
    };
  }
  const names = stdout.split('\n').flatMap(line => line.split(' ', 1)[0] || []);
  if (names.length === 0) return { ...about, state: 'there', detail: 'all' };
  return { ...about, state: 'missing', detail: names.join(' '), remedy: 'bash lab/setup/setup.sh' };
}

/** What the reference system's DSR with Geneve is made of: compiled, and tried on this kernel. */
async function dsrPrograms(machine: Machine): Promise<Finding> {
  const about = { provider: 'netns', what: 'eBPF programs for DSR with Geneve' } as const;
  const remedy = 'bash lab/setup/setup.sh';
  if (!machine.isRoot) return { ...about, state: 'wanted', detail: 'not tried: needs root', remedy };
  const { code, stderr } = await machine.run(['bash', 'lab/setup/bpf.sh']);
  return code === 0
    ? { ...about, state: 'there', detail: 'compiled, and taken by the kernel' }
    : { ...about, state: 'wanted', detail: firstLine(stderr), remedy };
}

async function kernel(machine: Machine): Promise<Finding> {
  const about = { provider: 'netns', what: 'kernel features' } as const;
  if (!machine.isRoot) {
    return {
      ...about,
      state: 'wanted',
      detail: 'not tried: needs root',
      remedy: 'sudo npm run lab -- doctor',
    };
  }
  const { code, stdout, stderr } = await machine.run(['bash', 'lab/setup/kernel.sh']);
  const lacking = stdout.trim().split('\n').join('; ');
  if (code === 0 && lacking === '') return { ...about, state: 'there', detail: 'all' };
  return {
    ...about,
    state: 'missing',
    detail: lacking || lastLine(stderr) || `exit code ${code}`,
    remedy: 'a kernel with these features; in a container, --privileged',
  };
}

/** One that is there and too old is as good as missing. */
async function recent(
  tool: Parameters<typeof whyTooOld>[0],
  finding: Promise<Finding>,
  remedy: string,
): Promise<Finding> {
  const found = await finding;
  const why = found.state === 'there' ? whyTooOld(tool, found.detail) : undefined;
  return why === undefined ? found : { ...found, state: 'missing', detail: why, remedy };
}

/** helm, which installs Cilium in labs that we make. */
function helm(machine: Machine, provider: Finding['provider']): Promise<Finding> {
  const remedy = onMac(machine, 'brew install helm', 'https://helm.sh/docs/intro/install');
  return recent('helm', program(machine, provider, 'helm', ['helm', 'version', '--short'], remedy), remedy);
}

function kind(machine: Machine): Promise<Finding[]> {
  const engine = onMac(machine, 'brew install --cask docker', 'apt-get install docker.io, then start it');
  const kindItself = onMac(machine, 'brew install kind', 'https://kind.sigs.k8s.io/docs/user/quick-start');
  return Promise.all([
    recent(
      'docker',
      program(
        machine,
        'kind',
        'Docker engine',
        ['docker', 'version', '--format', '{{.Server.Version}}'],
        engine,
      ),
      engine,
    ),
    recent('kind', program(machine, 'kind', 'kind', ['kind', 'version'], kindItself), kindItself),
    helm(machine, 'kind'),
    kubectl(machine, 'kind', 'missing'),
  ]);
}
async function vagrant(machine: Machine): Promise<Finding[]> {
  const provider = 'vagrant';
  const remedy = onMac(machine, 'brew install --cask vagrant', 'apt-get install vagrant');
  return [
    await recent('vagrant', program(machine, provider, 'Vagrant', ['vagrant', '--version'], remedy), remedy),
    await hypervisor(machine),
    await helm(machine, provider),
    await kubectl(machine, provider, 'missing'),
    await program(machine, provider, 'ssh', ['ssh', '-V'], 'apt-get install openssh-client'),
  ];
}

/** VirtualBox, or libvirt with its Vagrant plugin: one of them is enough. */
async function hypervisor(machine: Machine): Promise<Finding> {
  const about = { provider: 'vagrant', what: 'VirtualBox or libvirt' } as const;
  const virtualBox = await machine.run(['VBoxManage', '--version']);
  if (virtualBox.code === 0)
    return { ...about, state: 'there', detail: `VirtualBox ${lastLine(virtualBox.stdout)}` };
  const libvirt = await machine.run(['virsh', '--version']);
  const plugins = await machine.run(['vagrant', 'plugin', 'list']);
  const remedy = onMac(
    machine,
    'brew install --cask virtualbox',
    'apt-get install vagrant-libvirt libvirt-daemon-system libvirt-clients qemu-system-x86',
  );
  if (libvirt.code !== 0) return { ...about, state: 'missing', detail: 'neither is installed', remedy };
  const version = `libvirt ${firstLine(libvirt.stdout)}`;
  if (!plugins.stdout.includes('vagrant-libvirt')) {
    return { ...about, state: 'missing', detail: `${version}, but no Vagrant plugin for it`, remedy };
  }
  if (!machine.exists('/dev/kvm')) {
    return {
      ...about,
      state: 'wanted',
      detail: `${version}, without /dev/kvm: slow`,
      remedy: 'turn on virtualisation',
    };
  }
  return { ...about, state: 'there', detail: version };
}

async function existing(machine: Machine): Promise<Finding[]> {
  const provider = 'existing';
  const found = machine.kubeconfigs.find(path => machine.exists(path));
  const kubeconfig: Finding =
    found === undefined
      ? {
          provider,
          what: 'kubeconfig',
          state: 'missing',
          detail: 'none found',
          remedy: 'export KUBECONFIG=<file>',
        }
      : { provider, what: 'kubeconfig', state: 'there', detail: found };
  return [
    kubeconfig,
    await program(machine, provider, 'ssh', ['ssh', '-V'], 'apt-get install openssh-client'),
  ];
}

/** A table per provider, with a verdict in its first line. */
export function formatFindings(findings: readonly Finding[]): string {
  const providers = [...new Set(findings.map(finding => finding.provider))];
  const width = Math.max(...findings.map(finding => finding.what.length));
  return providers
    .map(provider => {
      const own = findings.filter(finding => finding.provider === provider);
      const ready = own.every(finding => finding.state !== 'missing');
      const lines = own.map(({ what, state, detail, remedy }) => {
        const line = `  ${state.padEnd(8)} ${what.padEnd(width)}  ${detail}`.trimEnd();
        return remedy === undefined ? line : `${line}\n${' '.repeat(13 + width)}→ ${remedy}`;
      });
      return [`LAB=${provider}: ${ready ? 'can run here' : 'cannot run here yet'}`, ...lines].join('\n');
    })
    .join('\n\n');
}
