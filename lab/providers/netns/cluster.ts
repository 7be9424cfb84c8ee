import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
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
import { listenInside } from '../../namespaces/listen.ts';
import type { HostNamespace } from '../../namespaces/namespace.ts';
import { createCilium } from '../../systems/cilium/system.ts';
import { openTree } from '../../systems/cilium/tree.ts';
import type { EmbeddedSystem, SystemContext } from '../../systems/embedded.ts';
import { celRules } from '../../systems/reference/crds/index.ts';
import { createReferenceSystem } from '../../systems/reference/system.ts';
import { agentPods } from '../../systems/workload.ts';
import { topologyNamed } from '../../topologies/index.ts';
import { kubeconfigPath } from './lab.ts';
import type { LabConfig } from './start.ts';

export interface RunningCluster {
  readonly spec: ClusterSpec;
  readonly system: EmbeddedSystem;
}

/** A cluster's API server, controllers, system under test and kubelets, in this process. */
export async function startCluster(
  spec: ClusterSpec,
  config: LabConfig,
  hosts: ReadonlyMap<string, HostNamespace>,
  log: (line: string) => void,
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
  const fd = config.apiFds[topology.clusters.indexOf(spec)];
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
