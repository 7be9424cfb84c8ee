import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isRunning, processesIn, processId } from '../../../helpers/processes.ts';
import {
  collectGarbage,
  isAlive,
  type LabState,
  makeStateDirectory,
  readState,
  stateDirectory,
  writeState,
} from '../../lifecycle/state.ts';
import { keepCgroup } from '../../namespaces/cgroups.ts';
import { imageCache } from '../../systems/cilium/choice.ts';
import { openTree, systemRecord } from '../../systems/cilium/tree.ts';
import type { Lacking } from '../../systems/embedded.ts';
import { topologyNamed } from '../../topologies/index.ts';
import { checkFaults } from './faults.ts';

export interface LabOptions {
  readonly name: string;
  readonly topology: string;
  /** The version whose documented behaviour the reference system follows. */
  readonly version: string;
  readonly faults: readonly string[];
  /** A directory with Cilium's programs: real Cilium in place of the reference system. */
  readonly ciliumRoot?: string | undefined;
  /** `starter`: the lab dies with this process, however that ends. `none`: it stays until it is taken down. */
  readonly lifeline: 'starter' | 'none';
  readonly onProgress?: (line: string) => void;
  /** Ends a lab that is still starting. */
  readonly signal?: AbortSignal;
}

/** What the lab's own process reads when it starts. */
export interface LabConfig {
  readonly directory: string;
  readonly topology: string;
  readonly version: string;
  readonly faults: readonly string[];
  /** Of labs with real Cilium: where its programs are, and the lab's cgroup. */
  readonly cilium?: CiliumLab;
  /** File descriptors of listening sockets, opened outside, in the order of the topology's clusters. */
  readonly apiFds: readonly number[];
  readonly apiPorts: Readonly<Record<string, number>>;
}

/** What it has to say of itself once it is up. */
export interface LabReady {
  readonly pidNamespace: string;
  readonly lacking: Lacking;
}

export interface CiliumLab {
  readonly directory: string;
  readonly cgroup: string;
  /** Where other versions lie, a directory each. */
  readonly images: string;
}

/** What it says back, one JSON object a line. */
export type LabReport =
  | { readonly progress: string }
  | { readonly ready: LabReady }
  | { readonly failed: string };

const statusFd = 3;

/**
 * Starts an embedded lab: one process tree in PID, mount, network, UTS and IPC namespaces of its own, under an
 * init that dies with what started it (FACTS: PDEATHSIG follows the parent thread, so call this on the main one).
 * @throws Error with the lab's own message, and the path of its log
 */
export async function startLab(options: LabOptions): Promise<LabState> {
  const started = Date.now();
  collectGarbage();
  const topology = topologyNamed(options.topology);
  checkFaults(options.faults);
  const tree = options.ciliumRoot === undefined ? undefined : openTree(options.ciliumRoot);
  if (tree !== undefined && topology.mesh !== undefined && tree.mesh === undefined) {
    throw new Error(
      `topology mesh runs clustermesh-apiserver and etcd: ${options.ciliumRoot} lacks the first, or there is no etcd in it nor on this machine (Debian package etcd-server)`,
    );
  }
  if (tree !== undefined && options.faults.length > 0) {
    throw new Error(
      `real Cilium has no switches for faults (${options.faults.join(', ')}): the reference system has`,
    );
  }
  const version = tree?.version ?? options.version;
  const directory = makeStateDirectory(options.name);
  const log = openSync(path.join(directory, 'lab.log'), 'a', 0o600);
  const listeners = await Promise.all(topology.clusters.map(listenOnLoopback));
  const apiPorts = Object.fromEntries(
    listeners.map((listener, index) => [topology.clusters[index]?.name ?? '', portOf(listener)]),
  );
  const keeper = tree === undefined ? undefined : await keepCgroup(options.name);
  const config: LabConfig = {
    directory,
    topology: options.topology,
    version,
    faults: options.faults,
    ...(options.ciliumRoot === undefined || keeper === undefined
      ? {}
      : {
          cilium: {
            directory: path.resolve(options.ciliumRoot),
            cgroup: keeper.cgroup,
            images: imageCache(),
          },
        }),
    apiFds: listeners.map((_, index) => statusFd + 1 + index),
    apiPorts,
  };
  writeFileSync(path.join(directory, 'config.json'), JSON.stringify(config));
  const child = spawn(...command(options.lifeline, directory), {
    stdio: [
      ...['ignore' as const, log, log, 'pipe' as const],
      ...listeners.map(descriptorOf),
      ...(keeper === undefined ? [] : [keeper.lifeline]),
    ],
    detached: options.lifeline === 'none',
    cwd: '/',
  });
  closeSync(log);
  keeper?.lifeline.destroy();
  for (const listener of listeners) listener.close();
  const abort = (): void => {
    child.kill('SIGKILL');
  };
  options.signal?.addEventListener('abort', abort);
  try {
    options.signal?.throwIfAborted();
    const { pidNamespace, lacking } = await untilReady(child, directory, options.onProgress);
    const pid = child.pid as number;
    const state: LabState = {
      name: options.name,
      topology: options.topology,
      provider: 'netns',
      system: systemRecord(version, tree),
      faults: options.faults,
      process: processId(pid),
      pidNamespace,
      lacking,
      ...(keeper === undefined ? {} : { cgroupKeeper: processId(keeper.pid) }),
      apiPorts,
      startedAt: new Date(started).toISOString(),
      readyMs: Date.now() - started,
    };
    writeState(directory, state);
    if (options.lifeline === 'none') child.unref();
    return state;
  } catch (error) {
    child.kill('SIGKILL');
    // Whoever asked for its end has no use for its log.
    if (options.signal?.aborted) rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/**
 * Ends a lab and everything in it, and waits until nothing of it is left.
 * @throws Error when processes are still there after ten seconds
 */
export async function stopLab(name: string): Promise<void> {
  const state = readState(name);
  if (state !== undefined) {
    if (isAlive(state)) process.kill(state.process.pid, 'SIGKILL');
    const deadline = Date.now() + 10_000;
    while (processesIn(state.pidNamespace).length > 0) {
      if (Date.now() > deadline) {
        throw new Error(`lab ${name}: processes ${processesIn(state.pidNamespace).join(', ')} will not end`);
      }
      await setTimeout(5);
    }
    while (state.cgroupKeeper !== undefined && isRunning(state.cgroupKeeper)) {
      if (Date.now() > deadline) throw new Error(`lab ${name}: its cgroup is not removed`);
      await setTimeout(5);
    }
  }
  rmSync(stateDirectory(name), { recursive: true, force: true });
}

function command(lifeline: LabOptions['lifeline'], directory: string): [string, string[]] {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const tsx = fileURLToPath(import.meta.resolve('tsx'));
  const mounts =
    'mount -t tmpfs -o mode=755 tmpfs /run && mount -t tmpfs tmpfs /var/log && mkdir /run/netns /run/sshd';
  const inside = [
    'sh',
    '-euc',
    `${mounts}\nexec tini -- "$@"`,
    'lab',
    process.execPath,
    '--import',
    tsx,
    main,
    directory,
  ];
  const unshare = [
    '--mount',
    '--net',
    '--pid',
    '--uts',
    '--ipc',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--',
    ...inside,
  ];
  return lifeline === 'starter'
    ? ['setpriv', ['--pdeathsig', 'KILL', '--', 'unshare', ...unshare]]
    : ['unshare', unshare];
}

function listenOnLoopback(): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

/**
 * A socket stays in the network namespace it was made in: one that listens on this machine's loopback and is
 * handed to the lab lets kubectl in, with no route, no address and no process of the lab's outside.
 * Node names no public way to the descriptor of a listening socket; its handle carries it.
 */
function descriptorOf(server: net.Server): number {
  const { _handle } = server as unknown as { _handle: { fd: number } };
  return _handle.fd;
}

async function untilReady(
  child: ChildProcess,
  directory: string,
  onProgress: LabOptions['onProgress'],
): Promise<LabReady> {
  const status = child.stdio[statusFd] as Readable;
  const failed = new Promise<never>((_, reject) => {
    child.on('error', error => reject(new Error(`the lab could not be started: ${error.message}`)));
    child.on('exit', (code, signal) =>
      reject(
        new Error(`the lab ended while starting (${signal ?? `exit code ${code}`})\n${logTail(directory)}`),
      ),
    );
  });
  const ready = (async () => {
    for await (const line of createInterface({ input: status })) {
      const report = JSON.parse(line) as LabReport;
      if ('ready' in report) return report.ready;
      if ('failed' in report) throw new Error(`the lab could not be started: ${report.failed}`);
      onProgress?.(report.progress);
    }
    return failed; // the pipe is closed: the exit tells why
  })();
  try {
    return await Promise.race([ready, failed]);
  } finally {
    status.destroy();
    child.removeAllListeners('exit');
  }
}

function logTail(directory: string): string {
  return readFileSync(path.join(directory, 'lab.log'), 'utf8').split('\n').slice(-15).join('\n');
}
