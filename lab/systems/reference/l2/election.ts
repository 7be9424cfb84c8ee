import { type Lease, leases } from '../../../../helpers/kube/resources.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import type { Faults } from '../faults.ts';
import type { LeaseTimings } from './settings.ts';

const namespace = 'kube-system';

/** l2-leader-flaps: this long a leader leads. */
const flapMs = 100;

export interface ElectionOptions {
  readonly kube: KubeClient;
  /** `namespace/name` of the service. */
  readonly service: string;
  readonly node: string;
  readonly timings: LeaseTimings;
  /** Leads from now on, or no longer. */
  readonly onChange: (leads: boolean) => void;
  readonly faults: Faults;
}

/**
 * A node's run for a service's Lease, as client-go's leaderelection does it: it takes a lease that nobody holds, or
 * whose holder it has not seen renew it for the lease's duration by its own clock, and renews its own.
 */
export class Election {
  readonly #options: ElectionOptions;
  readonly #name: string;
  readonly #stopWatching: () => void;
  #leads: boolean = false;
  #timer: NodeJS.Timeout | undefined;
  #restsUntil = 0;
  #observed = { record: '', atMs: 0 };

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#name = `cilium-l2announce-${options.service.replace('/', '-')}`;
    // A released lease is taken at once; client-go would find it at its next try.
    this.#stopWatching = options.kube.watch(leases, (_event, lease) => {
      if (lease.metadata.name === this.#name && holderOf(lease) === '') this.#try();
    });
    this.#try();
  }

  get leads(): boolean {
    return this.#leads;
  }

  /** In order: the next one need not wait for the lease to expire. */
  release(): void {
    const led = this.#leads;
    this.abandon();
    if (led) this.#write(spec => ({ ...spec, holderIdentity: '', leaseDurationSeconds: 1 }));
    this.#lead(false);
  }

  /** Without notice, as an agent that is killed. */
  abandon(): void {
    this.#stopWatching();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #try(): void {
    const { kube, node, timings, faults } = this.#options;
    clearTimeout(this.#timer);
    const pause = faults.has('l2-leader-flaps') ? flapMs : timings.retryPeriod;
    this.#timer = setTimeout(() => this.#try(), pause);
    const now = performance.now();
    if (now < this.#restsUntil) return;
    const lease = kube.get(leases, this.#name, namespace);
    const holder = lease === undefined ? '' : holderOf(lease);
    const record = JSON.stringify(lease?.spec ?? {});
    if (record !== this.#observed.record) this.#observed = { record, atMs: now };
    if (holder !== '' && holder !== node) {
      const isValid = now - this.#observed.atMs < timings.leaseDuration || faults.has('l2-no-takeover');
      if (isValid) {
        this.#lead(false);
        return;
      }
    }
    if (faults.has('l2-leader-flaps') && holder === node && this.#leads) {
      this.#restsUntil = now + 2 * flapMs; // another one's turn
      this.#write(spec => ({ ...spec, holderIdentity: '' }));
      this.#lead(false);
      return;
    }
    const at = microTime();
    const taken = holder === node ? {} : { acquireTime: at };
    const wanted = (spec: Lease['spec']): Lease['spec'] => ({
      ...spec,
      ...taken,
      holderIdentity: node,
      leaseDurationSeconds: Math.round(timings.leaseDuration / 1_000),
      renewTime: at,
      leaseTransitions: (spec?.leaseTransitions ?? 0) + (holder === '' || holder === node ? 0 : 1),
    });
    if (lease === undefined) {
      kube.create(leases, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: this.#name, namespace },
        spec: wanted(undefined) ?? {},
      });
    } else {
      this.#write(wanted);
    }
    this.#lead(true);
  }

  #lead(leads: boolean): void {
    if (leads === this.#leads) return;
    this.#leads = leads;
    this.#options.onChange(leads);
  }

  #write(change: (spec: Lease['spec']) => Lease['spec']): void {
    this.#options.kube.update(leases, this.#name, namespace, draft => {
      draft.spec = change(draft.spec) ?? {};
    });
  }
}

const holderOf = ({ spec }: Lease): string => spec?.holderIdentity ?? '';

/** metav1.MicroTime */
const microTime = (): string => `${new Date().toISOString().slice(0, -1)}000Z`;
