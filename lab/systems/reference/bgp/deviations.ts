import type { Service } from '../../../../helpers/kube/resources.ts';
import type { DesiredInstance, RoutePolicy } from './model.ts';
import { hasLocalEndpoint, slicesOf } from './services.ts';
import type { NodeView } from './view.ts';

/**
 * The faults that have a memory: what an agent does wrong because of what it did before. It is the memory of one
 * instance of one agent, and goes with either.
 */
export class Deviations {
  readonly #restarted: boolean;
  readonly #reconfigured: boolean;
  #last: readonly RoutePolicy[] = [];
  /** When a policy was first found gone (ms). */
  readonly #goneSince = new Map<string, number>();
  /** Services whose routes are held back, with the version of the object at which that began. */
  readonly #heldBack = new Map<string, string>();
  readonly #firstAddress = new Map<string, string>();

  /** `restarted`: the agent ran before. `reconfigured`: the node was without configuration in between. */
  constructor(history: { readonly restarted: boolean; readonly reconfigured: boolean }) {
    this.#restarted = history.restarted;
    this.#reconfigured = history.reconfigured;
  }

  /** Whether something is kept for a time, after which it has to be looked at again. */
  get isWaiting(): boolean {
    return this.#goneSince.size > 0;
  }

  /** What a faulty agent makes of it; without such a fault, the same. */
  apply(desired: DesiredInstance, view: NodeView, now = Date.now()): DesiredInstance {
    const { faults } = view;
    if (faults.has('bgp-route-not-restored') && this.#reconfigured) return { ...desired, paths: [] };
    let next = desired;
    if (faults.has('cilium-24069') && this.#restarted) {
      next = { ...next, paths: next.paths.filter(path => !view.podCidrs.includes(path)) };
    }
    if (faults.has('cilium-38620')) next = this.#formerAddresses(next);
    next = this.#keepGone(next, view, now);
    next = this.#holdBack(next, view);
    this.#last = next.policies;
    return next;
  }

  /** Policies that should be gone, and the routes they let through. */
  #keepGone(desired: DesiredInstance, view: NodeView, now: number): DesiredInstance {
    const names = new Set(desired.policies.map(({ name }) => name));
    const kept = this.#last.filter(policy => {
      if (names.has(policy.name) || policy.service === undefined) {
        this.#goneSince.delete(policy.name);
        return false;
      }
      const since = this.#goneSince.get(policy.name) ?? now;
      this.#goneSince.set(policy.name, since);
      const keeps = this.#isKept(serviceNamed(policy.service, view), view, now - since);
      if (!keeps) this.#goneSince.delete(policy.name);
      return keeps;
    });
    if (kept.length === 0) return desired;
    const prefixes = kept.flatMap(({ statements }) => statements.flatMap(statement => statement.prefixes));
    return {
      ...desired,
      policies: [...desired.policies, ...kept],
      paths: [...new Set([...desired.paths, ...prefixes])],
    };
  }

  #isKept(service: Service | undefined, view: NodeView, goneMs: number): boolean {
    const { faults } = view;
    const local = service?.spec.externalTrafficPolicy === 'Local' && !hasLocalEndpoint(service, view);
    const over = service?.spec.type !== 'LoadBalancer' || !hasEndpoints(service, view);
    return (
      (faults.has('lb-local-keeps-next-hop') && local) ||
      (faults.has('lb-local-next-hop-late') && local && goneMs < lateMs) ||
      (faults.has('lb-withdraw-missing') && over)
    );
  }

  /** Routes that should be there. */
  #holdBack(desired: DesiredInstance, view: NodeView): DesiredInstance {
    const before = new Set(this.#last.flatMap(({ service }) => (service === undefined ? [] : [service])));
    const after = new Set(
      desired.policies.flatMap(({ service }) => (service === undefined ? [] : [service])),
    );
    for (const name of before) {
      const service = serviceNamed(name, view);
      if (view.faults.has('cilium-36055') && service !== undefined && !after.has(name)) {
        this.#heldBack.set(name, service.metadata.resourceVersion ?? '');
      }
      if (view.faults.has('cilium-35018') && service === undefined)
        this.#holdBackSharers(name, desired, view);
    }
    for (const [name, version] of this.#heldBack) {
      if (serviceNamed(name, view)?.metadata.resourceVersion !== version) this.#heldBack.delete(name);
    }
    const held = desired.policies.filter(
      ({ service }) => service !== undefined && this.#heldBack.has(service),
    );
    const prefixes = new Set(
      held.flatMap(({ statements }) => statements.flatMap(statement => statement.prefixes)),
    );
    return { ...desired, paths: desired.paths.filter(path => !prefixes.has(path)) };
  }

  #holdBackSharers(gone: string, desired: DesiredInstance, view: NodeView): void {
    const prefixesOf = (policy: RoutePolicy): string[] =>
      policy.statements.flatMap(statement => [...statement.prefixes]);
    const freed = new Set(this.#last.filter(({ service }) => service === gone).flatMap(prefixesOf));
    for (const policy of desired.policies) {
      if (policy.service === undefined || !prefixesOf(policy).some(prefix => freed.has(prefix))) continue;
      const version = serviceNamed(policy.service, view)?.metadata.resourceVersion ?? '';
      this.#heldBack.set(policy.service, version);
    }
  }

  #formerAddresses(desired: DesiredInstance): DesiredInstance {
    const former = new Map<string, string>();
    for (const { name, address } of desired.peers) {
      if (!this.#firstAddress.has(name)) this.#firstAddress.set(name, address);
      former.set(address, this.#firstAddress.get(name) ?? address);
    }
    return {
      ...desired,
      policies: desired.policies.map(policy =>
        policy.service === undefined
          ? policy
          : {
              ...policy,
              statements: policy.statements.map(s => ({ ...s, peer: former.get(s.peer) ?? s.peer })),
            },
      ),
    };
  }
}

/** How much later than it should a late agent withdraws; it must look again by itself after that long. */
export const lateMs = 30_000;

function serviceNamed(name: string, { services }: NodeView): Service | undefined {
  return services.find(({ metadata }) => `${metadata.namespace ?? 'default'}/${metadata.name}` === name);
}

function hasEndpoints(service: Service, { slices }: NodeView): boolean {
  return slicesOf(service, slices).some(slice =>
    slice.endpoints.some(({ conditions }) => conditions?.ready !== false),
  );
}
