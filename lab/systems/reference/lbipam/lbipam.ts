import type { LoadBalancerIpPool } from '../../../../helpers/cilium/resources.ts';
import { contains, formatIpv4, parseIpv4 } from '../../../../helpers/ipv4.ts';
import type { Service } from '../../../../helpers/kube/resources.ts';
import type { Faults } from '../faults.ts';
import { AddressRange } from './address-range.ts';
import { type Outcome, outcomes } from './outcome.ts';
import { conflictsOf, isEnabled, type Pool, poolOf, selects } from './pools.ts';
import {
  incompatibility,
  isOurs,
  type ServiceRequest,
  serviceKey,
  serviceRequest,
} from './service-request.ts';

/** What LB-IPAM wants a service's status to say. */
export interface ServiceAddresses {
  readonly addresses: readonly string[];
  readonly outcome: Outcome;
}

interface Entry {
  request: ServiceRequest;
  /** Ours, with the range each is from. */
  readonly given: Map<number, AddressRange>;
  /** As the service's status has them; empty once they are ours or refused. */
  stated: readonly number[];
  outcome: Outcome;
}

/**
 * LB-IPAM's decisions (operator/pkg/lbipam/lbipam.go), free of the API: told of pools and services, it
 * answers which addresses each service has. All it remembers beyond the objects can be read back from the
 * services' status, so it can be thrown away and made again.
 */
export class LbIpam {
  readonly #faults: Faults;
  readonly #pools = new Map<string, Pool>();
  readonly #entries = new Map<string, Entry>();
  /** cilium-34106: addresses a group no longer finds. */
  readonly #forgotten = new Set<number>();
  readonly #nowhere = new AddressRange('', { first: 0xc6336401, last: 0xc63364fe }, false);

  /** Starts from what there is: services keep the addresses their status says, where a pool allows it. */
  constructor(
    pools: readonly LoadBalancerIpPool[],
    services: readonly Service[],
    faults: Faults = new Set(),
  ) {
    this.#faults = faults;
    for (const pool of pools) this.#pools.set(pool.metadata.name, poolOf(pool, undefined, faults).pool);
    this.#settleConflicts();
    for (const service of services) if (isOurs(service)) this.#enter(service);
    this.#revalidate({ separateSharers: faults.has('cilium-30700') });
  }

  get pools(): readonly Pool[] {
    return [...this.#pools.values()];
  }

  /** Returns undefined for a service that is not ours to serve. */
  addressesOf(key: string): ServiceAddresses | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const addresses = [...entry.given.keys()].map(formatIpv4);
    return { addresses, outcome: entry.outcome };
  }

  upsertPool(object: LoadBalancerIpPool): void {
    const name = object.metadata.name;
    const { pool, lost } = poolOf(object, this.#pools.get(name), this.#faults);
    this.#pools.set(name, pool);
    this.#settleConflicts();
    this.#lose(lost, !this.#faults.has('cilium-40358'));
    this.#revalidate();
  }

  deletePool(name: string): void {
    const lost = this.#pools.get(name)?.ranges ?? [];
    this.#pools.delete(name);
    this.#settleConflicts();
    this.#lose(lost, false);
    this.#revalidate();
  }

  upsertService(service: Service): void {
    const key = serviceKey(service);
    if (!isOurs(service)) {
      this.deleteService(key);
      return;
    }
    const known = this.#entries.get(key);
    if (known === undefined) this.#enter(service);
    else known.request = serviceRequest(service, this.#faults);
    this.#revalidate({ changed: key });
  }

  deleteService(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (this.#faults.has('cilium-34106'))
      for (const address of entry.given.keys()) this.#forgotten.add(address);
    if (!this.#faults.has('lbipam-address-leaks'))
      for (const address of [...entry.given.keys()]) this.#release(entry, address);
    this.#entries.delete(key);
    this.#revalidate();
  }

  #enter(service: Service): void {
    const request = serviceRequest(service, this.#faults);
    const ingress = service.status?.loadBalancer?.ingress ?? [];
    const stated = ingress.flatMap(({ ip = '' }) => parseIpv4(ip) ?? []);
    this.#entries.set(request.key, {
      request,
      given: new Map(),
      stated: [...new Set(stated)],
      outcome: outcomes.noMatchingPool(),
    });
  }

  #isEnabled(pool: Pool): boolean {
    return isEnabled(pool, this.#faults);
  }

  #ranges(): AddressRange[] {
    return [...this.#pools.values()].flatMap(({ ranges }) => [...ranges]);
  }

  #settleConflicts(): void {
    const conflicts = this.#faults.has('lbipam-conflict-ignored')
      ? new Map<string, string>()
      : conflictsOf(this.pools);
    for (const [name, pool] of this.#pools) this.#pools.set(name, { ...pool, conflict: conflicts.get(name) });
  }

  /** Takes what was given from these ranges; with `restate` the services may have the same addresses again. */
  #lose(lost: readonly AddressRange[], restate: boolean): void {
    for (const entry of this.#entries.values()) {
      const addresses = [...entry.given]
        .filter(([, range]) => lost.includes(range))
        .map(([address]) => address);
      for (const address of addresses) entry.given.delete(address);
      if (restate) entry.stated = [...entry.stated, ...addresses];
    }
  }

  /**
   * Brings every service to what it should have. Those that have addresses come first: what they have is not
   * to be given to one that waits (cilium issue 40358).
   */
  #revalidate(why: { readonly changed?: string; readonly separateSharers?: boolean } = {}): void {
    const { separateSharers = false } = why;
    const all = [...this.#entries.values()];
    const having = all.filter(({ given, stated }) => given.size + stated.length > 0);
    const forgotten = (entry: Entry): boolean =>
      this.#faults.has('lbipam-waiting-forgotten') && entry.outcome.reason === 'out_of_ips';
    const waiting = all.filter(entry => !having.includes(entry) && !forgotten(entry));
    for (const entry of having) this.#strip(entry, entry.request.key === why.changed);
    for (const entry of having) this.#claimStated(entry, separateSharers);
    for (const entry of [...having, ...waiting]) this.#satisfy(entry, separateSharers);
  }

  /** Takes what the service may no longer have. Of services that cannot share any more, the one that changed moves. */
  #strip(entry: Entry, changed: boolean): void {
    const { request } = entry;
    for (const [address, range] of [...entry.given]) {
      const pool = this.#pools.get(range.pool);
      const requested = request.requested.length === 0 || request.requested.includes(address);
      const takenBack =
        this.#faults.has('lbipam-disabled-takes-back') && pool !== undefined && !this.#isEnabled(pool);
      const selected =
        range === this.#nowhere || (pool !== undefined && selects(pool, request, this.#faults) && !takenBack);
      const parted =
        changed &&
        !this.#faults.has('lbipam-address-twice') &&
        (range.holders(address) ?? []).some(key => this.#whyNotShare(request, key) !== undefined);
      if (!selected || !requested || parted || !request.wantsIpv4) this.#release(entry, address);
    }
  }

  /** Makes the addresses of the service's status ours, if they may be. */
  #claimStated(entry: Entry, separateSharers: boolean): void {
    const { request, stated } = entry;
    entry.stated = [];
    for (const address of stated) {
      if (!request.wantsIpv4) continue;
      if (request.requested.length > 0 && !request.requested.includes(address)) continue;
      const { range } = this.#rangeFor(request, address);
      if (range === undefined) continue;
      const holders = range.holders(address);
      const shared =
        holders !== undefined && !separateSharers && this.#refusal(request, range, address) === undefined;
      if (holders === undefined || shared) this.#give(entry, range, address);
    }
  }

  #satisfy(entry: Entry, separateSharers: boolean): void {
    const { request, given } = entry;
    if (request.requested.length > 0) {
      const refusals = request.requested
        .filter(address => !given.has(address))
        .flatMap(address => this.#giveRequested(entry, address) ?? []);
      entry.outcome = refusals.at(-1) ?? outcomes.satisfied();
    } else if (given.size > 0 || !request.wantsIpv4) {
      entry.outcome = outcomes.satisfied();
    } else {
      entry.outcome = this.#giveAny(entry, separateSharers) ?? outcomes.satisfied();
    }
  }

  /** Returns why not. */
  #giveRequested(entry: Entry, address: number): Outcome | undefined {
    const text = formatIpv4(address);
    const { range, unselected } = this.#rangeFor(entry.request, address);
    if (range === undefined)
      return unselected ? outcomes.selectorMismatch(text) : outcomes.noPoolContains(text);
    const refusal = this.#refusal(entry.request, range, address);
    if (refusal === undefined) this.#give(entry, range, address);
    return refusal;
  }

  /** Returns why not. */
  #giveAny(entry: Entry, separateSharers: boolean): Outcome | undefined {
    const { request } = entry;
    if (request.sharingKey !== '' && !separateSharers) {
      for (const range of this.#ranges()) {
        for (const [address, holders] of range.held()) {
          if (this.#forgotten.has(address) || holders.length === 0) continue;
          if (holders.some(key => this.#whyNotShare(request, key) !== undefined)) continue;
          this.#give(entry, range, address);
          return undefined;
        }
      }
    }
    const pools = [...this.#pools.values()].filter(
      pool => this.#isEnabled(pool) && selects(pool, request, this.#faults),
    );
    for (const range of pools.flatMap(({ ranges }) => ranges)) {
      const twice = this.#faults.has('lbipam-address-twice')
        ? [...range.held()].find(([, holders]) => holders.length > 0)
        : undefined;
      if (twice !== undefined) {
        this.#give(entry, range, twice[0]);
        return undefined;
      }
      const address = range.takeNext(request.key);
      if (address === undefined) continue;
      entry.given.set(address, range);
      return undefined;
    }
    if (this.#faults.has('lbipam-allocates-without-pool')) {
      const address = this.#nowhere.takeNext(request.key);
      if (address !== undefined) entry.given.set(address, this.#nowhere);
      return undefined;
    }
    const full = pools.some(({ ranges }) => ranges.length > 0);
    return full ? outcomes.outOfAddresses() : outcomes.noMatchingPool();
  }

  #rangeFor(request: ServiceRequest, address: number): { range?: AddressRange; unselected: boolean } {
    const pools = [...this.#pools.values()].filter(pool => this.#isEnabled(pool));
    const ranges = pools.flatMap(pool =>
      pool.ranges.filter(({ range }) => contains(range, address)).map(range => ({ pool, range })),
    );
    const found = ranges.find(({ pool }) => selects(pool, request, this.#faults));
    return found === undefined
      ? { unselected: ranges.length > 0 }
      : { range: found.range, unselected: false };
  }

  /** Why the service cannot have this address; undefined when it is free, or can be shared. */
  #refusal(request: ServiceRequest, range: AddressRange, address: number): Outcome | undefined {
    const holders = range.holders(address);
    if (holders === undefined) return undefined;
    const text = formatIpv4(address);
    if (request.sharingKey === '') return outcomes.taken(text);
    const reason = holders.map(key => this.#whyNotShare(request, key)).find(why => why !== undefined);
    return reason === undefined ? undefined : outcomes.incompatible(text, reason);
  }

  #whyNotShare(request: ServiceRequest, holder: string): string | undefined {
    if (holder === request.key) return undefined;
    const other = this.#entries.get(holder);
    // Without its service (a leak, a fault of ours), nobody can agree to share.
    return other === undefined ? 'unknown service' : incompatibility(other.request, request);
  }

  #give(entry: Entry, range: AddressRange, address: number): void {
    range.join(address, entry.request.key);
    entry.given.set(address, range);
  }

  #release(entry: Entry, address: number): void {
    entry.given.get(address)?.leave(address, entry.request.key);
    entry.given.delete(address);
  }
}
