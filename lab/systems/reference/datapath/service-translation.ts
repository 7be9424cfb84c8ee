import { bgpAdvertisements, ciliumNodes, loadBalancerIpPools } from '../../../../helpers/cilium/resources.ts';
import { output } from '../../../../helpers/exec.ts';
import type { Ipv4Range } from '../../../../helpers/ipv4.ts';
import { parseIpv4 } from '../../../../helpers/ipv4.ts';
import { endpointSlices, services } from '../../../../helpers/kube/resources.ts';
import type { HostNamespace } from '../../../namespaces/namespace.ts';
import type { SystemContext } from '../../embedded.ts';
import { blockRange } from '../lbipam/blocks.ts';
import { EmptiedServices } from '../mesh/emptied.ts';
import { type MeshView, noMesh } from '../mesh/view.ts';
import { coalesced } from './coalesce.ts';
import { connectionsAfter, type OpenConnections } from './conntrack.ts';
import { type Frontend, frontendsOf } from './frontends.ts';
import type { NodeNetwork } from './node-network.ts';
import { ruleset } from './ruleset.ts';
import { type DatapathSettings, defaultNonMasqueradeCidrs } from './settings.ts';

/**
 * A program that serves requests from outside in nftables' place (DSR). It is given every frontend of scope
 * `outside`, those without backends, too, which it must leave to the kernel.
 */
export interface NorthSouthProgram {
  /** Makes the node serve exactly these. */
  apply(node: HostNamespace, frontends: readonly Frontend[], settings: DatapathSettings): Promise<void>;
  /** Takes the program off the node's interfaces. */
  remove(node: HostNamespace): Promise<void>;
}

/** After a failure; a change of the API's objects brings the next try forward. */
const retryMs = 500;

interface NodeState {
  readonly network: NodeNetwork;
  readonly apply: () => Promise<void>;
  rules: string;
  connections: OpenConnections;
  programmed: boolean;
}

/** Keeps every node's rules what the API's objects say. */
export class ServiceTranslation {
  readonly #context: SystemContext;
  readonly #suspended: ReadonlySet<string>;
  readonly #program: NorthSouthProgram | undefined;
  readonly #mesh: MeshView;
  readonly #emptied = new EmptiedServices();
  readonly #nodes = new Map<string, NodeState>();
  #settings: DatapathSettings;
  /** What the ip-masq-agent left alone, for faults that do not forget. */
  #exemptBefore: readonly string[] = [];
  #stops: (() => void)[] = [];

  constructor(
    context: SystemContext,
    settings: DatapathSettings,
    suspended: ReadonlySet<string>,
    program?: NorthSouthProgram,
    mesh: MeshView = noMesh,
  ) {
    this.#context = context;
    this.#settings = settings;
    this.#suspended = suspended;
    this.#program = program;
    this.#mesh = mesh;
  }

  /** Resolves when the node has its rules. */
  async addNode(network: NodeNetwork): Promise<void> {
    const state: NodeState = {
      network,
      apply: coalesced(() => this.#apply(state)),
      rules: '',
      connections: new Map(),
      programmed: false,
    };
    this.#nodes.set(network.node.name, state);
    await state.apply();
  }

  start(): void {
    const { kube } = this.#context;
    const changed = (): void => this.schedule();
    this.#stops = [
      kube.watch(services, changed),
      kube.watch(endpointSlices, changed),
      kube.watch(loadBalancerIpPools, changed),
      kube.watch(ciliumNodes, changed),
      kube.watch(bgpAdvertisements, changed),
    ];
  }

  /** Takes the programs off; the rules go with the nodes' namespaces. */
  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    await Promise.all(
      [...this.#nodes.values()]
        .filter(({ programmed }) => programmed)
        .map(({ network }) => this.#program?.remove(network.node)),
    );
  }

  async configure(settings: DatapathSettings): Promise<void> {
    this.#exemptBefore = this.#exempt(settings.nonMasqueradeCidrs);
    this.#settings = settings;
    await Promise.all([...this.#nodes.values()].map(({ apply }) => apply()));
  }

  async apply(node: string): Promise<void> {
    await this.#nodes.get(node)?.apply();
  }

  /** Brings a node, or every node, up to date soon. */
  schedule(node?: string): void {
    for (const [name, { apply }] of this.#nodes) {
      if (node !== undefined && node !== name) continue;
      apply().catch(error => {
        this.#context.log(`datapath: rules of ${name}, tried again in ${retryMs} ms: ${String(error)}`);
        setTimeout(() => {
          if (this.#stops.length > 0) this.schedule(name);
        }, retryMs).unref();
      });
    }
  }

  async #apply(state: NodeState): Promise<void> {
    const { node } = state.network;
    if (this.#suspended.has(node.name)) return;
    const frontends = this.#frontends(node.name);
    const program = this.#settings.loadBalancer.mode === 'dsr' ? this.#program : undefined;
    if (program !== undefined) {
      const outside = frontends.filter(({ scope }) => scope === 'outside');
      await program.apply(node, outside, this.#settings);
      state.programmed = true;
    }
    const rules = this.#rules(state.network, frontends, program !== undefined);
    if (rules !== state.rules) {
      await output(executor(node), ['nft', '-f', '-'], { input: rules });
      state.rules = rules;
    }
    if (program === undefined && state.programmed) {
      await this.#program?.remove(node);
      state.programmed = false;
    }
    const { connections, deletions } = connectionsAfter(state.connections, frontends);
    state.connections = connections;
    // In one shell: on a busy machine a process each would hold up the next change of the rules for seconds. That there
    // was none to delete (exit code 1) is fine.
    const commands = deletions.map(deletion => `conntrack ${deletion.join(' ')} >/dev/null 2>&1`);
    if (commands.length > 0) await node.exec(['sh', '-c', commands.join('\n')]);
  }

  #frontends(node: string): Frontend[] {
    const { kube, faults } = this.#context;
    const { externalClusterIp } = this.#settings;
    const slices = kube.list(endpointSlices);
    const known = faults.has('mesh-local-backends-lost') ? this.#emptied.others(slices) : slices;
    const all = frontendsOf(kube.list(services), known, {
      node,
      externalClusterIp,
      shared: service => this.#mesh.services(node, service),
      faults,
    });
    if (!faults.has('lb-nothing-before-announcement') || this.#announces()) return all;
    return all.filter(({ kind }) => kind !== 'LoadBalancer');
  }

  #announces(): boolean {
    return this.#context.kube
      .list(bgpAdvertisements)
      .some(({ spec }) =>
        spec.advertisements.some(({ advertisementType }) => advertisementType === 'Service'),
      );
  }

  #rules(network: NodeNetwork, frontends: readonly Frontend[], outsideTakenOver: boolean): string {
    const { podCidr, routerAddress, podAddresses } = network;
    const { externalClusterIp } = this.#settings;
    const { kube, faults } = this.#context;
    // Of this cluster alone: a port of another cluster's node is that cluster's service.
    const nodeAddresses = kube
      .list(ciliumNodes)
      .flatMap(({ spec }) => (spec.addresses ?? []).filter(({ type }) => type === 'InternalIP'))
      .flatMap(({ ip }) => (parseIpv4(ip) === undefined ? [] : [ip]));
    const clusterIps = frontends.filter(({ kind }) => kind === 'ClusterIP').map(({ address }) => address);
    return ruleset({
      podCidr,
      routerAddress,
      podAddresses,
      frontends,
      serviceRanges: this.#serviceRanges(frontends),
      clusterIps: externalClusterIp ? [] : [...new Set(clusterIps)],
      nodeAddresses,
      masqueradeOutside: this.#masqueradeOutside(),
      outsideTakenOver,
      faults,
    });
  }

  /** Where pods' requests keep their source address; undefined: everywhere. */
  #masqueradeOutside(): readonly string[] | undefined {
    const { faults } = this.#context;
    const { masquerade, ipMasqAgent, nativeRoutingCidr, nonMasqueradeCidrs } = this.#settings;
    if (!masquerade || (ipMasqAgent && faults.has('masq-agent-exempts-everything'))) return undefined;
    if (faults.has('mesh-snat') || faults.has('masq-agent-ignored')) return [nativeRoutingCidr];
    return [nativeRoutingCidr, ...this.#exempt(nonMasqueradeCidrs)];
  }

  /** The ip-masq-agent's list as the faults have it. */
  #exempt(listed: readonly string[]): readonly string[] {
    const { faults } = this.#context;
    if (faults.has('masq-agent-defaults-missing'))
      return listed.filter(cidr => !defaultNonMasqueradeCidrs.includes(cidr));
    if (faults.has('masq-agent-only-adds')) return [...new Set([...this.#exemptBefore, ...listed])];
    return faults.has('masq-agent-reads-once') && this.#exemptBefore.length > 0 ? this.#exemptBefore : listed;
  }

  #serviceRanges(frontends: readonly Frontend[]): Ipv4Range[] {
    const pooled = this.#context.kube
      .list(loadBalancerIpPools)
      .flatMap(({ spec }) => spec.blocks ?? [])
      .flatMap(block => blockRange(block)?.range ?? []);
    const assigned = frontends
      .filter(({ kind }) => kind === 'LoadBalancer' || kind === 'ExternalIP')
      .flatMap(({ address }) => parseIpv4(address) ?? [])
      .map(address => ({ first: address, last: address }));
    return [...pooled, ...assigned];
  }
}

function executor(node: HostNamespace) {
  return {
    name: node.name,
    exec: (argv: readonly string[], options?: { readonly input?: string }) => node.exec(argv, options),
    start: () => Promise.reject(new Error(`commands on ${node.name} run to their end here`)),
  };
}
