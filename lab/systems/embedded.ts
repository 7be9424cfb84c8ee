import type { HelmValues, Lab } from '../contract/lab.ts';
import type { ClusterSpec, Topology } from '../contract/topology.ts';
import type { KubeClient } from '../kubernetes/api/client.ts';
import type { NodeSystem } from '../kubernetes/kubelet/node-system.ts';
import type { HostNamespace } from '../namespaces/namespace.ts';
import type { Faults } from './reference/faults.ts';

/** What a lab cannot do here although its kind can, and why. */
export type Lacking = NonNullable<Lab['lacking']>;

/** What the embedded lab gives its system under test. */
export interface SystemContext {
  readonly topology: Topology;
  readonly cluster: ClusterSpec;
  readonly kube: KubeClient;
  /** The cluster's nodes by name. */
  readonly nodes: ReadonlyMap<string, HostNamespace>;
  /** An empty directory of the system's own. */
  readonly directory: string;
  /** A directory that the systems of all the lab's clusters share. */
  readonly shared: string;
  /** Where other versions of real Cilium lie, a directory each. */
  readonly images?: string;
  /** The version whose behaviour is wanted, e.g. `1.18.0`. */
  readonly version: string;
  /** Names of the faults that are switched on (reference system only). */
  readonly faults: Faults;
  readonly log: (line: string) => void;
}

/**
 * The exchangeable part of the embedded lab: what Cilium's operator, agents and CNI plugin do in a real
 * cluster. The lab drives it through this interface alone, so that our reference system and real Cilium
 * take each other's place.
 */
export interface EmbeddedSystem extends NodeSystem {
  readonly name: 'reference' | 'cilium';
  readonly version: string;
  /** Capabilities of the lab that it does not have on this machine, each with the reason; known once it has started. */
  readonly lacking?: Lacking;
  /** Registers its resources, starts operator and agents. Resolves when pods can be attached. */
  start(): Promise<void>;
  stop(): Promise<void>;
  configure(values: HelmValues): Promise<void>;
  /** Ends the operator without notice and starts it again, with nothing but the API's objects to go by. */
  restartOperator(): Promise<void>;
  /** Replaces operator and agents by those of another version, agents node by node. Resolves when they run. */
  upgrade?(version: string): Promise<void>;
  /** Resolves when what of it runs in pods does its work, or has had its time; asked once kubelets run. */
  settled?(): Promise<void>;
  /**
   * What of its inner works, which are nobody's subject, ended unasked since this was last asked: a sentence each.
   * That an agent ends is Cilium's fault and no answer here.
   */
  health(): Promise<string[]>;
}
