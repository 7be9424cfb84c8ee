import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { configMaps, deployments, secrets, services } from '../../../../helpers/kube/resources.ts';
import { type ClusterSpec, hostAddress } from '../../../contract/topology.ts';
import type { HostNamespace } from '../../../namespaces/namespace.ts';
import type { SystemContext } from '../../embedded.ts';
import { authorityIn, issue } from '../../mesh/certificates.ts';
import * as meshObjects from '../../mesh/objects.ts';
import { MeshAgent } from './agent.ts';
import { Etcd, type EtcdAccess } from './etcd.ts';
import { startExporter } from './exporter.ts';
import * as objects from './objects.ts';
import { RemoteCluster } from './remote.ts';
import type { ServiceValue } from './state.ts';
import type { MeshView } from './view.ts';

export type { MeshAgent, RemoteNode } from './agent.ts';

/** A unix socket that leads somewhere else. */
interface Relay {
  readonly socket: string;
  close(): void;
}

/**
 * A cluster's side of the mesh: its mesh API (an etcd in a pod, and what fills it) and its agents' copies of the other
 * clusters' state.
 */
export class Mesh implements MeshView {
  readonly #context: SystemContext;
  readonly #onChange: (node: string) => Promise<void>;
  readonly #agents = new Map<string, { readonly agent: MeshAgent; readonly relays: readonly Relay[] }>();
  /** What a node's agent that has been stopped knew of other clusters' services. */
  readonly #remembered = new Map<string, readonly ServiceValue[]>();
  #client: Pick<EtcdAccess, 'ca' | 'cert' | 'key'> = { ca: '', cert: '', key: '' };
  readonly #deaths: string[] = [];
  #stops: (() => Promise<void> | void)[] = [];

  /** @param onChange called for a node whose agent knows something new; resolves when it has been acted on */
  constructor(context: SystemContext, onChange: (node: string) => Promise<void>) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /** Resolves when the mesh's objects are there. The clusters find each other afterwards. */
  async start(): Promise<void> {
    const { cluster, kube, topology, shared, directory, faults, log } = this.#context;
    const nodePort = topology.mesh?.nodePort;
    if (nodePort === undefined) return;
    await this.#checkEtcd();
    const pki = path.join(directory, 'mesh');
    const authority = await authorityIn(
      path.join(faults.has('mesh-other-ca') ? directory : shared, 'mesh-ca'),
    );
    const [server, remote] = await Promise.all([
      issue(authority, pki, 'server', {
        commonName: 'clustermesh-apiserver.cilium.io',
        names: meshObjects.serverNames,
      }),
      issue(authority, pki, 'remote', { commonName: 'remote' }),
    ]);
    this.#client = { ca: authority.cert, ...remote };
    kube.create(
      configMaps,
      objects.configMap(cluster, faults.has('mesh-clusters-share-id') ? 1 : cluster.id),
    );
    kube.create(
      secrets,
      meshObjects.secret('cilium-ca', 'Opaque', { 'ca.crt': authority.cert, 'ca.key': authority.key }),
    );
    kube.create(secrets, meshObjects.tlsSecret('clustermesh-apiserver-server-cert', authority.cert, server));
    kube.create(secrets, meshObjects.tlsSecret('clustermesh-apiserver-remote-cert', authority.cert, remote));
    kube.create(
      secrets,
      meshObjects.clustersSecret(
        this.#others.map(({ name }) => name),
        nodePort,
      ),
    );
    kube.create(services, meshObjects.apiService(nodePort));
    kube.create(deployments, objects.apiDeployment(this.#etcdCommand(pki)));

    const service = kube.get(services, meshObjects.apiName, 'kube-system');
    const relay = this.#relay(this.#host(cluster.controlPlane), 'own', `${service?.spec.clusterIP}:2379`);
    const etcd = new Etcd({
      ...this.#client,
      serverName: meshObjects.serverName(cluster.name),
      socket: relay.socket,
    });
    this.#stops = [startExporter({ kube, cluster, etcd, faults, log }), () => etcd.close(), relay.close];
    for (const node of cluster.nodes) this.startAgent(node);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#agents.keys()].map(node => this.stopAgent(node)));
    for (const stop of this.#stops) await stop();
  }

  agent(node: string): MeshAgent | undefined {
    return this.#agents.get(node)?.agent;
  }

  startAgent(node: string): void {
    const { topology, cluster, faults, log } = this.#context;
    if (topology.mesh === undefined || this.#agents.has(node)) return;
    const { nodePort } = topology.mesh;
    const relays: Relay[] = [];
    const agent: MeshAgent = new MeshAgent(
      this.#others.map(other => {
        const address = hostAddress(topology, other.controlPlane);
        const relay = this.#relay(this.#host(node), other.name, `${address}:${nodePort}`);
        relays.push(relay);
        const access = {
          ...this.#client,
          serverName: meshObjects.serverName(other.name),
          socket: relay.socket,
        };
        return new RemoteCluster({
          name: other.name,
          etcd: new Etcd(access),
          onChange: async () => {
            await this.#onChange(node);
            agent.noteChange();
          },
          faults,
          log: line => log(`mesh agent of ${cluster.name}/${node}: ${line}`),
        });
      }),
      faults.has('cilium-45441') ? this.#remembered.get(node) : [],
    );
    this.#agents.set(node, { agent, relays });
    if (faults.has('mesh-agent-not-connected') && node === topology.clusters[0]?.nodes.at(-1)) return;
    if (this.#remembered.has(node) && faults.has('cilium-23823')) setTimeout(() => agent.start(), 500);
    else agent.start();
  }

  /** Resolves when a node's agent may act on what it knows of other clusters. */
  async synced(node: string): Promise<void> {
    if (this.#context.faults.has('cilium-23823')) return;
    await this.agent(node)?.synced();
  }

  /** Without notice. */
  async stopAgent(node: string): Promise<void> {
    const running = this.#agents.get(node);
    if (running === undefined) return;
    this.#agents.delete(node);
    this.#remembered.set(node, running.agent.allServices);
    await running.agent.stop();
    for (const relay of running.relays) relay.close();
  }

  nodes(node: string): ReturnType<MeshView['nodes']> {
    const { faults, topology } = this.#context;
    const known = this.agent(node)?.nodes ?? [];
    if (faults.has('mesh-route-missing') && node === topology.clusters[0]?.nodes.at(-1)) {
      return known.map((each, i) => (i === 0 ? { ...each, spec: { ...each.spec, ipam: {} } } : each));
    }
    if (faults.has('mesh-relay-through-third-node')) {
      const addresses = known[0]?.spec.addresses ?? [];
      return known.map(each => ({ ...each, spec: { ...each.spec, addresses } }));
    }
    return known;
  }

  services(node: string, service: string): ReturnType<MeshView['services']> {
    return this.agent(node)?.services(service) ?? [];
  }

  get #others(): readonly ClusterSpec[] {
    return this.#context.topology.clusters.filter(({ name }) => name !== this.#context.cluster.name);
  }

  /** What of the relays has ended unasked since this was last asked: through no fault of the mesh. */
  health(): string[] {
    return this.#deaths.splice(0);
  }

  async #checkEtcd(): Promise<void> {
    const { code } = await this.#host(this.#context.cluster.controlPlane).exec([
      'sh',
      '-c',
      'command -v etcd',
    ]);
    if (code === 0) return;
    throw new Error(
      'topology mesh runs an etcd in each cluster, and there is none here: run `bash lab/setup/setup.sh`, or install the Debian package etcd-server',
    );
  }

  /** As Cilium's chart runs it, on a disk that is none: an election of one is won sooner, and nothing outlives the pod. */
  #etcdCommand(pki: string): string[] {
    const data = path.join(pki, 'etcd');
    const etcd = [
      ...['etcd', `--data-dir=${data}`, `--name=${meshObjects.apiName}`],
      ...(this.#context.faults.has('mesh-anonymous-clients')
        ? []
        : ['--client-cert-auth', `--trusted-ca-file=${pki}/ca.crt`]),
      ...[`--cert-file=${pki}/server.crt`, `--key-file=${pki}/server.key`],
      ...['--listen-client-urls=https://0.0.0.0:2379', '--advertise-client-urls=https://127.0.0.1:2379'],
      ...['--unsafe-no-fsync', '--heartbeat-interval=50', '--election-timeout=250'],
      ...['--logger=zap', '--log-level=error'],
    ];
    return ['sh', '-c', `rm -rf ${data}; exec "$@"`, 'sh', ...etcd];
  }

  /**
   * A unix socket that leads out through a node's own network: what goes in there takes the node's way to the address,
   * with its routes, its translation and its broken links.
   */
  #relay(node: HostNamespace, name: string, address: string): Relay {
    const directory = path.join(this.#context.directory, 'relays');
    mkdirSync(directory, { recursive: true });
    const socket = path.join(directory, `${node.name}-${name}`);
    rmSync(socket, { force: true });
    const relay = node.spawn(
      ['socat', `UNIX-LISTEN:${socket},fork,mode=600,backlog=64`, `TCP:${address},nodelay,connect-timeout=5`],
      { stdio: 'ignore' },
    );
    let isWanted = true;
    relay.on('exit', (code, signal) => {
      if (isWanted) this.#deaths.push(`${node.name}: the relay to ${address} ended (${signal ?? code})`);
    });
    const close = (): void => {
      isWanted = false;
      relay.kill('SIGKILL');
    };
    return { socket, close };
  }

  #host(node: string): HostNamespace {
    const host = this.#context.nodes.get(node);
    if (host === undefined) throw new Error(`cluster ${this.#context.cluster.name} has no node ${node}`);
    return host;
  }
}
