import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, readFileSync, readlinkSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { ClusterSpec } from '../../contract/topology.ts';
import { hostAddress } from '../../contract/topology.ts';
import { firstServiceAddress } from '../../kubernetes/api/admission/service-addresses.ts';
import { createApiServer } from '../../kubernetes/api/api-server.ts';
import { createCertificates, kubeconfig } from '../../kubernetes/api/credentials.ts';
import { createStore } from '../../kubernetes/api/store.ts';
import { startControllers } from '../../kubernetes/controllers/index.ts';
import { startHostsFiles } from '../../kubernetes/kubelet/hosts-files.ts';
import { hooksOf, type Kubelet, startKubelet } from '../../kubernetes/kubelet/kubelet.ts';
import { createRuntime } from '../../kubernetes/kubelet/runtime.ts';
import { openNodeCgroups } from '../../namespaces/cgroups.ts';
import { listenInside } from '../../namespaces/listen.ts';
import type { HostNamespace } from '../../namespaces/namespace.ts';
import { buildNetwork, fabric, moveCluster, portOf, run } from '../../namespaces/network.ts';
import { createCilium } from '../../systems/cilium/system.ts';
import { openTree } from '../../systems/cilium/tree.ts';
import type { EmbeddedSystem, Lacking, SystemContext } from '../../systems/embedded.ts';
import { celRules } from '../../systems/reference/crds/index.ts';
import { createReferenceSystem } from '../../systems/reference/system.ts';
import { agentPods } from '../../systems/workload.ts';
import { topologyNamed } from '../../topologies/index.ts';
import { serveControl } from './control.ts';
import { watchFrrHealth } from './frr-health.ts';
import { kubeconfigPath } from './lab.ts';
import { breakLab } from './lab-faults.ts';
import { createKeys, maskAccounts, openMachine, startFrr, startSshd } from './machines.ts';
import type { LabConfig, LabReport } from './start.ts';

/**
 * The lab's own process: the first one inside its namespaces after init. It builds the network, runs machines,
 * Kubernetes API, controllers, kubelets and the system under test, and says on descriptor 3 when all is up.
 */
const statusFd = 3;

function report(message: LabReport): void {
  writeSync(statusFd, `${JSON.stringify(message)}\n`);
}

const log = (line: string): void => console.error(`${new Date().toISOString()} ${line}`);

interface RunningCluster {
  readonly spec: ClusterSpec;
  readonly system: EmbeddedSystem;
}

async function main(directory: string): Promise<void> {
  const config = JSON.parse(readFileSync(path.join(directory, 'config.json'), 'utf8')) as LabConfig;
  const topology = topologyNamed(config.topology);
  const faults = new Set(config.faults);
  await Promise.all([
    buildNetwork(topology),
    createKeys(topology, directory),
    maskAccounts(topology, directory),
  ]);
  const hosts = new Map<string, HostNamespace>();
  const nodes = topology.clusters.flatMap(cluster => cluster.nodes);
  const cgroups =
    config.cilium === undefined ? undefined : await openNodeCgroups(config.cilium.cgroup, nodes);
  const opened = await Promise.all(
    topology.hosts.map(spec => openMachine(spec, topology, directory, faults, cgroups?.get(spec.name))),
  );
  for (const host of opened) {
    hosts.set(host.name, host);
    startSshd(host, directory);
  }
  const hostNamed = (name: string): HostNamespace => {
    const host = hosts.get(name);
    if (host === undefined)
      throw new Error(`there is no host ${name}; there is ${[...hosts.keys()].join(', ')}`);
    return host;
  };
  const [clusters] = await Promise.all([
    Promise.all(topology.clusters.map((spec, index) => startCluster(spec, config, hosts, index))),
    topology.router === undefined ? undefined : startFrr(hostNamed(topology.router.host)),
  ]);

  await Promise.all(clusters.map(({ system }) => system.settled?.()));
  const clusterOf = (node: string): RunningCluster => {
    const found = clusters.find(({ spec }) => spec.nodes.includes(node));
    if (found === undefined) throw new Error(`no cluster has a node ${node}`);
    return found;
  };
  const frrHealth =
    topology.router === undefined ? async () => [] : await watchFrrHealth(hostNamed(topology.router.host));
  const clusterNamed = (name: string): RunningCluster => {
    const cluster = clusters.find(({ spec }) => spec.name === name);
    if (cluster === undefined) throw new Error(`there is no cluster ${name}`);
    return cluster;
  };
  serveControl(path.join(directory, 'control.sock'), {
    configure: (name, values) => clusterNamed(name).system.configure(values),
    restartOperator: name => clusterNamed(name).system.restartOperator(),
    upgrade: async version => {
      for (const { spec, system } of clusters) {
        if (system.upgrade === undefined)
          throw new Error(`${system.name} in cluster ${spec.name} cannot be upgraded`);
        await system.upgrade(version);
      }
      await Promise.all(clusters.map(({ system }) => system.settled?.()));
    },
    stopAgents: async nodes => {
      await Promise.all(nodes.map(node => clusterOf(node).system.stopAgent(node)));
    },
    startAgents: async nodes => {
      await Promise.all(nodes.map(node => clusterOf(node).system.startAgent(node)));
    },
    cut: (host, networkInterface) =>
      run(['ip', '-n', fabric, 'link', 'set', portOf(topology, host, networkInterface), 'nomaster']),
    mend: (host, networkInterface) => {
      const wire = topology.hosts
        .find(({ name }) => name === host)
        ?.interfaces.find(({ name }) => name === networkInterface);
      if (wire === undefined) throw new Error(`host ${host} has no interface ${networkInterface}`);
      const port = portOf(topology, host, networkInterface);
      return run(['ip', '-n', fabric, 'link', 'set', port, 'master', wire.network]);
    },
    isolate: cluster => moveCluster(topology, cluster, 'apart'),
    rejoin: cluster => moveCluster(topology, cluster, 'together'),
    health: async () => {
      const problems = await Promise.all([frrHealth(), ...clusters.map(({ system }) => system.health())]);
      return problems.flat();
    },
  });
  const lacking = Object.assign({}, ...clusters.map(({ system }) => system.lacking)) as Lacking;
  report({ ready: { pidNamespace: readlinkSync('/proc/self/ns/pid'), lacking } });
  closeSync(statusFd);
  breakLab(faults, topology, hostNamed);
}

async function startCluster(
  spec: ClusterSpec,
  config: LabConfig,
  hosts: ReadonlyMap<string, HostNamespace>,
  index: number,
): Promise<RunningCluster> {
  const topology = topologyNamed(config.topology);
  const directory = path.join(config.directory, spec.name);
  const pki = path.join(directory, 'pki');
  mkdirSync(pki, { recursive: true });
  const apiAddress = hostAddress(topology, spec.controlPlane);
  const tls = await createCertificates(pki, {
    names: ['localhost', 'kubernetes', spec.controlPlane],
    // Pods reach it by the address of service `kubernetes`.
    addresses: ['127.0.0.1', apiAddress, firstServiceAddress(spec.serviceCidr)],
  });
  const store = createStore({
    serviceCidr: spec.serviceCidr,
    apiServer: { address: apiAddress, port: 6443 },
    rootCa: tls.ca,
    celRules,
  });
  const kubelets = new Map<string, Kubelet>();
  const nodes = new Map(spec.nodes.map(name => [name, hosts.get(name) as HostNamespace]));
  const token = randomUUID();
  const server = createApiServer({
    store,
    tls,
    kubelets: hooksOf(kubelets),
    version: spec.kubernetesVersion,
    token,
  });
  const fd = config.apiFds[index];
  if (fd === undefined) throw new Error(`no socket was opened for cluster ${spec.name}`);
  server.listen({ fd });

  startControllers({ kube: store, cluster: spec, topology, log });
  const context: SystemContext = {
    topology,
    cluster: spec,
    kube: store,
    nodes,
    directory: path.join(directory, 'system'),
    shared: path.join(config.directory, 'shared'),
    ...(config.cilium === undefined ? {} : { images: config.cilium.images }),
    version: config.version,
    faults: new Set(config.faults),
    log,
  };
  mkdirSync(context.directory, { recursive: true });
  const system = await createSystem();
  await system.start();
  const hostsFiles = startHostsFiles(store, log);
  for (const [name, node] of nodes) {
    const nodeAddress = hostAddress(topology, name);
    const pods = path.join(directory, 'pods', name);
    const runtime = createRuntime({ system, node, nodeAddress, directory: pods, hostsFiles });
    kubelets.set(name, startKubelet({ kube: store, node: name, nodeAddress, runtime, log }));
  }
  agentPods(store, spec, config.cilium === undefined ? 'reference-agent' : `cilium:v${config.version}`);
  writeFileSync(
    kubeconfigPath(config.directory, spec.name),
    kubeconfig({ ...tls, server: `https://127.0.0.1:${config.apiPorts[spec.name]}`, clusterName: spec.name }),
    { mode: 0o600 },
  );
  return { spec, system };

  async function createSystem(): Promise<EmbeddedSystem> {
    if (config.cilium === undefined) return createReferenceSystem(context);
    // Real Cilium's programs reach the API where a cluster's have it: at the control plane's address.
    const port = 6443;
    const inside = await listenInside(context.nodes.get(spec.controlPlane)?.netns ?? '', port);
    inside.on('connection', socket => server.emit('connection', socket));
    return createCilium(context, openTree(config.cilium.directory), {
      apiServer: { host: apiAddress, port },
      ca: tls.ca,
      token,
    });
  }
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(message);
  report({ failed: message });
  process.exit(1);
});
