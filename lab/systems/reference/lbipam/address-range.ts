import type { Ipv4Range } from '../../../../helpers/ipv4.ts';

/** Who holds an address: services (several when they share it), or nobody, when it is kept back. */
export type Holders = readonly string[];

/**
 * One block of a pool and what of it is given away. Addresses are dealt in turn from the last one on
 * (pkg/ipalloc), so one that was released is not the next to be given.
 */
export class AddressRange {
  readonly pool: string;
  readonly range: Ipv4Range;
  readonly fromCidr: boolean;
  readonly #holders = new Map<number, Holders>();
  #next: number;

  constructor(pool: string, range: Ipv4Range, fromCidr: boolean) {
    this.pool = pool;
    this.range = range;
    this.fromCidr = fromCidr;
    this.#next = range.first;
  }

  get size(): number {
    return this.range.last - this.range.first + 1;
  }

  /** Addresses held or kept back: Cilium counts both as used. */
  get used(): number {
    return this.#holders.size;
  }

  holders(address: number): Holders | undefined {
    return this.#holders.get(address);
  }

  /** Every held address, in the order in which they were given. */
  held(): IterableIterator<[number, Holders]> {
    return this.#holders.entries();
  }

  /** Returns undefined when every address is taken. */
  takeNext(holder: string): number | undefined {
    for (let tried = 0; tried < this.size; tried += 1) {
      const candidate = this.#next;
      this.#next = candidate === this.range.last ? this.range.first : candidate + 1;
      if (this.#holders.has(candidate)) continue;
      this.#holders.set(candidate, [holder]);
      return candidate;
    }
    return undefined;
  }

  /** Gives the address to `holder`, too, if others have it. */
  join(address: number, holder: string): void {
    this.#holders.set(address, [...(this.#holders.get(address) ?? []), holder]);
  }

  /** The address is free again when its last holder leaves. */
  leave(address: number, holder: string): void {
    const left = (this.#holders.get(address) ?? []).filter(other => other !== holder);
    if (left.length > 0) this.#holders.set(address, left);
    else this.#holders.delete(address);
  }

  /**
   * First and last address of a CIDR, kept back where `allowFirstLastIPs` is `No`. A service that has one of
   * them keeps it; a block of one or two addresses has nothing to keep back.
   */
  keepFirstAndLast(keepBack: boolean): void {
    if (!this.fromCidr || this.size <= 2) return;
    for (const address of [this.range.first, this.range.last]) {
      const holders = this.#holders.get(address);
      if (keepBack && holders === undefined) this.#holders.set(address, []);
      if (!keepBack && holders?.length === 0) this.#holders.delete(address);
    }
  }
}
