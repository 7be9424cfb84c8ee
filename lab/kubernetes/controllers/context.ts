import type { ClusterSpec, Topology } from '../../contract/topology.ts';
import type { KubeClient } from '../api/client.ts';

/** What the controllers of one cluster work with. */
export interface ControllerContext {
  readonly kube: KubeClient;
  readonly cluster: ClusterSpec;
  readonly topology: Topology;
  readonly log: (line: string) => void;
}
