import { l2AnnouncementPolicies } from '../../../../helpers/cilium/resources.ts';
import { nodes, services } from '../../../../helpers/kube/resources.ts';
import { hostSpec, uplink } from '../../../contract/topology.ts';
import type { SystemContext } from '../../embedded.ts';
import { createReconciler, type Reconciler } from '../reconciler.ts';
import { Election } from './election.ts';
import type { ArpResponder } from './responder.ts';
import { type Announcement, selectedServices } from './selection.ts';
import type { L2Settings } from './settings.ts';

/** The L2 half of the agent on one node: runs for the leases of services that policies select, answers ARP where it leads. */
export class L2Announcer {
  readonly #context: SystemContext;
  readonly #node: string;
  readonly #responder: ArpResponder;
  readonly #reconciler: Reconciler;
  readonly #elections = new Map<string, Election>();
  #settings: L2Settings;
  #stops: (() => void)[] = [];
  /** What this node would announce, by service, as of the last look. */
  #selected = new Map<string, Announcement[]>();
  /** cilium-32115: addresses whose answers ended with the first of their services. */
  readonly #lost = new Set<string>();

  constructor(context: SystemContext, node: string, responder: ArpResponder, settings: L2Settings) {
    this.#context = context;
    this.#node = node;
    this.#settings = settings;
    this.#responder = responder;
    this.#reconciler = createReconciler(
      () => this.#reconcile(),
      (error, next) => context.log(`${node}: L2 announcements failed, again in ${next} ms: ${String(error)}`),
    );
  }

  start(): void {
    const { kube } = this.#context;
    this.#stops = [
      kube.watch(l2AnnouncementPolicies, this.#reconciler.trigger),
      kube.watch(services, this.#reconciler.trigger),
      kube.watch(nodes, (_event, node, previous) => {
        const { name, labels } = node.metadata;
        const changed = JSON.stringify(labels) !== JSON.stringify(previous?.metadata.labels);
        if (name === this.#node && changed) this.#reconciler.trigger();
      }),
    ];
    this.#reconciler.trigger();
  }

  async configure(settings: L2Settings): Promise<void> {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#settings = settings;
    for (const election of this.#elections.values()) election.release();
    this.#elections.clear();
    this.#reconciler.trigger();
    await this.#reconciler.idle();
  }

  /** In order: leases are given back, ARP is no longer answered. */
  async stop(): Promise<void> {
    this.#settings = { ...this.#settings, enabled: false };
    this.#reconciler.trigger();
    await this.#reconciler.idle();
    await this.kill();
  }

  /** Without notice: leases expire, and what answers ARP goes on. */
  async kill(): Promise<void> {
    for (const stop of this.#stops) stop();
    for (const election of this.#elections.values()) election.abandon();
    await this.#reconciler.stop();
  }

  async #reconcile(): Promise<void> {
    const { kube, topology, faults } = this.#context;
    const before = this.#selected;
    this.#selected = !this.#settings.enabled
      ? new Map()
      : selectedServices(
          kube.list(l2AnnouncementPolicies),
          kube.list(services),
          {
            labels: kube.get(nodes, this.#node)?.metadata.labels ?? {},
            devices: [uplink.interface, ...hostSpec(topology, this.#node).interfaces.map(({ name }) => name)],
          },
          faults,
        );
    for (const [service, election] of this.#elections) {
      if (this.#selected.has(service)) continue;
      for (const { address } of before.get(service) ?? []) this.#lost.add(address);
      this.#elections.delete(service);
      election.release();
    }
    for (const service of this.#selected.keys()) {
      if (this.#elections.has(service)) continue;
      const election = new Election({
        kube,
        service,
        node: this.#node,
        timings: this.#settings,
        onChange: this.#reconciler.trigger,
        faults,
      });
      this.#elections.set(service, election);
    }
    await this.#responder.set(this.#answered(), faults.has('l2-no-gratuitous-arp'));
  }

  /** What this node answers ARP for: what it leads for, and what faults make of that. */
  #answered(): Announcement[] {
    const { faults, cluster } = this.#context;
    const answers = (service: string): boolean => {
      if (faults.has('l2-two-nodes-answer')) return true;
      if (faults.has('l2-answers-without-lease')) return cluster.nodes.indexOf(this.#node) === 1;
      return this.#elections.get(service)?.leads === true;
    };
    const all = [...this.#selected].flatMap(([service, announced]) => (answers(service) ? announced : []));
    return faults.has('cilium-32115') ? all.filter(({ address }) => !this.#lost.has(address)) : all;
  }
}
