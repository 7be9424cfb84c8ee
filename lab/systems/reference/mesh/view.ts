import type { CiliumNode } from '../../../../helpers/cilium/resources.ts';
import type { ServiceValue } from './state.ts';

/** What the nodes' agents know of other clusters. */
export interface MeshView {
  /** Nodes of other clusters that a node's agent knows of. */
  nodes(node: string): readonly CiliumNode[];
  /** What other clusters share under a service's `<namespace>/<name>`. */
  services(node: string, service: string): readonly ServiceValue[];
}

/** A cluster on its own. */
export const noMesh: MeshView = { nodes: () => [], services: () => [] };
