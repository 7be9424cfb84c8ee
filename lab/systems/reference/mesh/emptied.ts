import type { EndpointSlice } from '../../../../helpers/kube/resources.ts';

/** The fault mesh-local-backends-lost: a service that had local backends and then none gets none again. */
export class EmptiedServices {
  readonly #filled = new Set<string>();
  readonly #emptied = new Set<string>();

  /** Those of the slices that are not of such a service. */
  others(slices: readonly EndpointSlice[]): EndpointSlice[] {
    const ready = new Map<string, boolean>();
    for (const slice of slices) {
      const isReady = slice.endpoints.some(({ conditions }) => conditions?.ready ?? true);
      ready.set(serviceOf(slice), isReady || (ready.get(serviceOf(slice)) ?? false));
    }
    for (const [service, isReady] of ready) {
      if (isReady) this.#filled.add(service);
      else if (this.#filled.has(service)) this.#emptied.add(service);
    }
    return slices.filter(slice => !this.#emptied.has(serviceOf(slice)));
  }
}

const serviceOf = ({ metadata }: EndpointSlice): string =>
  `${metadata.namespace ?? 'default'}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
