import { ExecError, type Executor, output } from '../../../helpers/exec.ts';
import { linesOf } from '../../../helpers/lines.ts';
import type { Host } from '../../contract/lab.ts';
import type { Topology } from '../../contract/topology.ts';
import { type Maker, madeLabs } from '../../lifecycle/made-lab.ts';
import { installCilium } from '../../systems/installed/cilium.ts';
import { topologyNamed } from '../../topologies/index.ts';
import type { SshLogin } from '../ssh-host.ts';
import { openHosts } from './hosts.ts';
import { makeCluster } from './kubeadm.ts';
import { openVagrantLab, withClusters } from './lab.ts';
import { type VagrantDetails, vagrantLabs } from './labs.ts';
import { type Boxes, machinesFile } from './machines.ts';
import { parseSshConfig } from './ssh-config.ts';
import { forget, isMade, prepare, vagrant } from './vagrant.ts';
import { removeNowhere } from './wire.ts';

export interface VagrantParts {
  readonly installCilium: typeof installCilium;
  readonly makeCluster: typeof makeCluster;
  readonly openHosts: typeof openHosts;
  readonly withClusters: typeof withClusters;
  /** In place of the pinned boxes. */
  readonly boxes?: Boxes;
}

/** Labs of virtual machines. */
export function maker(
  { installCilium: install, makeCluster: make, openHosts: open, withClusters: reach, boxes }: VagrantParts = {
    installCilium,
    makeCluster,
    openHosts,
    withClusters,
  },
): Maker<VagrantDetails> {
  return {
    provider: 'vagrant',
    needs: ['vagrant', 'kubectl', 'helm'],
    labs: vagrantLabs,
    whyNoTopology: topology =>
      topologyNamed(topology).router === undefined
        ? `LAB=vagrant has no topology ${topology}; the documents run it in kind: LAB=kind`
        : undefined,
    plan: () => Promise.resolve({ logins: {}, kubeconfigs: {} }),
    create: async (topology, { cilium }, { tools, onProgress }) => {
      prepare(topology, machinesFile(topology, boxes));
      await up(topology, tools, onProgress);
      const logins = await findLogins(topology, tools);
      const hosts = await open(topology, logins);
      try {
        const kubeconfigs: Record<string, string> = {};
        for (const cluster of topology.clusters) {
          kubeconfigs[cluster.name] = await make(
            topology,
            cluster,
            name => hostNamed(hosts, name),
            onProgress,
          );
        }
        const details = { logins, kubeconfigs };
        await reach(topology, details, tools, clusters => install(clusters, cilium, onProgress));
        return details;
      } finally {
        for (const host of hosts.values()) host.close();
      }
    },
    isThere: async topology => isMade(topology),
    remove: async (topology, _, tools) => {
      if (!isMade(topology)) return;
      await output(tools, vagrant(topology, ['destroy', '--force']), { timeoutMs: destroyMs });
      await removeNowhere(topology, tools);
      const { stdout } = await tools.exec(vagrant(topology, ['status', '--machine-readable']));
      const left = stdout.split('\n').flatMap(line => {
        const [, name = '', key, state = ''] = line.split(',');
        return key === 'state' && state !== 'not_created' ? [`${name} is ${state}`] : [];
      });
      if (left.length > 0)
        throw new Error(`of the vagrant lab ${topology.name} there is left: ${left.join(', ')}`);
      forget(topology);
    },
    open: openVagrantLab,
    waysIn: topology =>
      topology.hosts.map(({ name, role }) =>
        [...vagrant(topology, ['ssh', name]), ...(role === 'router' ? ['-c', "'sudo vtysh'"] : [])].join(' '),
      ),
  };
}

export const vagrantProvider = madeLabs(maker());

/** Boxes fetched, machines booted and provisioned. */
const upMs = 60 * 60_000;
const destroyMs = 5 * 60_000;

/** Provisions what a boot before this one did not get through; every step can be repeated. */
export async function up(
  topology: Topology,
  tools: Executor,
  onProgress: (line: string) => void,
): Promise<void> {
  const argv = vagrant(topology, ['up', '--provision']);
  const running = await tools.start(argv);
  running.endInput();
  const timer = setTimeout(() => running.signal('INT'), upMs);
  const last: string[] = [];
  const follow = async (stream: AsyncIterable<Buffer>): Promise<void> => {
    for await (const line of linesOf(stream)) {
      last.push(line);
      if (last.length > 40) last.shift();
      // Machine, and what is done with it; not everything a step prints.
      if (line.startsWith('==>')) onProgress(line.slice(4));
    }
  };
  await Promise.all([follow(running.stdout), follow(running.stderr)]);
  const { code } = await running.exited;
  clearTimeout(timer);
  if (code !== 0) {
    const said = { code: code ?? -1, stdout: last.join('\n'), stderr: '' };
    throw new ExecError(tools.name, argv, `exit code ${code ?? 'none'}`, said);
  }
}

/** How each machine is reached, and its own key: asked for once, over the way vagrant itself goes. */
export async function findLogins(topology: Topology, tools: Executor): Promise<Record<string, SshLogin>> {
  const found = parseSshConfig(await output(tools, vagrant(topology, ['ssh-config'])));
  const logins: Record<string, SshLogin> = {};
  for (const { name: machine } of topology.hosts) {
    const host = found.find(({ name }) => name === machine);
    if (host === undefined) throw new Error(`vagrant ssh-config says nothing of ${machine}`);
    const key = await output(
      tools,
      vagrant(topology, ['ssh', machine, '--no-tty', '--command', 'cat /etc/ssh/ssh_host_ed25519_key.pub']),
    );
    const { address, port, user, identityFile } = host;
    logins[machine] = { address, port, user, identityFile, knownHosts: { key: key.trim() } };
  }
  return logins;
}

function hostNamed(hosts: ReadonlyMap<string, Host>, name: string): Host {
  const host = hosts.get(name);
  if (host === undefined)
    throw new Error(`there is no machine ${name}; there is ${[...hosts.keys()].join(', ')}`);
  return host;
}
