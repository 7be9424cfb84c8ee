import type { GobgpNeighbor } from './gobgp.ts';
import type { Speaker } from './speaker.ts';
import { establishedAt } from './status.ts';

/** The fault `bgp-session-not-resumed`: an agent that does not dial a peer again with which it had a session. */
export class Resumption {
  readonly #known = new Set<string>();

  async refuse(speaker: Speaker, neighbors: readonly GobgpNeighbor[]): Promise<void> {
    for (const neighbor of neighbors) {
      const { neighbor_address: address } = neighbor.conf;
      if (establishedAt(neighbor) !== undefined) this.#known.add(address);
      else if (this.#known.has(address)) await speaker.gobgp.disable(address);
    }
  }
}
