import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Executor } from '../../../helpers/exec.ts';
import { connectKube } from '../../../helpers/kube/client.ts';
import { openTunnel, type Tunnel } from '../../../helpers/ssh-tunnel.ts';
import { machineTools } from '../../../helpers/tools.ts';
import type { Cluster, Lab } from '../../contract/lab.ts';
import { type ClusterSpec, hostAddress, type Topology } from '../../contract/topology.ts';
import {
  describeCilium,
  onOneSwitch,
  type RealClusters,
  whyNoIsolation,
} from '../../systems/installed/cilium.ts';
import { apiServerPort } from '../../systems/values/cilium-values.ts';
import { topologyNamed } from '../../topologies/index.ts';
import { openHosts } from './hosts.ts';
import { type VagrantDetails, vagrantLabs } from './labs.ts';
import { setWire, whyNoCutting } from './wire.ts';

/** Opens a running Vagrant lab. @throws Error when there is none, or its machines do not answer */
export async function openVagrantLab(name: string): Promise<Lab> {
  const state = vagrantLabs.read(name);
  if (state?.readyMs === undefined) {
    throw new Error(`there is no vagrant lab ${name}; start one with: LAB=vagrant npm run lab -- up`);
  }
  const topology = topologyNamed(name);
  const tools = machineTools();
  const hosts = await openHosts(topology, state.details.logins);
  const access = await openAccess(topology, state.details);
  const clusters = new Map<string, Cluster>(
    topology.clusters.map(spec => {
      const kubeconfig = readFileSync(access.kubeconfig(spec), 'utf8');
      const { name: cluster, nodes } = spec;
      return [cluster, { name: cluster, nodes, kubeconfig, connect: () => connectKube(kubeconfig) }];
    }),
  );
  const found = <T>(map: ReadonlyMap<string, T>, wanted: string, what: string): T => {
    const value = map.get(wanted);
    if (value === undefined) {
      throw new Error(
        `topology ${topology.name} has no ${what} ${wanted}; it has ${[...map.keys()].join(', ')}`,
      );
    }
    return value;
  };
  const close = async (): Promise<void> => {
    for (const host of hosts.values()) host.close();
    access.close();
  };
  const router = hosts.get(topology.router?.host ?? '');
  const shown = await router?.exec(['vtysh', '-c', 'show version']);
  const kernel = await router?.exec(['uname', '-r']);
  return {
    provider: 'vagrant',
    topology,
    ...(await describeCilium(realClusters(topology, access, tools), hosts, {
      'cut-links': whyNoCutting(topology),
      'isolate-clusters': whyNoIsolation,
    })),
    versions: {
      frr: /FRRouting (\S+)/.exec(shown?.stdout ?? '')?.[1] ?? 'unknown',
      node: process.versions.node,
      kernel: kernel?.stdout.trim() ?? 'unknown',
      kubernetes: topology.clusters[0]?.kubernetesVersion ?? '',
    },
    host: wanted => found(hosts, wanted, 'host'),
    cluster: (wanted = topology.clusters[0]?.name ?? '') => found(clusters, wanted, 'cluster'),
    cut: (host, networkInterface) => setWire(topology, { host, networkInterface }, 'cut', tools),
    mend: (host, networkInterface) => setWire(topology, { host, networkInterface }, 'mended', tools),
    ...onOneSwitch,
    health: async () => {
      const answers = await Promise.all(
        [...hosts.values()].map(host =>
          host.exec(['true'], { timeoutMs: 10_000 }).then(
            () => [],
            (error: Error) => [`${host.name} cannot be reached: ${error.message}`],
          ),
        ),
      );
      return answers.flat();
    },
    close,
  };
}

/** Ways to the API servers, which are on the lab's own network: a tunnel each, and a kubeconfig file that goes through it. */
interface Access {
  kubeconfig(cluster: ClusterSpec): string;
  close(): void;
}

async function openAccess(topology: Topology, details: VagrantDetails): Promise<Access> {
  const directory = mkdtempSync(path.join(vagrantLabs.directory(topology.name), 'access-'));
  const tunnels: Tunnel[] = [];
  const fileOf = ({ name }: ClusterSpec): string => path.join(directory, `${name}.kubeconfig`);
  const close = (): void => {
    for (const tunnel of tunnels) tunnel.close();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    for (const cluster of topology.clusters) {
      const login = details.logins[cluster.controlPlane];
      const kubeconfig = details.kubeconfigs[cluster.name];
      if (login === undefined || kubeconfig === undefined)
        throw new Error(`nothing is known of how to reach cluster ${cluster.name}`);
      const address = hostAddress(topology, cluster.controlPlane);
      const tunnel = await openTunnel(
        {
          name: cluster.controlPlane,
          host: login.address,
          port: login.port ?? 22,
          username: login.user,
          privateKey: readFileSync(login.identityFile, 'utf8'),
          ...('key' in login.knownHosts ? { hostKey: login.knownHosts.key } : {}),
        },
        { address, port: apiServerPort },
      );
      tunnels.push(tunnel);
      writeFileSync(fileOf(cluster), redirected(kubeconfig, tunnel.port), { mode: 0o600 });
    }
  } catch (error) {
    close();
    throw error;
  }
  return { kubeconfig: fileOf, close };
}

/** A kubeconfig whose server is a port on loopback: its certificate is for that, too. */
export const redirected = (kubeconfig: string, port: number): string =>
  kubeconfig.replace(/^(\s*server:\s*)\S+$/m, `$1https://127.0.0.1:${port}`);

const realClusters = (topology: Topology, access: Access, tools: Executor): RealClusters => ({
  topology,
  tools,
  kubeconfig: cluster => access.kubeconfig(cluster),
  connect: cluster => connectKube(readFileSync(access.kubeconfig(cluster), 'utf8')),
  onUpgrade: version => vagrantLabs.upgraded(topology.name, version),
});

/** What installs Cilium needs, for as long as it takes. */
export async function withClusters(
  topology: Topology,
  details: VagrantDetails,
  tools: Executor,
  work: (clusters: RealClusters) => Promise<void>,
): Promise<void> {
  const access = await openAccess(topology, details);
  try {
    await work(realClusters(topology, access, tools));
  } finally {
    access.close();
  }
}
