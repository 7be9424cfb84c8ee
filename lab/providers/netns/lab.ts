import { readFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { output } from '../../../helpers/exec.ts';
import { found } from '../../../helpers/found.ts';
import { connectKube } from '../../../helpers/kube/client.ts';
import { connectSsh, type SshExecutor } from '../../../helpers/ssh.ts';
import type { Capability, Cluster, Host, Lab, SystemRecord } from '../../contract/lab.ts';
import type { Topology } from '../../contract/topology.ts';
import { isAlive, readState, stateDirectory, writeState } from '../../lifecycle/state.ts';
import { provideVersion } from '../../systems/cilium/choice.ts';
import { openTree, systemRecord } from '../../systems/cilium/tree.ts';
import { topologyNamed } from '../../topologies/index.ts';
import { connectControl } from './control.ts';
import { frrScript, sshPaths } from './machines.ts';

const capabilities: readonly Capability[] = [
  'cut-links',
  'isolate-clusters',
  'restart-agents',
  'restart-operator',
  'configure',
  'upgrade',
  'router',
  'faults',
  'geneve-dsr',
  'vxlan-tunnel',
  'geneve-tunnel',
];

/**
 * Opens a running embedded lab by name: for test workers and the command line.
 * @throws Error when there is no such lab, or it has died
 */
export async function openLab(name: string): Promise<Lab> {
  const state = readState(name);
  if (state === undefined || !isAlive(state)) {
    const why = state === undefined ? 'is not running' : 'has died';
    throw new Error(`the lab ${name} ${why}; see what is there with: npm run lab -- status`);
  }
  const directory = stateDirectory(name);
  const topology = topologyNamed(state.topology);
  const control = connectControl(path.join(directory, 'control.sock'));
  const connections = await Promise.all(topology.hosts.map(host => connect(host.name, directory)));
  const hosts = new Map<string, Host>(
    topology.hosts.map((spec, index) => {
      const ssh = connections[index] as SshExecutor;
      const host: Host = {
        name: spec.name,
        role: spec.role,
        exec: (argv, options) => ssh.exec(argv, options),
        start: argv => ssh.start(argv),
        restart: async () => {
          await output(ssh, [frrScript, 'restart']);
        },
      };
      return [spec.name, host];
    }),
  );
  const clusters = new Map<string, Cluster>(
    topology.clusters.map(({ name: cluster, nodes }) => {
      const kubeconfig = readFileSync(kubeconfigPath(directory, cluster), 'utf8');
      return [cluster, { name: cluster, nodes, kubeconfig, connect: () => connectKube(kubeconfig) }];
    }),
  );
  const [first] = topology.clusters;
  return {
    provider: 'netns',
    topology,
    capabilities: new Set(
      capabilities.filter(
        capability =>
          state.lacking?.[capability] === undefined &&
          (capability !== 'router' || topology.router !== undefined),
      ),
    ),
    ...(state.lacking === undefined ? {} : { lacking: state.lacking }),
    versions: await versions(topology, hosts, state.system),
    host: wanted => found(hosts, wanted, `topology ${topology.name} has no host`),
    cluster: (wanted = first?.name ?? '') =>
      found(clusters, wanted, `topology ${topology.name} has no cluster`),
    system: {
      name: state.system.name,
      get version() {
        return (readState(name) ?? state).system.version;
      },
      get origin() {
        return (readState(name) ?? state).system.origin;
      },
      upgrade: async version => {
        const isReference = state.system.name === 'reference';
        const tree = isReference ? undefined : openTree(await provideVersion(version, progress));
        await control.upgrade(version);
        writeState(directory, { ...state, system: systemRecord(version, tree) });
      },
      configure: (values, cluster = first?.name ?? '') => control.configure(cluster, values),
      stopAgents: nodes => control.stopAgents(nodes),
      startAgents: nodes => control.startAgents(nodes),
      restartOperator: (cluster = first?.name ?? '') => control.restartOperator(cluster),
    },
    cut: (host, networkInterface) => control.cut(host, networkInterface),
    mend: (host, networkInterface) => control.mend(host, networkInterface),
    isolate: cluster => control.isolate(cluster),
    rejoin: cluster => control.rejoin(cluster),
    health: async () => {
      if (!isAlive(state))
        return [`the lab ${name} has died; its log was ${path.join(directory, 'lab.log')}`];
      const unreachable = await Promise.all(
        connections.map(ssh =>
          ssh.exec(['true'], { timeoutMs: 5_000 }).then(
            () => [],
            (error: Error) => [`${ssh.name} cannot be reached: ${error.message}`],
          ),
        ),
      );
      return [...unreachable.flat(), ...(await control.health())];
    },
    close: async () => {
      for (const connection of connections) connection.close();
    },
  };
}

const progress = (line: string): void => console.error(line);

/** What one command on one host says about itself. */
async function versions(
  topology: Topology,
  hosts: ReadonlyMap<string, Host>,
  { name, etcd = 'etcd' }: SystemRecord,
): Promise<Record<string, string>> {
  const found: Record<string, string> = { node: process.versions.node, kernel: os.release() };
  const meshed = topology.mesh === undefined ? undefined : hosts.get(topology.hosts[0]?.name ?? '');
  if (meshed !== undefined) {
    const { stdout } = await meshed.exec([etcd, '--version']);
    found.etcd = /etcd Version: (\S+)/.exec(stdout)?.[1] ?? 'unknown';
  }
  const host = hosts.get(topology.router?.host ?? '');
  if (host === undefined) return found;
  const frr = await host.exec(['vtysh', '-c', 'show version']);
  found.frr = /FRRouting (\S+)/.exec(frr.stdout)?.[1] ?? 'unknown';
  // Real Cilium has a GoBGP of its own inside.
  if (name === 'reference') {
    const gobgp = await host.exec(['gobgpd', '--version']);
    found.gobgp = /gobgpd version (\S+)/.exec(gobgp.stdout)?.[1] ?? 'unknown';
  }
  return found;
}

export const kubeconfigPath = (directory: string, cluster: string): string =>
  path.join(directory, `${cluster}.kubeconfig`);

function connect(name: string, directory: string): Promise<SshExecutor> {
  const { socket, clientKey, hostKey } = sshPaths(directory, name);
  return connectSsh({
    name,
    sock: () => net.connect(socket),
    username: 'root',
    privateKey: readFileSync(clientKey, 'utf8'),
    hostKey: readFileSync(`${hostKey}.pub`, 'utf8').trim(),
  });
}
