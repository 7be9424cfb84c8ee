import { formatIpv4, type Ipv4Range, ipv4, prefix } from '../../../../helpers/ipv4.ts';

/**
 * The addresses of one node's PodCIDR, as Cilium's host-scope allocator deals them: network and broadcast
 * address excluded, and what was released comes round again last, so that a connection of a pod that is
 * gone does not meet the next one.
 */
export class PodAddresses {
  readonly #range: Ipv4Range;
  readonly #cidr: string;
  readonly #owners = new Map<number, string>();
  #next: number;

  /** `seed` decides where in the range the walk begins: like Cilium's, a node's addresses are not to be guessed. */
  constructor(podCidr: string, seed: string) {
    const { first, last } = prefix(podCidr);
    if (last - first < 3) throw new Error(`PodCIDR ${podCidr} has no room for a pod: use a /30 or larger`);
    this.#cidr = podCidr;
    this.#range = { first: first + 1, last: last - 1 };
    let hash = 0;
    for (const character of seed) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
    this.#next = this.#range.first + (hash % (this.#range.last - this.#range.first + 1));
  }

  /** @throws Error when every address is taken */
  allocate(owner: string): string {
    const size = this.#range.last - this.#range.first + 1;
    for (let tried = 0; tried < size; tried += 1) {
      const candidate = this.#next;
      this.#next = candidate === this.#range.last ? this.#range.first : candidate + 1;
      if (this.#owners.has(candidate)) continue;
      this.#owners.set(candidate, owner);
      return formatIpv4(candidate);
    }
    // Cilium's own words, pkg/ipam/service/ipallocator.
    throw new Error(`no address for ${owner} in PodCIDR ${this.#cidr}: range is full`);
  }

  release(address: string): void {
    this.#owners.delete(ipv4(address));
  }
}
