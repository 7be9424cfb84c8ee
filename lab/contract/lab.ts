import type { HelmValues } from '../../helpers/cilium/chart.ts';
import type { Executor } from '../../helpers/exec.ts';
import type { KubeApi } from '../../helpers/kube/client.ts';
import type { Topology } from './topology.ts';

/**
 * What every provider gives: hosts, clusters, the system under test. Tests know nothing else of a lab, and
 * never ask which provider it came from: what a lab cannot do is a missing capability.
 */
export interface Lab {
  readonly provider: 'netns' | 'kind' | 'vagrant' | 'existing';
  readonly topology: Topology;
  readonly system: SystemUnderTest;
  readonly capabilities: ReadonlySet<Capability>;
  /** Why a capability is not there, where the lab can tell: `helm has no release named cilium`. */
  readonly lacking?: Readonly<Partial<Record<Capability, string>>>;
  /**
   * Why its owner does not want this claim to run here: it disrupts and was not asked for by name, or it does what is
   * not allowed. Undefined when it may run; left out where nobody else uses the lab.
   */
  refusal?(claim: { readonly id: string; readonly disruptive?: boolean }): string | undefined;
  /**
   * Told of each claim before it begins, and of what the lab was configured with for it, where what is done to a lab is
   * accounted for by claim.
   */
  announce?(claim: string, configuration: Configuration): void;
  /** Of what takes part: kernel, FRR, GoBGP, … For the report. */
  readonly versions: Readonly<Record<string, string>>;
  /** @throws Error naming the hosts there are */
  host(name: string): Host;
  cluster(name?: string): Cluster;
  /** Takes the wire out of a host's interface, as pulling the cable in a switch does: the host sees no loss of carrier. */
  cut(host: string, networkInterface: string): Promise<void>;
  mend(host: string, networkInterface: string): Promise<void>;
  /**
   * Pulls the cable between a cluster's nodes and all others on their networks, as between two switches: its nodes still
   * reach each other, its API still answers here, and no host sees a loss of carrier.
   */
  isolate(cluster: string): Promise<void>;
  rejoin(cluster: string): Promise<void>;
  /**
   * What of the lab itself, not of the system under test, is broken, or has been since this was last asked: a
   * sentence each. A claim that was judged in a broken lab says nothing about Cilium.
   */
  health(): Promise<string[]>;
  /** Ends this client's connections. The lab goes on. */
  close(): Promise<void>;
}

export type Capability =
  | 'cut-links'
  | 'isolate-clusters'
  | 'restart-agents'
  | 'restart-operator'
  | 'configure'
  | 'upgrade'
  | 'faults'
  | 'router'
  | 'geneve-dsr'
  | 'vxlan-tunnel'
  | 'geneve-tunnel';

export interface Host extends Executor {
  readonly role: 'router' | 'node';
  /** Restarts a service the way this lab's machines do it (systemd, a script). Resolves when it runs again. */
  restart(service: 'frr'): Promise<void>;
}

export interface Cluster {
  readonly name: string;
  /** A kubeconfig file's text, with credentials: never to be logged or attached. */
  readonly kubeconfig: string;
  readonly nodes: readonly string[];
  /** A client of its API, as this lab lets the suite use it. To be closed. */
  connect(): KubeApi;
}

export type { HelmValues };

/** Helm values that belong together, and what a lab must be capable of to have them. */
export interface Configuration {
  readonly values: HelmValues;
  readonly needs: readonly Capability[];
}

/** The system of an embedded lab, as its state file has it. */
export interface SystemRecord {
  readonly name: 'reference' | 'cilium';
  readonly version: string;
  /** Where real Cilium's programs came from. */
  readonly origin?: string;
  /** The etcd that stores the mesh's state. */
  readonly etcd?: string | undefined;
}

export interface SystemUnderTest {
  readonly name: 'reference' | 'cilium';
  /** e.g. `1.18.0`; for the reference system the version whose documented behaviour it follows. */
  readonly version: string;
  /** Of real Cilium: an official image with its digest, or what else its programs were taken from. */
  readonly origin?: string | undefined;
  /** Applies helm values over the lab's own, restarting what needs it. Resolves when the agents are ready. */
  configure(values: HelmValues, cluster?: string): Promise<void>;
  /** Stops agents without notice (SIGKILL); the datapath stays. */
  stopAgents(nodes: readonly string[]): Promise<void>;
  /** Resolves when they are ready. */
  startAgents(nodes: readonly string[]): Promise<void>;
  /** Ends the operator without notice and starts it again. Resolves when it runs; what it does may take longer. */
  restartOperator(cluster?: string): Promise<void>;
  /**
   * Replaces operator and agents of every cluster by those of another version, with the values they have, as
   * `helm upgrade` does. Resolves when they are ready; `version` is the new one from then on. Capability `upgrade`.
   */
  upgrade?(version: string): Promise<void>;
}

/** `cilium 1.18.0`, or `reference (our stand-in, not Cilium)`: printed first, and in every report. */
export function systemLabel(system: Pick<SystemUnderTest, 'name' | 'version' | 'origin'>): string {
  return system.name === 'cilium'
    ? `cilium ${system.version}${system.origin === undefined ? '' : ` (${system.origin})`}`
    : `reference (our stand-in, not Cilium; behaves as documented for ${system.version})`;
}
