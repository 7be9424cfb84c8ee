import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Container as ContainerSpec, Pod, Probe } from '../../../helpers/kube/resources.ts';
import type { HostNamespace } from '../../namespaces/namespace.ts';
import type { ContainerProcess, LogOptions } from '../api/hooks.ts';
import { Container, execute } from './containers.ts';
import type { HostsFiles } from './hosts-files.ts';
import { managedRole, type Program, programFor, requireImage } from './images.ts';
import type { NodeSystem } from './node-system.ts';
import type { PodRuntime, RunningPod } from './pod-runtime.ts';
import { netnsPath, openSandbox, type Sandbox } from './sandbox.ts';

export interface RuntimeOptions {
  readonly system: NodeSystem;
  readonly node: HostNamespace;
  readonly nodeAddress: string;
  /** A directory of the runtime's own: one subdirectory a pod. */
  readonly directory: string;
  /** One for all nodes of a cluster. */
  readonly hostsFiles: Pick<HostsFiles, 'keep'>;
}

/** Pods as network namespaces with the host's own programs in them. */
export function createRuntime(options: RuntimeOptions): PodRuntime {
  const agent = { isStopped: false };
  return {
    run: pod => {
      const role = managedRole(pod);
      return role === undefined ? runInSandbox(pod, options) : runManaged(role, options, agent);
    },
  };
}

async function runInSandbox(
  pod: Pod,
  { system, node, nodeAddress, directory, hostsFiles }: RuntimeOptions,
): Promise<RunningPod> {
  const commandOf = (container: ContainerSpec): readonly string[] | undefined =>
    system.containerCommand?.(pod, container);
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    if (commandOf(container) === undefined) requireImage(container);
  }
  const name = `pod-${pod.metadata.uid}`;
  const home = path.join(directory, name);
  const onHost = pod.spec.hostNetwork === true;
  const hostname = onHost ? node.name : ((pod.spec.hostname as string | undefined) ?? pod.metadata.name);
  const hosts = path.join(home, 'hosts');
  mkdirSync(home, { recursive: true });
  const resolver = path.join(home, 'resolv.conf');
  writeFileSync(hosts, '');
  // Nobody listens there: a name that is not in the hosts file is unknown at once, and none leaves the lab.
  writeFileSync(resolver, 'nameserver 127.0.0.1\noptions attempts:1 timeout:1\n');
  const sandbox = await openSandbox({
    hostname,
    network: onHost ? { join: node.netns } : { create: name },
    files: onHost ? {} : { '/etc/hosts': hosts, '/etc/resolv.conf': resolver },
    cgroup: node.cgroup,
  });
  let forget = (): void => {};
  const close = async (): Promise<void> => {
    forget();
    try {
      if (!onHost) await system.detachPod(node.name, pod, netnsPath(name));
    } finally {
      sandbox.close();
      rmSync(home, { recursive: true, force: true });
    }
  };
  try {
    const address = onHost ? nodeAddress : await system.attachPod(node.name, pod, netnsPath(name));
    if (!onHost)
      forget = hostsFiles.keep(hosts, {
        namespace: pod.metadata.namespace ?? 'default',
        hostname,
        address,
        aliases: pod.spec.hostAliases ?? [],
      });
    return await startContainers(pod, sandbox, { address, home, close, commandOf });
  } catch (error) {
    // What went wrong first is worth more than what the clean-up has to say.
    await close().catch(() => {});
    throw error;
  }
}

interface Place {
  readonly address: string;
  readonly home: string;
  readonly close: () => Promise<void>;
  /** Of containers that are the system's own. */
  readonly commandOf: (container: ContainerSpec) => readonly string[] | undefined;
}

async function startContainers(
  pod: Pod,
  sandbox: Sandbox,
  { address, home, close, commandOf }: Place,
): Promise<RunningPod> {
  const program = (spec: ContainerSpec): Program => {
    const argv = commandOf(spec);
    return argv === undefined ? programFor(spec, path.join(home, spec.name)) : { argv };
  };
  for (const spec of pod.spec.initContainers ?? []) await runToEnd(pod, sandbox, spec, () => program(spec));
  let onExit: (container: string, code: number | undefined) => void = () => {};
  const containers = new Map(
    pod.spec.containers.map(spec => [
      spec.name,
      new Container(
        sandbox,
        () => program(spec),
        environmentOf(pod, spec),
        code => onExit(spec.name, code),
      ),
    ]),
  );
  const container = (name: string): Container => {
    const found = containers.get(name);
    if (found === undefined) throw new Error(`container ${name} is not valid for pod ${pod.metadata.name}`);
    return found;
  };
  const exec: RunningPod['exec'] = (name, argv, options) =>
    execute(sandbox, argv, container(name).environment, options);
  let closed: Promise<void> | undefined;

  await Promise.all([...containers.values()].map(each => each.start()));
  return {
    address,
    onExit: handler => {
      onExit = handler;
    },
    restart: name => container(name).start(),
    check: async (name, probe) => {
      const check = exec(name, checkCommand(pod, probe, address), { stdin: false, tty: false });
      check.stdout?.resume();
      check.stderr?.resume();
      return (await check.exit) === 0;
    },
    exec,
    logs: (name, options) => {
      const log = options.previous ? container(name).previousLog : container(name).log;
      if (log === undefined)
        throw new Error(`previous terminated container "${name}" in pod "${pod.metadata.name}" not found`);
      return log.read(options);
    },
    stop: async graceSeconds => {
      const all = [...containers.values()];
      const kill = (): void => {
        for (const each of all) each.kill();
      };
      const ended = Promise.all(all.map(each => each.ended));
      for (const each of all) each.terminate();
      const timer = setTimeout(kill, graceSeconds * 1000);
      await ended;
      clearTimeout(timer);
      closed ??= close();
      await closed;
    },
  };
}

/** @throws Error with its last words when it fails: the pod is started anew */
async function runToEnd(
  pod: Pod,
  sandbox: Sandbox,
  spec: ContainerSpec,
  program: () => Program,
): Promise<void> {
  let code: number | undefined;
  const container = new Container(sandbox, program, environmentOf(pod, spec), exitCode => {
    code = exitCode;
  });
  await container.start();
  await container.ended;
  if (code === 0) return;
  const said = await text(container.log?.read({ ...wholeLog, tailLines: 3 }) ?? Readable.from([]));
  throw new Error(`init container ${spec.name} failed (exit code ${code ?? 'none'}): ${said.trim()}`);
}

const wholeLog: LogOptions = {
  follow: false,
  tailLines: undefined,
  previous: false,
  timestamps: false,
  sinceSeconds: undefined,
};

function environmentOf(pod: Pod, container: ContainerSpec): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    TERM: 'xterm',
    HOSTNAME: pod.metadata.name,
    ...Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? ''])),
  };
}

/** A probe as a command that succeeds when the probe does. */
function checkCommand(pod: Pod, probe: Probe, address: string): readonly string[] {
  if (probe.exec !== undefined) return probe.exec.command;
  const target = probe.httpGet ?? probe.tcpSocket;
  const port = portNumber(pod, target?.port ?? 0);
  if (probe.httpGet !== undefined) {
    const url = `http://${address}:${port}${probe.httpGet.path ?? '/'}`;
    return ['curl', '--silent', '--fail', '--noproxy', '*', '--max-time', '1', '--output', '/dev/null', url];
  }
  return ['socat', '-T', '1', '/dev/null', `TCP:${address}:${port},connect-timeout=1`];
}

function portNumber(pod: Pod, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = pod.spec.containers.flatMap(each => each.ports ?? []).find(({ name }) => name === port);
  return named?.containerPort ?? Number(port);
}

/**
 * A pod of the system under test: running at once on its node's address. Deleting an agent's pod stops the
 * agent, and its successor starts it again, so that `kubectl rollout restart ds/cilium` does what it says.
 */
async function runManaged(
  role: 'agent' | 'operator',
  { system, node, nodeAddress }: RuntimeOptions,
  agent: { isStopped: boolean },
): Promise<RunningPod> {
  if (role === 'agent' && agent.isStopped) {
    await system.startAgent(node.name);
    agent.isStopped = false;
  }
  return {
    address: nodeAddress,
    onExit: () => {},
    restart: () => Promise.resolve(),
    check: () => Promise.resolve(true),
    exec: (_, argv) => answered(system.execInAgent(node.name, argv)),
    logs: (_, { tailLines = 1_000 }) =>
      Readable.from(role === 'agent' ? [system.agentLog?.(node.name, tailLines) ?? ''] : []),
    stop: async () => {
      if (role !== 'agent' || agent.isStopped) return;
      agent.isStopped = true;
      await system.stopAgent(node.name);
    },
  };
}

/** A finished command's output as the streams of one that runs. */
function answered(result: ReturnType<NodeSystem['execInAgent']>): ContainerProcess {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  return {
    stdin: undefined,
    stdout,
    stderr,
    exit: result.then(
      ({ code, ...printed }) => {
        stdout.end(printed.stdout);
        stderr.end(printed.stderr);
        return code;
      },
      (error: unknown) => {
        stdout.end();
        stderr.end(`${error instanceof Error ? error.message : String(error)}\n`);
        return 126;
      },
    ),
  };
}
