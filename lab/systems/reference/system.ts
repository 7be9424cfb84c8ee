import type { EffectiveValues } from '../../../helpers/cilium/chart.ts';
import { ciliumNodes, loadBalancerIpPools } from '../../../helpers/cilium/resources.ts';
import type { ExecResult } from '../../../helpers/exec.ts';
import { found } from '../../../helpers/found.ts';
import { customResourceDefinitions, type Pod } from '../../../helpers/kube/resources.ts';
import type { HelmValues } from '../../contract/lab.ts';
import type { HostNamespace } from '../../namespaces/namespace.ts';
import { geneveDsr } from '../../topologies/manifests.ts';
import type { EmbeddedSystem, Lacking, SystemContext } from '../embedded.ts';
import { whyNoTunnel } from '../installed/detect.ts';
import { effective } from '../values/cilium-values.ts';
import { type AgentSettings, BgpAgent } from './bgp/agent.ts';
import { compiledProgram } from './datapath/dsr/object.ts';
import { DsrProgram } from './datapath/dsr/program.ts';
import { createDatapath, type Datapath } from './datapath/index.ts';
import { datapathSettings } from './datapath/settings.ts';
import { runInAgent } from './dbg/index.ts';
import type { Faults } from './faults.ts';
import { L2Announcements } from './l2/index.ts';
import { startLbIpam } from './lbipam/index.ts';
import { Mesh } from './mesh/index.ts';
import { type BgpOperator, startBgpOperator } from './operator/bgp.ts';
import { startIpam } from './operator/ipam.ts';
import { activeFaults } from './versions/active.ts';
import { definitionsFor, kubeOf } from './versions/api.ts';

/** Our stand-in for Cilium: not Cilium, but what its documentation and source say it does, for one version. */
export function createReferenceSystem(context: SystemContext): EmbeddedSystem {
  return new ReferenceSystem(context);
}

/** What a version makes of what was asked for: its API, and the faults that it has. */
function ofVersion(wanted: SystemContext, version: string): SystemContext {
  return {
    ...wanted,
    version,
    kube: kubeOf(version, wanted.kube),
    faults: activeFaults(wanted.faults, version),
  };
}

class ReferenceSystem implements EmbeddedSystem {
  readonly name = 'reference';
  #context: SystemContext;
  /** As it was asked for: which of it is on depends on the version. */
  readonly #wanted: SystemContext;
  readonly #datapath: Datapath;
  readonly #mesh: Mesh;
  readonly #l2: L2Announcements;
  readonly #agents = new Map<string, BgpAgent>();
  #operator: BgpOperator | undefined;
  #operatorStops: (() => Promise<void> | void)[] = [];
  /** What tests configured. */
  #overrides: HelmValues = {};
  #values: EffectiveValues;
  #lacking: Lacking = {};
  readonly #deaths: string[] = [];

  constructor(context: SystemContext) {
    this.#wanted = context;
    this.#context = ofVersion(context, context.version);
    this.#values = this.#valuesWith({}, context.version);
    const { faults } = this.#context;
    this.#l2 = new L2Announcements(this.#context);
    this.#mesh = new Mesh(this.#context, node => this.#datapath.refresh(node));
    const program = faults.has('dsr-source-translated') ? undefined : new DsrProgram(this.#context);
    this.#datapath = createDatapath(this.#context, datapathSettings(this.#values), program, this.#mesh);
  }

  get version(): string {
    return this.#context.version;
  }

  get lacking(): Lacking {
    return this.#lacking;
  }

  async start(): Promise<void> {
    const { kube, cluster, faults } = this.#context;
    for (const definition of definitionsFor(this.version, faults)) {
      kube.create(customResourceDefinitions, definition);
    }
    this.#startOperator();
    const vxlan = whyNoTunnel([...this.#context.nodes.values()], 'vxlan').then(why => {
      if (why !== undefined) this.#lacking = { ...this.#lacking, 'vxlan-tunnel': why };
    });
    const compiled = compiledProgram().catch((error: Error) => {
      this.#lacking = { ...this.#lacking, 'geneve-dsr': error.message, 'geneve-tunnel': error.message };
    });
    await this.#datapath.start();
    const agents = cluster.nodes.map(node => this.#startBgp(node, false));
    await Promise.all([compiled, vxlan, ...agents, this.#mesh.start()]);
    for (const node of cluster.nodes) this.#l2.startAgent(node);
    if (faults.has('dsr-always-on')) await this.configure({});
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#agents.values()].map(agent => agent.stop()));
    this.#agents.clear();
    await this.#mesh.stop();
    await this.#stopOperator();
    await this.#l2.stop();
    await this.#datapath.stop();
  }

  #startOperator(): void {
    const { kube, cluster, faults, log, topology } = this.#context;
    const overlapping = faults.has('mesh-pod-cidrs-overlap') ? topology.clusters[0]?.podCidr : undefined;
    const stopIpam = startIpam(kube, { ...cluster, podCidr: overlapping ?? cluster.podCidr }, log);
    const bgp = startBgpOperator(kube, faults, this.#settings(), log);
    this.#operator = bgp;
    this.#operatorStops = [startLbIpam(this.#context), () => bgp.stop(), stopIpam];
  }

  async #stopOperator(): Promise<void> {
    for (const stop of this.#operatorStops.splice(0)) await stop();
  }

  async restartOperator(): Promise<void> {
    await this.#stopOperator();
    this.#startOperator();
  }

  /** The operator first, with the resources of its version; then the agents, node by node. */
  async upgrade(version: string): Promise<void> {
    const { cluster, faults } = this.#context;
    this.#values = this.#valuesWith(this.#overrides, version);
    await this.#stopOperator();
    this.#context = ofVersion(this.#wanted, version);
    for (const { metadata, spec } of definitionsFor(version, faults)) {
      this.#wanted.kube.update(customResourceDefinitions, metadata.name, undefined, draft => {
        draft.spec = structuredClone(spec);
      });
    }
    if (faults.has('upgrade-loses-objects')) this.#loseUnusedPools();
    this.#startOperator();
    for (const node of cluster.nodes) {
      await this.stopAgent(node);
      await this.startAgent(node);
      if (faults.has('upgrade-resets-connections')) await this.#host(node).exec(['conntrack', '-F']);
    }
  }

  #loseUnusedPools(): void {
    const { kube } = this.#context;
    for (const { metadata, status } of kube.list(loadBalancerIpPools)) {
      const used = status?.conditions?.find(({ type }) => type === 'cilium.io/IPsUsed')?.message;
      if (Number(used ?? 0) === 0) kube.delete(loadBalancerIpPools, metadata.name);
    }
  }

  /** As `helm upgrade --reset-values`: what an earlier call set and this one does not is as installed. */
  async configure(values: HelmValues): Promise<void> {
    const overrides = deviatingValues(values, this.#context.faults);
    this.#values = this.#valuesWith(overrides, this.version);
    this.#overrides = overrides;
    await this.#datapath.configure(datapathSettings(this.#values));
    await this.#l2.configure(this.#values);
    this.#operator?.configure(this.#settings());
    for (const agent of this.#agents.values()) agent.configure(this.#settings());
  }

  #valuesWith(overrides: HelmValues, version: string): EffectiveValues {
    const { topology, cluster } = this.#context;
    return effective(topology, cluster, {}, overrides, version);
  }

  async stopAgent(node: string): Promise<void> {
    const agent = this.#agents.get(node);
    if (agent === undefined) return;
    this.#agents.delete(node);
    this.#datapath.suspend(node);
    await Promise.all([agent.kill(), this.#l2.killAgent(node), this.#mesh.stopAgent(node)]);
  }

  async startAgent(node: string): Promise<void> {
    if (this.#agents.has(node)) return;
    this.#mesh.startAgent(node);
    // What other clusters share is known again before anything is changed: until then the node serves what it served.
    const resumed = this.#mesh.synced(node).then(() => this.#datapath.resume(node));
    await Promise.all([resumed, this.#startBgp(node, true)]);
    this.#l2.startAgent(node);
  }

  attachPod(node: string, pod: Pod, netns: string): Promise<string> {
    return this.#datapath.attachPod(node, pod, netns);
  }

  detachPod(node: string, pod: Pod, netns: string): Promise<void> {
    return this.#datapath.detachPod(node, pod, netns);
  }

  /** gobgpd is a part we only borrow: inside Cilium nothing can kill it alone. */
  async health(): Promise<string[]> {
    return [...this.#deaths.splice(0), ...this.#mesh.health()];
  }

  async execInAgent(node: string, argv: readonly string[]): Promise<ExecResult> {
    const agent = this.#agents.get(node);
    if (agent === undefined) {
      return { code: 1, stdout: '', stderr: `the agent of ${node} does not run\n` };
    }
    return runInAgent(
      {
        ...this.#context,
        host: this.#host(node),
        agent,
        mesh: this.#mesh.agent(node),
        datapath: {
          ...datapathSettings(this.#values),
          ...(this.#context.faults.has('tunnel-reported-native') ? { routingMode: 'native' } : {}),
        },
        settings: this.#settings(),
      },
      argv,
    );
  }

  async #startBgp(node: string, restarted: boolean): Promise<void> {
    await this.#announceRouterAddress(node);
    const onDeath = (how: string) => this.#deaths.push(`${node}: ${how}`);
    const options = { ...this.#context, node: this.#host(node), restarted, onDeath };
    const agent = new BgpAgent(options, this.#settings());
    this.#agents.set(node, agent);
    await agent.start();
  }

  /** Every agent tells the others its node's own address in the pod network. */
  async #announceRouterAddress(name: string): Promise<void> {
    const { stdout } = await this.#host(name).exec('ip -j -4 address show dev cilium_host'.split(' '));
    const [link] = JSON.parse(stdout || '[]') as { addr_info?: { local: string }[] }[];
    const ip = link?.addr_info?.[0]?.local;
    if (ip === undefined) return;
    this.#context.kube.update(ciliumNodes, name, undefined, draft => {
      const others = (draft.spec.addresses ?? []).filter(({ type }) => type !== 'CiliumInternalIP');
      draft.spec.addresses = [...others, { type: 'CiliumInternalIP', ip }];
    });
  }

  #host(node: string): HostNamespace {
    return found(this.#context.nodes, node, 'the cluster has no node');
  }

  #settings(): AgentSettings {
    return {
      statusReport: this.#values['bgpControlPlane.statusReport.enabled'],
      secretsNamespace: this.#values['bgpControlPlane.secretsNamespace.name'],
    };
  }
}

/** The helm values as the faults have them taken. */
function deviatingValues(values: HelmValues, faults: Faults): HelmValues {
  if (faults.has('dsr-always-on')) return { ...values, ...geneveDsr.values };
  if (!faults.has('dsr-algorithm-ignored')) return values;
  const { 'loadBalancer.algorithm': _ignored, ...others } = values;
  return others;
}
