import type { HostNamespace } from '../../../namespaces/namespace.ts';
import type { GobgpNeighbor } from './gobgp.ts';
import type { Speaker } from './speaker.ts';
import { establishedAt } from './status.ts';

/**
 * The fault `bgp-injects-received-routes`: what a peer has sent, before any filter, ends up in the node's kernel table.
 * GoBGP itself drops the other nodes' routes for the AS loop, so they are taken from what came in.
 */
export async function injectReceivedRoutes(
  node: HostNamespace,
  speaker: Speaker,
  neighbors: readonly GobgpNeighbor[],
): Promise<void> {
  for (const neighbor of neighbors.filter(peer => establishedAt(peer) !== undefined)) {
    const via = neighbor.conf.neighbor_address;
    const received = Object.keys(await speaker.gobgp.adjacentRib(via, 'in'));
    for (const prefix of received.filter(candidate => !speaker.current.paths.includes(candidate))) {
      await node.exec(['ip', 'route', 'replace', prefix, 'via', via, 'proto', 'bgp']);
    }
  }
}
