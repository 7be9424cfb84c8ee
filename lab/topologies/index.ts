import type { Topology } from '../contract/topology.ts';
import { bgp } from './bgp.ts';
import { mesh } from './mesh.ts';

const topologies: Readonly<Record<string, Topology>> = { bgp, mesh };

/** @throws Error naming the topologies there are */
export function topologyNamed(name: string): Topology {
  const found = topologies[name];
  if (found === undefined) {
    throw new Error(`there is no topology "${name}"; there is: ${Object.keys(topologies).join(', ')}`);
  }
  return found;
}
