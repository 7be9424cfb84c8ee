import type { Service } from '../../../../helpers/kube/resources.ts';

/** The annotations of global services (pkg/annotation/k8s.go). Each has an older name, which counts where the newer one is absent. */
const names = {
  global: ['service.cilium.io/global', 'io.cilium/global-service'],
  shared: ['service.cilium.io/shared', 'io.cilium/shared-service'],
  affinity: ['service.cilium.io/affinity', 'io.cilium/service-affinity'],
} as const;

function annotation({ metadata }: Service, name: keyof typeof names): string | undefined {
  const key = names[name].find(each => metadata.annotations?.[each] !== undefined);
  return key === undefined ? undefined : metadata.annotations?.[key]?.toLowerCase();
}

/** Whether the service takes in backends of other clusters. */
export function isGlobal(service: Service): boolean {
  return annotation(service, 'global') === 'true';
}

/** Whether other clusters may use its backends. Means something on a global service only, which is shared unless told otherwise. */
export function isShared(service: Service): boolean {
  return isGlobal(service) && (annotation(service, 'shared') ?? 'true') === 'true';
}

export type Affinity = 'none' | 'local' | 'remote';

/** Which backends are preferred. `none` spelt out, no annotation, and a value that is none of these are the same. */
export function affinityOf(service: Service): Affinity {
  const value = isGlobal(service) ? annotation(service, 'affinity') : undefined;
  return value === 'local' || value === 'remote' ? value : 'none';
}

/** Whether the affinity is there by name, `none` or a value nobody knows: releases with cilium/cilium#46623 took that for a third kind. */
export function isAffinitySpeltOut(service: Service): boolean {
  return (annotation(service, 'affinity') ?? '') !== '' && affinityOf(service) === 'none';
}
