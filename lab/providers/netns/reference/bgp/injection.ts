import type { HostNamespace } from '../../namespace.ts';
import type { Speaker } from './speaker.ts';

/**
 * The fault `bgp-injects-received-routes`: what a peer has sent, before any filter, ends up in the node's kernel table.
 * GoBGP itself drops the other nodes' routes for the AS loop, so they are taken from what came in.
 */
export async function injectReceivedRoutes(node: HostNamespace, speaker: Speaker): Promise<void> {
  const { peers, paths } = speaker.current;
  for (const peer of peers) {
    const received = Object.keys(await speaker.gobgp.adjacentRib(peer.address, 'in'));
    for (const prefix of received.filter(candidate => !paths.includes(candidate))) {
      await node.exec(['ip', 'route', 'replace', prefix, 'via', peer.address, 'proto', 'bgp']);
    }
  }
}
