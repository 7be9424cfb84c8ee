import { closeSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Topology } from '../../contract/topology.ts';
import { openNodeCgroups } from '../../namespaces/cgroups.ts';
import type { HostNamespace } from '../../namespaces/namespace.ts';
import { buildNetwork } from '../../namespaces/network.ts';
import type { Lacking } from '../../systems/embedded.ts';
import { topologyNamed } from '../../topologies/index.ts';
import { startCluster } from './cluster.ts';
import { serveControl } from './control.ts';
import { controlsOf } from './controls.ts';
import { watchFrrHealth } from './frr-health.ts';
import { breakLab } from './lab-faults.ts';
import { createKeys, maskAccounts, openMachine, startFrr, startSshd } from './machines.ts';
import type { LabConfig, LabReport } from './start.ts';

/**
 * The lab's own process: the first one inside its namespaces after init. It builds the network, runs machines,
 * Kubernetes API, controllers, kubelets and the system under test, and reports on descriptor 3 when all is up.
 */
const statusFd = 3;

function report(message: LabReport): void {
  writeSync(statusFd, `${JSON.stringify(message)}\n`);
}

const log = (line: string): void => console.error(`${new Date().toISOString()} ${line}`);

async function main(directory: string): Promise<void> {
  const config = JSON.parse(readFileSync(path.join(directory, 'config.json'), 'utf8')) as LabConfig;
  const topology = topologyNamed(config.topology);
  const faults = new Set(config.faults);
  await Promise.all([
    buildNetwork(topology),
    createKeys(topology, directory),
    maskAccounts(topology, directory),
  ]);
  const hosts = await openMachines(topology, config, directory);
  const hostNamed = (name: string): HostNamespace => {
    const host = hosts.get(name);
    if (host === undefined)
      throw new Error(`there is no host ${name}; there is ${[...hosts.keys()].join(', ')}`);
    return host;
  };
  const router = topology.router === undefined ? undefined : hostNamed(topology.router.host);
  const [clusters] = await Promise.all([
    Promise.all(topology.clusters.map(spec => startCluster(spec, config, hosts, log))),
    router === undefined ? undefined : startFrr(router),
  ]);
  await Promise.all(clusters.map(({ system }) => system.settled?.()));
  const frrHealth = router === undefined ? async () => [] : await watchFrrHealth(router);
  serveControl(path.join(directory, 'control.sock'), controlsOf(topology, clusters, frrHealth));
  const lacking = Object.assign({}, ...clusters.map(({ system }) => system.lacking)) as Lacking;
  report({ ready: { pidNamespace: readlinkSync('/proc/self/ns/pid'), lacking } });
  closeSync(statusFd);
  breakLab(faults, topology, hostNamed);
}

/** The topology's hosts by name, each with sshd. */
async function openMachines(
  topology: Topology,
  { cilium, faults }: LabConfig,
  directory: string,
): Promise<ReadonlyMap<string, HostNamespace>> {
  const nodes = topology.clusters.flatMap(cluster => cluster.nodes);
  const cgroups = cilium === undefined ? undefined : await openNodeCgroups(cilium.cgroup, nodes);
  const hosts = await Promise.all(
    topology.hosts.map(spec =>
      openMachine(spec, topology, directory, new Set(faults), cgroups?.get(spec.name)),
    ),
  );
  for (const host of hosts) startSshd(host, directory);
  return new Map(hosts.map(host => [host.name, host]));
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(message);
  report({ failed: message });
  process.exit(1);
});
