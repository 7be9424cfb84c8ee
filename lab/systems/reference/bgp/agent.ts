import { isDeepStrictEqual } from 'node:util';
import {
  bgpAdvertisements,
  bgpNodeConfigs,
  bgpPeerConfigs,
  ciliumNodes,
} from '../../../../helpers/cilium/resources.ts';
import { type EndpointSlice, endpointSlices, secrets, services } from '../../../../helpers/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../../helpers/kube/types.ts';
import type { KubeClient, WatchEventType } from '../../../kubernetes/api/client.ts';
import type { HostNamespace } from '../../../namespaces/namespace.ts';
import type { NodeInstance } from '../operator/node-config.ts';
import { createReconciler, type Reconciler } from '../reconciler.ts';
import { desiredInstance } from './desired.ts';
import { Deviations, lateMs } from './deviations.ts';
import { injectReceivedRoutes } from './injection.ts';
import { Resumption } from './resumption.ts';
import { Speaker } from './speaker.ts';
import { establishedAt, instanceStatus, rfc3339 } from './status.ts';
import { type NodeView, viewOf } from './view.ts';

export interface AgentSettings {
  readonly statusReport: boolean;
  readonly secretsNamespace: string;
}

export interface AgentOptions extends Pick<NodeView, 'cluster' | 'version' | 'faults'> {
  readonly kube: KubeClient;
  readonly node: HostNamespace;
  readonly directory: string;
  /** An agent of this node ran before. */
  readonly restarted: boolean;
  readonly log: (line: string) => void;
  /** A gobgpd ended though nobody asked it to. It is started again. */
  readonly onDeath: (how: string) => void;
}

interface Instance {
  speaker: Speaker | undefined;
  readonly deviations: Deviations;
}

/** Bursts of session and route changes are reported together, after this many ms; Cilium reports every 5 s. */
const statusDelayMs = 200;

/** A speaker that died is started again after this long, so that one that cannot live does not keep the machine busy. */
const restartDelayMs = 1_000;

/**
 * The BGP half of Cilium's agent on one node, from start to end: it holds the node's BGP instances to what
 * CiliumBGPNodeConfig, peer configs, advertisements, services and endpoints say, and writes its status.
 */
export class BgpAgent {
  readonly #options: AgentOptions;
  #settings: AgentSettings;
  readonly #instances = new Map<string, Instance>();
  readonly #reconciler: Reconciler;
  readonly #status: Reconciler;
  #stops: (() => void)[] = [];
  readonly #end = new AbortController();
  readonly #resumption = new Resumption();
  #lostConfig = false;
  #establishedSince: string | undefined;
  #later: NodeJS.Timeout | undefined;

  constructor(options: AgentOptions, settings: AgentSettings) {
    this.#options = options;
    this.#settings = settings;
    const name = options.node.name;
    this.#reconciler = createReconciler(
      () => this.#reconcile(),
      (error, next) => options.log(`${name}: reconciling BGP failed, again in ${next} ms: ${String(error)}`),
    );
    this.#status = createReconciler(
      () => this.#report(),
      (error, next) =>
        options.log(`${name}: reporting BGP status failed, again in ${next} ms: ${String(error)}`),
    );
  }

  get name(): string {
    return this.#options.node.name;
  }

  get speakers(): readonly Speaker[] {
    return [...this.#instances.values()].flatMap(({ speaker }) => (speaker === undefined ? [] : [speaker]));
  }

  /** Resolves when the node's instances run with all their routes; sessions come up afterwards. */
  async start(): Promise<void> {
    const { kube, node } = this.#options;
    const types = [bgpPeerConfigs, bgpAdvertisements, services, secrets] as readonly ResourceType[];
    const own = (_: WatchEventType, { metadata }: KubeObject): void => {
      if (metadata.name === node.name) this.#reconciler.trigger();
    };
    this.#stops = [
      ...types.map(type => kube.watch(type, this.#reconciler.trigger)),
      kube.watch(bgpNodeConfigs, (event, config, previous) => {
        if (config.metadata.name !== node.name) return;
        const onlyStatus = event === 'MODIFIED' && isDeepStrictEqual(config.spec, previous?.spec);
        (onlyStatus ? this.#status : this.#reconciler).trigger();
      }),
      kube.watch(ciliumNodes, own),
      kube.watch(endpointSlices, (event, slice, previous) => this.#onSlice(event, slice, previous)),
    ];
    this.#reconciler.trigger();
    await this.#reconciler.idle();
  }

  configure(settings: AgentSettings): void {
    this.#settings = settings;
    this.#reconciler.trigger();
    this.#status.trigger();
  }

  /** In order: peers are told. */
  async stop(): Promise<void> {
    await this.#endAll(speaker => speaker.stop());
  }

  /** Without notice: peers find out by themselves. */
  async kill(): Promise<void> {
    const { faults } = this.#options;
    if (faults.has('bgp-routes-withdrawn-at-restart')) {
      await Promise.all(this.speakers.map(speaker => speaker.withdrawAll()));
    }
    await this.#endAll(speaker => (faults.has('cilium-31346') ? speaker.stop() : speaker.kill()));
  }

  async #endAll(end: (speaker: Speaker) => Promise<void>): Promise<void> {
    this.#end.abort();
    for (const stop of this.#stops) stop();
    clearTimeout(this.#later);
    // What runs is ended first: a reconcile under way may be waiting for it.
    await Promise.all(this.speakers.map(end));
    await Promise.all([this.#reconciler.stop(), this.#status.stop()]);
    await Promise.all(this.speakers.map(end));
    this.#instances.clear();
  }

  #onSlice(event: WatchEventType, slice: EndpointSlice, previous: EndpointSlice | undefined): void {
    // An endpoint goes in steps (not ready, terminating, gone): with the fault none of them is noticed.
    const grew = event !== 'DELETED' && readyEndpoints(slice) > readyEndpoints(previous);
    if (!grew && this.#options.faults.has('cilium-38924')) return;
    this.#reconciler.trigger();
  }

  async #reconcile(): Promise<void> {
    const { kube, node, faults } = this.#options;
    const config = kube.get(bgpNodeConfigs, node.name);
    if (config === undefined && faults.has('bgp-route-left-behind')) return;
    if (config === undefined && this.#instances.size > 0) this.#lostConfig = true;
    const wanted = config?.spec.bgpInstances ?? [];
    for (const [name, { speaker }] of this.#instances) {
      if (wanted.some(instance => instance.name === name)) continue;
      await speaker?.stop();
      this.#instances.delete(name);
    }
    const view = viewOf(kube, node.name, {
      ...this.#options,
      ...this.#settings,
      establishedSince: this.#establishedSince,
    });
    if (view === undefined || this.#end.signal.aborted) return;
    // One instance that cannot be had must not keep the others from what they are to be.
    const failures: unknown[] = [];
    for (const instance of wanted) {
      await this.#reconcileInstance(instance, view).catch(error => failures.push(error));
    }
    this.#status.trigger();
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  }

  async #reconcileInstance(config: NodeInstance, view: NodeView): Promise<void> {
    const { node, directory, log, onDeath, restarted } = this.#options;
    const instance = this.#instances.get(config.name) ?? {
      speaker: undefined,
      deviations: new Deviations({ restarted, reconfigured: this.#lostConfig }),
    };
    this.#instances.set(config.name, instance);
    const desired = instance.deviations.apply(desiredInstance(config, view), view);
    if (instance.deviations.isWaiting) {
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        this.#reconciler.trigger();
      }, lateMs);
    }
    if (instance.speaker?.canBecome(desired)) {
      await instance.speaker.apply(desired);
      return;
    }
    const old = instance.speaker;
    instance.speaker = undefined;
    await old?.stop();
    if (this.#end.signal.aborted) return;
    instance.speaker = await Speaker.start(desired, {
      node,
      directory,
      onChange: () => this.#status.trigger(),
      onDeath: how => {
        if (instance.speaker?.hasEnded) instance.speaker = undefined;
        onDeath(how);
        log(`${node.name}: ${how}; starting it again in ${restartDelayMs} ms`);
        setTimeout(this.#reconciler.trigger, restartDelayMs);
      },
    });
  }

  async #report(): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, statusDelayMs));
    if (this.#end.signal.aborted) return;
    const { kube, node, faults } = this.#options;
    const instances = await Promise.all(
      this.speakers.map(async speaker => {
        const neighbors = await neighborsOf(speaker);
        for (const neighbor of neighbors) {
          const since = establishedAt(neighbor);
          if (since !== undefined) this.#establishedSince ??= rfc3339(since);
        }
        if (faults.has('bgp-injects-received-routes')) {
          await injectReceivedRoutes(node, speaker, neighbors);
        }
        if (faults.has('bgp-session-not-resumed')) await this.#resumption.refuse(speaker, neighbors);
        return instanceStatus(speaker.current, neighbors);
      }),
    );
    if (this.#end.signal.aborted) return;
    const reports = this.#settings.statusReport || faults.has('bgp-status-always-written');
    const status = reports && instances.length > 0 ? { bgpInstances: instances } : {};
    const config = kube.get(bgpNodeConfigs, node.name);
    if (config === undefined || isDeepStrictEqual(config.status ?? {}, status)) return;
    kube.updateStatus(bgpNodeConfigs, node.name, undefined, draft => {
      draft.status = status;
    });
  }
}

/** The state of a speaker's peers; those just being added or removed are missing. */
export async function neighborsOf({ gobgp, current }: Speaker) {
  const found = await Promise.all(current.peers.map(({ address }) => gobgp.neighbor(address)));
  return found.filter(neighbor => neighbor !== undefined);
}

function readyEndpoints(slice: EndpointSlice | undefined): number {
  return slice?.endpoints.filter(({ conditions }) => conditions?.ready !== false).length ?? 0;
}
