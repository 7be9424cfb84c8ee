import { readFileSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { connectKube } from '../../../../helpers/kube/client.ts';
import { namespaces } from '../../../../helpers/kube/resources.ts';
import type { Topology } from '../../../contract/topology.ts';
import { stateDirectory } from '../../../lifecycle/state.ts';
import { topologyNamed } from '../../../topologies/index.ts';
import { ownedLabels } from '../../../topologies/manifests.ts';
import { kubeconfigPath } from '../../netns/lab.ts';
import { sshPaths } from '../../netns/machines.ts';
import { startLab, stopLab } from '../../netns/start.ts';
import { recordedNamespace } from '../rbac.ts';
import { type Permission, permissions } from '../schema.ts';

/** An embedded lab that plays a user's lab: reached by ssh over TCP and by kubeconfig alone, as an inventory says. */
export interface Stage {
  /** Of the embedded lab behind it. */
  readonly name: string;
  readonly topology: Topology;
  readonly inventory: string;
  /** Of each cluster, by its name, with every right. */
  readonly kubeconfigs: Readonly<Record<string, string>>;
  readonly knownHosts: string;
  /** Environment of a run that may restart and configure the system under test. */
  readonly controls: Readonly<Record<string, string>>;
  /** Writes another inventory beside it and returns its name. */
  write(file: string, change: (inventory: string) => string): string;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';

/** @param directory where inventory and known_hosts go */
export async function setStage(
  name: string,
  directory: string,
  options: {
    readonly topology?: Topology['name'];
    readonly allow?: readonly Permission[];
    readonly disruptive?: readonly string[];
  } = {},
): Promise<Stage> {
  const { topology: wanted = 'bgp', allow = Object.keys(permissions), disruptive = [] } = options;
  const topology = topologyNamed(wanted);
  await startLab({ name, topology: wanted, version: '1.18.0', faults: [], lifeline: 'starter' });
  const lab = stateDirectory(name);
  const relays = await Promise.all(topology.hosts.map(host => relay(sshPaths(lab, host.name).socket)));
  const ports = relays.map(server => (server.address() as AddressInfo).port);
  const knownHosts = path.join(directory, 'known_hosts');
  writeFileSync(
    knownHosts,
    topology.hosts
      .map(
        (host, index) =>
          `[${loopback}]:${ports[index]} ${readFileSync(`${sshPaths(lab, host.name).hostKey}.pub`, 'utf8')}`,
      )
      .join(''),
  );
  const kubeconfigs = Object.fromEntries(
    topology.clusters.map(cluster => [cluster.name, kubeconfigPath(lab, cluster.name)]),
  );
  for (const file of Object.values(kubeconfigs)) await makeHome(readFileSync(file, 'utf8'));
  const inventory = path.join(directory, 'lab.yaml');
  writeFileSync(
    inventory,
    [
      `topology: ${topology.name}`,
      'clusters:',
      ...topology.clusters.flatMap(cluster => [
        `  - name: ${cluster.name}`,
        `    id: ${cluster.id}`,
        `    kubeconfig: ${kubeconfigs[cluster.name]}`,
        `    controlPlane: ${cluster.controlPlane}`,
        `    nodes: [${cluster.nodes.join(', ')}]`,
        ...(cluster.asn === undefined ? [] : [`    asn: ${cluster.asn}`]),
        `    podCidr: ${cluster.podCidr}`,
        `    podCidrMaskSize: ${cluster.podCidrMaskSize}`,
        `    serviceCidr: ${cluster.serviceCidr}`,
      ]),
      'networks:',
      ...topology.networks.map(network => `  ${network.name}: ${network.prefix}`),
      'ssh:',
      `  identityFile: ${sshPaths(lab, '').clientKey}`,
      '  knownHosts: known_hosts',
      'hosts:',
      ...topology.hosts.map(
        (host, index) => `  ${host.name}: { address: ${loopback}, port: ${ports[index]} }`,
      ),
      ...(topology.router === undefined
        ? []
        : ['router:', `  host: ${topology.router.host}`, '  loopbacks: [loop1, loop2]']),
      `allow: [${allow.join(', ')}]`,
      `disruptive: [${disruptive.join(', ')}]`,
      '',
    ].join('\n'),
  );
  return {
    name,
    topology,
    inventory,
    kubeconfigs,
    knownHosts,
    controls: { LAB_CONTROLS: path.join(import.meta.dirname, 'controls.ts'), LAB_STAGE: name },
    write: (file, change) => {
      const other = path.join(directory, file);
      writeFileSync(other, change(readFileSync(inventory, 'utf8')));
      return other;
    },
    close: async () => {
      for (const server of relays) server.close();
      await stopLab(name);
    },
  };
}

/** As rbac.yaml makes it: with it there, a run needs no right to make namespaces. */
async function makeHome(kubeconfig: string): Promise<void> {
  const kube = connectKube(kubeconfig);
  const metadata = { name: recordedNamespace, labels: { ...ownedLabels } };
  await kube
    .create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata })
    .finally(() => kube.close());
}

/** A host's sshd listens inside the lab; this port of loopback leads there, as a machine's address would. */
function relay(socket: string): Promise<net.Server> {
  const server = net.createServer(client => {
    const inside = net.connect(socket);
    client.on('error', () => inside.destroy());
    inside.on('error', () => client.destroy());
    client.pipe(inside).pipe(client);
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, loopback, () => resolve(server));
  });
}
