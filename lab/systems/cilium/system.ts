import path from 'node:path';
import type { EffectiveValues } from '../../../helpers/cilium/chart.ts';
import type { ExecResult } from '../../../helpers/exec.ts';
import { found } from '../../../helpers/found.ts';
import { type Container, leases, type Pod } from '../../../helpers/kube/resources.ts';
import { until } from '../../../helpers/waiting.ts';
import type { HelmValues } from '../../contract/lab.ts';
import type { EmbeddedSystem, Lacking, SystemContext } from '../embedded.ts';
import { whyNoTunnel } from '../installed/detect.ts';
import { readyClusters } from '../installed/mesh-ready.ts';
import { effective } from '../values/cilium-values.ts';
import { Agent } from './agent.ts';
import { Attachments } from './attachments.ts';
import { type CiliumConfig, configOf, labValues, paths, writeConfigFiles, writeConfigMap } from './config.ts';
import { masqueradeConfig, writeMasqueradeConfig } from './masquerade.ts';
import { CiliumMesh } from './mesh/mesh.ts';
import { type MeshSettings, meshSettings } from './mesh/settings.ts';
import { type AgentMount, CiliumNode, type Surroundings, writeAccount } from './node.ts';
import { Operator } from './operator.ts';
import { type CiliumTree, openTree } from './tree.ts';

/** Real Cilium: the programs of a tree, run on the lab's nodes against the lab's Kubernetes API. */
export function createCilium(context: SystemContext, tree: CiliumTree, around: Surroundings): EmbeddedSystem {
  return new Cilium(context, tree, around);
}

/** A lease of fifteen seconds, and a start on a busy machine. */
const leadMs = 60_000;

/** Pods of the mesh API started, etcd filled, agents connected. */
const meshMs = 180_000;

class Cilium implements EmbeddedSystem {
  readonly name = 'cilium';
  readonly #context: SystemContext;
  readonly #around: Surroundings;
  readonly #nodes = new Map<string, CiliumNode>();
  readonly #agents = new Map<string, Agent>();
  readonly #attachments = new Attachments();
  readonly #mesh: CiliumMesh;
  #tree: CiliumTree;
  /** What tests configured. */
  #overrides: HelmValues = {};
  #values: EffectiveValues;
  #lacking: Lacking = {};
  #operator: Operator | undefined;
  #config: CiliumConfig = {};

  constructor(context: SystemContext, tree: CiliumTree, around: Surroundings) {
    this.#context = context;
    this.#tree = tree;
    this.#around = around;
    this.#values = this.#valuesWith({}, tree);
    const account = path.join(context.directory, 'account');
    this.#mesh = new CiliumMesh({ ...context, directory: path.join(context.directory, 'mesh'), account });
  }

  get version(): string {
    return this.#tree.version;
  }

  get lacking(): Lacking {
    return this.#lacking;
  }

  async start(): Promise<void> {
    const { cluster, nodes } = this.#context;
    const hosts = [...nodes.values()];
    const geneve = await whyNoTunnel(hosts, 'geneve');
    const vxlan = await whyNoTunnel(hosts, 'vxlan');
    this.#lacking = {
      faults: 'real Cilium has no switches that make it deviate',
      ...(geneve === undefined ? {} : { 'geneve-dsr': geneve, 'geneve-tunnel': geneve }),
      ...(vxlan === undefined ? {} : { 'vxlan-tunnel': vxlan }),
    };
    this.#write(configOf(this.#values, this.version));
    await this.#writeMesh();
    this.#operator = this.#createOperator();
    this.#operator.start();
    await Promise.all(
      cluster.nodes.map(async name => {
        await this.#openNode(name);
        await this.#agent(name).start();
      }),
    ).catch((error: Error) => {
      // Agents wait for the operator: when it does not run, its words tell more than theirs.
      const words =
        this.#operator?.isRunning === false
          ? `\nThe operator does not run; it said:\n${this.#operator.logTail()}`
          : '';
      throw new Error(`${error.message}${words}`);
    });
  }

  async stop(): Promise<void> {
    await Promise.all([
      ...[...this.#agents.values()].map(agent => agent.terminate()),
      this.#operator?.stop(),
    ]);
    this.#mesh.close();
  }

  /** As `helm upgrade` and a rollout of what the ConfigMap's checksum is in; no change restarts nothing. */
  async configure(values: HelmValues): Promise<void> {
    this.#values = this.#valuesWith(values, this.#tree);
    this.#overrides = values;
    const config = configOf(this.#values, this.version);
    const replacesAgents = await this.#writeMesh();
    const isSame = JSON.stringify(config) === JSON.stringify(this.#config);
    if (isSame && !replacesAgents) return this.settled();
    this.#write(config);
    await Promise.all([
      ...[...this.#agents.values()].map(async agent => {
        await agent.terminate();
        await agent.start();
      }),
      (async () => {
        await this.#operator?.stop();
        this.#operator?.start();
      })(),
    ]);
    await this.settled();
  }

  /** Whether the clusters find each other is for claims to say. */
  async settled(): Promise<void> {
    const others = this.#meshSettings.clusters.map(({ name }) => name);
    if (others.length === 0) return;
    await Promise.all(
      this.#context.cluster.nodes.map(node =>
        until(`the agent of ${node} to have ${others.join(', ')} ready`, meshMs, async () => {
          const { code, stdout } = await this.execInAgent(node, ['cilium-dbg', 'status', '-o', 'json']);
          const ready = code === 0 ? readyClusters(stdout) : [];
          return others.every(other => ready.includes(other)) ? true : undefined;
        }),
      ),
    ).catch((error: Error) => this.#context.log(`mesh: ${error.message}`));
  }

  async stopAgent(node: string): Promise<void> {
    await this.#agent(node).kill();
  }

  async startAgent(node: string): Promise<void> {
    await this.#agent(node).start();
  }

  /** A killed leader's lease lasts for fifteen seconds: until then its successor waits. */
  async restartOperator(): Promise<void> {
    const before = this.#leader();
    await this.#operator?.stop('SIGKILL');
    this.#operator?.start();
    await until('the operator to lead again', leadMs, async () =>
      this.#leader() === before ? undefined : true,
    );
  }

  /** The lease names every process of the operator's by a name of its own. */
  #leader(): string | undefined {
    const lease = this.#context.kube.get(leases, 'cilium-operator-resource-lock', 'kube-system');
    return lease?.spec?.holderIdentity || undefined;
  }

  /**
   * As `helm upgrade` and its rollout: the operator, which brings the resources of its version, then the agents, a node
   * at a time. What the kernel holds of the datapath serves meanwhile.
   */
  async upgrade(version: string): Promise<void> {
    const { images, cluster } = this.#context;
    if (images === undefined) throw new Error('no directory with other versions of Cilium is known here');
    const tree = openTree(path.join(images, version));
    this.#values = this.#valuesWith(this.#overrides, tree);
    this.#tree = tree;
    this.#write(configOf(this.#values, this.version));
    await this.#writeMesh();
    await this.#operator?.stop();
    this.#operator = this.#createOperator();
    this.#operator.start();
    for (const name of cluster.nodes) {
      await this.#agent(name).terminate();
      await this.#node(name).useTree(this.#tree);
      await this.#agent(name).start();
    }
    await this.settled();
  }

  containerCommand(pod: Pod, container: Container): readonly string[] | undefined {
    return this.#mesh.command(pod, container);
  }

  attachPod(node: string, pod: Pod, netns: string): Promise<string> {
    return this.#attachments.add(this.#node(node), this.#tree, pod, netns);
  }

  detachPod(node: string, pod: Pod, netns: string): Promise<void> {
    return this.#attachments.remove(this.#node(node), this.#tree, pod, netns);
  }

  /** That an agent or the operator ends is Cilium's fault; that a node's mounts are gone is the lab's. */
  async health(): Promise<string[]> {
    return [...this.#nodes.values()]
      .filter(node => !node.isAlive)
      .map(node => `${node.name}: what keeps the agent's mounts has ended`);
  }

  agentLog(node: string, lines: number): string {
    return `${this.#node(node).logTail(lines)}\n`;
  }

  async execInAgent(node: string, argv: readonly string[]): Promise<ExecResult> {
    if (!this.#agent(node).isRunning) {
      return { code: 1, stdout: '', stderr: `container not running: the agent of ${node} is stopped\n` };
    }
    return this.#node(node).exec(argv, this.#environment(node));
  }

  #valuesWith(overrides: HelmValues, { version }: CiliumTree): EffectiveValues {
    const { topology, cluster } = this.#context;
    return effective(topology, cluster, labValues(topology, cluster), overrides, version);
  }

  get #meshSettings(): MeshSettings {
    return meshSettings(this.#values);
  }

  /** What is beside `cilium-config`. Returns whether agents have to be replaced for it. */
  #writeMesh(): Promise<boolean> {
    writeMasqueradeConfig(this.#context.kube, masqueradeConfig(this.#values));
    return this.#mesh.apply(this.#meshSettings, this.#tree);
  }

  get #agentMounts(): AgentMount[] {
    return [
      { from: this.#mesh.hostsFile, to: 'etc/hosts', kind: 'file' },
      { from: this.#mesh.volume('ip-masq-agent'), to: 'etc/config', kind: 'directory' },
      {
        from: this.#mesh.volume('clustermesh-secrets'),
        to: paths.meshConfiguration.slice(1),
        kind: 'directory',
      },
    ];
  }

  #write(config: CiliumConfig): void {
    this.#config = config;
    for (const node of this.#nodes.values()) node.writeConfig(config);
    writeConfigFiles(path.join(this.#context.directory, 'config'), config);
    writeConfigMap(this.#context.kube, config);
  }

  async #openNode(name: string): Promise<void> {
    const { nodes, directory, log } = this.#context;
    const host = found(nodes, name, 'the cluster has no node');
    const home = path.join(directory, name);
    const node = await CiliumNode.open(host, home, this.#tree, this.#around, this.#agentMounts);
    node.writeConfig(this.#config);
    this.#nodes.set(name, node);
    const env = {
      ...this.#environment(name),
      CILIUM_CLUSTERMESH_CONFIG: `${paths.meshConfiguration}/`,
    };
    this.#agents.set(name, new Agent(node, env, log));
  }

  #createOperator(): Operator {
    const { nodes, cluster, directory, log } = this.#context;
    const host = found(nodes, cluster.controlPlane, 'the cluster has no node');
    writeAccount(directory, this.#around);
    const env = this.#environment(cluster.controlPlane);
    return new Operator({ program: this.#tree.operator, host, directory, env, log });
  }

  #environment(node: string): NodeJS.ProcessEnv {
    const { host, port } = this.#around.apiServer;
    return {
      K8S_NODE_NAME: node,
      CILIUM_K8S_NAMESPACE: 'kube-system',
      KUBERNETES_SERVICE_HOST: host,
      KUBERNETES_SERVICE_PORT: String(port),
    };
  }

  #node(name: string): CiliumNode {
    return found(this.#nodes, name, 'the cluster has no node');
  }

  #agent(name: string): Agent {
    return found(this.#agents, name, 'the cluster has no agent');
  }
}
