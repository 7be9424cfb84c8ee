import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecResult } from '../../../helpers/exec.ts';
import { inCgroup } from '../../namespaces/cgroups.ts';
import { finish } from '../../namespaces/hosts.ts';
import type { HostNamespace } from '../../namespaces/namespace.ts';
import type { CniConfList } from './cni.ts';
import type { CiliumConfig } from './config.ts';
import { paths } from './config.ts';
import type { CiliumTree } from './tree.ts';

/** What programs need to find the lab's Kubernetes API and their place in the cluster. */
export interface Surroundings {
  readonly apiServer: { readonly host: string; readonly port: number };
  readonly ca: string;
  readonly token: string;
}

/** A service account as its volume holds it, in `account`. */
export function writeAccount(directory: string, { ca, token }: Surroundings): void {
  const account = path.join(directory, 'account');
  mkdirSync(account, { recursive: true });
  writeFileSync(path.join(account, 'ca.crt'), ca);
  writeFileSync(path.join(account, 'token'), token, { mode: 0o600 });
  writeFileSync(path.join(account, 'namespace'), 'kube-system');
}

/** A file or directory of this machine, and where the agent sees it. */
export interface AgentMount {
  readonly from: string;
  /** Without a leading slash. */
  readonly to: string;
  readonly kind: 'file' | 'directory';
}

const serviceAccount = '/run/secrets/kubernetes.io/serviceaccount';

/**
 * The place of the agent's pod on one node: the node's network, hostname and cgroup, and mounts of its own with the
 * image's files as root. It outlives the agent, as a node's bpffs and /run/cilium do, so that the datapath goes on.
 */
export class CiliumNode {
  readonly name: string;
  readonly #host: HostNamespace;
  readonly #directory: string;
  readonly #holder: ChildProcess;
  readonly #mounts: readonly AgentMount[];
  #options: readonly string[] = [];
  #roots = 1;

  private constructor(
    host: HostNamespace,
    directory: string,
    holder: ChildProcess,
    mounts: readonly AgentMount[],
  ) {
    this.name = host.name;
    this.#host = host;
    this.#directory = directory;
    this.#holder = holder;
    this.#mounts = mounts;
  }

  /** @throws Error with what the mounts said */
  static async open(
    host: HostNamespace,
    directory: string,
    tree: CiliumTree,
    around: Surroundings,
    mounts: readonly AgentMount[] = [],
  ): Promise<CiliumNode> {
    if (host.cgroup === undefined) throw new Error(`node ${host.name} has no cgroup of its own`);
    const root = path.join(directory, 'root');
    for (const each of [root, path.join(directory, 'config')]) mkdirSync(each, { recursive: true });
    writeAccount(directory, around);
    const script = [...rootOf(root, directory, tree, mounts), 'echo ready', 'exec sleep infinity'].join('\n');
    const argv = inCgroup(host.cgroup, [
      ...['nsenter', `--net=${host.netns}`],
      // Slave, not private: pods' network namespaces appear under /run/netns as they are made.
      ...['unshare', '--mount', '--propagation', 'slave', '--uts', '--cgroup'],
      ...['sh', '-euc', `hostname ${host.name}\n${script}`],
    ]);
    const [program, ...args] = argv as [string, ...string[]];
    const holder = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
    await readyOrDead(holder, host.name);
    return new CiliumNode(host, directory, holder, mounts);
  }

  /** Another version's files as the agent's root: what is mounted in it, /run and the bpffs with it, stays. */
  async useTree(tree: CiliumTree): Promise<void> {
    const before = this.#root;
    this.#roots++;
    const root = path.dirname(this.#root);
    mkdirSync(root, { recursive: true });
    const script = rootOf(root, this.#directory, tree, this.#mounts, before).join('\n');
    const enter = ['--target', String(this.#holder.pid), '--mount', '--'];
    const child = spawn('nsenter', [...enter, 'sh', '-euc', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
    });
    const { code, stderr } = await finish(this.name, ['mounts of the agent'], child);
    if (code !== 0) throw new Error(`${this.name}: the agent's mounts could not be made: ${stderr.trim()}`);
  }

  /** Where the agent's root directory is mounted, for whoever is in its mount namespace. */
  get #root(): string {
    return path.join(this.#directory, this.#roots === 1 ? 'root' : `root-${this.#roots}`, 'merged');
  }

  get isAlive(): boolean {
    return this.#holder.exitCode === null && this.#holder.signalCode === null;
  }

  /** The path, for this process, of a file as the agent sees it. */
  file(inside: string): string {
    return path.join(`/proc/${this.#holder.pid}/root`, this.#root, inside);
  }

  get logFile(): string {
    return path.join(this.#directory, 'agent.log');
  }

  /** The last lines of the agent's log. */
  logTail(count = 15): string {
    const lines = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-count);
    return lines.map(line => line.slice(0, 400)).join('\n');
  }

  writeConfig(config: CiliumConfig): void {
    const directory = path.join(this.#directory, 'config');
    // The directory itself is mounted in the agent's root: its contents change, it stays.
    for (const [option, text] of Object.entries(config)) writeFileSync(path.join(directory, option), text);
    for (const option of this.#options)
      if (!(option in config)) rmSync(path.join(directory, option), { force: true });
    this.#options = Object.keys(config);
  }

  /** Starts a program of the image's and leaves it running, its output in the agent's log. */
  start(argv: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
    const log = openSync(this.logFile, 'a', 0o600);
    return this.#spawn(argv, { ...environment, ...env }, ['ignore', log, log]);
  }

  exec(argv: readonly string[], env: NodeJS.ProcessEnv = {}, input?: string): Promise<ExecResult> {
    const child = this.#spawn(argv, { ...environment, ...env }, ['pipe', 'pipe', 'pipe']);
    return finish(this.name, argv, child, input);
  }

  /** What the agent wrote for the container runtime; undefined until it is ready to serve pods. */
  get cniConfiguration(): CniConfList | undefined {
    const file = this.file(paths.cniConfiguration);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CniConfList) : undefined;
  }

  /** As a container runtime may do before it starts the agent's pod again. */
  forgetCniConfiguration(): void {
    rmSync(this.file(paths.cniConfiguration), { force: true });
  }

  #spawn(
    argv: readonly string[],
    env: NodeJS.ProcessEnv,
    stdio: ('ignore' | 'pipe' | number)[],
  ): ChildProcess {
    const enter = ['--mount', '--uts', '--net', '--cgroup', '--', 'chroot', this.#root];
    const [program, ...args] = inCgroup(this.#host.cgroup, [
      ...['nsenter', '--target', String(this.#holder.pid), ...enter, ...argv],
    ]) as [string, ...string[]];
    return spawn(program, args, { stdio, env, cwd: '/' });
  }
}

const environment = {
  PATH: '/cilium:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
};

async function readyOrDead(holder: ChildProcess, node: string): Promise<void> {
  let said = '';
  holder.stderr?.on('data', chunk => {
    said += chunk;
  });
  const died = once(holder, 'close').then(() => {
    throw new Error(`${node}: the agent's mounts could not be made: ${said.trim() || 'no message'}`);
  });
  died.catch(() => {}); // it ends with the lab, too
  await Promise.race([once(holder.stdout as NodeJS.ReadableStream, 'data'), died]);
}

/**
 * Shell that makes the agent's root directory, and in it what a privileged pod of the chart's has mounted.
 * @param before the root of another version, whose mounts are taken over
 */
function rootOf(
  root: string,
  directory: string,
  tree: CiliumTree,
  mounts: readonly AgentMount[],
  before?: string,
): string[] {
  return [
    `cd '${root}'`,
    'mount -t tmpfs -o mode=755 tmpfs .',
    `cd '${root}'`,
    'mkdir lower upper work merged',
    ...(tree.image === undefined
      ? machineAsRoot(tree)
      : [
          bind(tree.image, 'lower'),
          // Several agents share the image's files: what one writes is its own.
          'mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay merged',
          'cd merged',
        ]),
    `mkdir -p proc sys dev run tmp var/lib/cilium/bpf ${path.posix.dirname(paths.cniConfiguration).slice(1)}`,
    'mkdir -p tmp/cilium/config-map',
    '[ -L var/run ] || { rm -rf var/run; ln -s /run var/run; }',
    ...(before === undefined ? freshMounts(directory) : takenMounts(before)),
    bind(path.join(directory, 'config'), paths.configDirectory.slice(1)),
    ...mounts.flatMap(({ from, to, kind }) => [
      kind === 'directory' ? `mkdir -p './${to}'` : `[ -e './${to}' ] || : > './${to}'`,
      bind(from, to),
    ]),
    ...(tree.image === undefined ? [bind(tree.bpf, 'var/lib/cilium/bpf')] : []),
  ];
}

const bind = (from: string, to: string): string => `mount --bind '${from}' './${to}'`;

const takenMounts = (before: string): string[] =>
  ['proc', 'sys', 'dev', 'run'].map(each => `mount --rbind '${before}/${each}' ${each}`);

function freshMounts(directory: string): string[] {
  return [
    'mount --rbind /proc proc',
    // Of what is written below /proc/sys only the network's is the node's own: the rest is the machine's.
    'mount --bind proc/sys/kernel proc/sys/kernel',
    'mount -o remount,bind,ro proc/sys/kernel',
    'mount -t sysfs sysfs sys',
    'mount -t bpf bpf sys/fs/bpf',
    'mount --rbind /dev dev',
    'mount -t tmpfs -o mode=755 tmpfs run',
    `mkdir -p run/netns run/cilium/netns .${serviceAccount}`,
    'mount --rbind /run/netns run/netns',
    'mount --rbind /run/netns run/cilium/netns',
    bind(path.join(directory, 'account'), serviceAccount.slice(1)),
  ];
}

/** Without an image the agent has this machine's programs, and its own beside them. */
function machineAsRoot(tree: CiliumTree): string[] {
  const [programs = '.'] = tree.path;
  return [
    'cd merged',
    'for each in usr bin sbin lib lib32 lib64 libx32 opt; do',
    '  if [ -L /$each ]; then cp -P /$each .; elif [ -d /$each ]; then mkdir $each; mount --rbind /$each $each; fi',
    'done',
    // What is put below it is the agent's alone.
    'mkdir etc && mount -t overlay -o lowerdir=/etc,upperdir=../upper,workdir=../work overlay etc',
    `mkdir cilium && mount --bind '${programs}' cilium`,
  ];
}
