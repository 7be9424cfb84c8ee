import type { Service } from '../../../../helpers/kube/resources.ts';

export type Spec = Service['spec'];

/** What a service has by its type (k8s.io/kubernetes/pkg/api/service). */
export function needsClusterIp(spec: Spec): boolean {
  return spec.type !== 'ExternalName';
}

export function needsNodePort(spec: Spec): boolean {
  return (
    spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
  );
}

export function needsHealthCheckPort(spec: Spec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

export function reachableFromOutside(spec: Spec): boolean {
  return (
    spec.type === 'LoadBalancer' ||
    spec.type === 'NodePort' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0)
  );
}
