import type { Service } from '../../../../helpers/kube/resources.ts';
import { equal, type JsonObject } from '../json.ts';
import type { AdmissionContext } from './rules.ts';
import { allocateClusterIp, allocatedNodePorts, allocateNodePort } from './service-addresses.ts';
import {
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePort,
  reachableFromOutside,
  type Spec,
} from './service-kinds.ts';

/** Defaults of `k8s.io/kubernetes/pkg/apis/core/v1` (SetDefaults_Service). */
export function setDefaults(spec: Spec): void {
  spec.sessionAffinity ??= 'None';
  spec.type ??= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') {
      port.targetPort = port.port;
    }
  }
  if (spec.externalTrafficPolicy === undefined && reachableFromOutside(spec)) {
    spec.externalTrafficPolicy = 'Cluster';
  }
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  const generic = spec as JsonObject;
  if (spec.sessionAffinity === 'ClientIP') {
    generic.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10800 } };
  } else delete generic.sessionAffinityConfig;
}

function sameNodePorts(a: Spec, b: Spec): boolean {
  const numbers = (spec: Spec): number[] =>
    (spec.ports ?? []).map(port => port.nodePort ?? 0).sort((x, y) => x - y);
  return equal(numbers(a), numbers(b));
}

/** Values given out earlier are kept when an update leaves them out (patchAllocatedValues). */
export function keepAllocated(spec: Spec, old: Spec): void {
  if (needsClusterIp(old) && needsClusterIp(spec) && old.clusterIP !== undefined) {
    spec.clusterIP ??= old.clusterIP;
    if (spec.clusterIP === old.clusterIP && old.clusterIPs !== undefined) spec.clusterIPs ??= old.clusterIPs;
    if (old.ipFamilies !== undefined) spec.ipFamilies ??= old.ipFamilies;
    if (old.ipFamilyPolicy !== undefined) spec.ipFamilyPolicy ??= old.ipFamilyPolicy;
  }
  if (needsNodePort(old) && needsNodePort(spec)) {
    for (const port of spec.ports ?? []) {
      if (port.nodePort) continue;
      const before = old.ports?.find(other => other.port === port.port && other.protocol === port.protocol);
      const taken = (spec.ports ?? []).some(
        other => other.protocol === port.protocol && other.nodePort === before?.nodePort,
      );
      if (before?.nodePort && !taken) port.nodePort = before.nodePort;
    }
  }
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && old.healthCheckNodePort) {
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
  }
}

/** What belonged to the old type goes with it, unless the writer changed it (dropTypeDependentFields). */
export function dropTypeDependent(spec: Spec, old: Spec): void {
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    if (spec.clusterIP === old.clusterIP) delete spec.clusterIP;
    if (equal(spec.clusterIPs, old.clusterIPs)) delete spec.clusterIPs;
    if (equal(spec.ipFamilies, old.ipFamilies)) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === old.ipFamilyPolicy) delete spec.ipFamilyPolicy;
    if (spec.internalTrafficPolicy === old.internalTrafficPolicy) delete spec.internalTrafficPolicy;
  }
  if (needsNodePort(old) && !needsNodePort(spec) && sameNodePorts(spec, old)) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec)) {
    if (spec.healthCheckNodePort === old.healthCheckNodePort) delete spec.healthCheckNodePort;
  }
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (reachableFromOutside(old) && !reachableFromOutside(spec)) {
    if (spec.externalTrafficPolicy === old.externalTrafficPolicy) delete spec.externalTrafficPolicy;
  }
}

/** Gives what the type needs and the writer left open: cluster address, node ports. */
export function allocate(service: Service, context: AdmissionContext): void {
  const { spec } = service;
  const others = context.services().filter(other => other.metadata.uid !== service.metadata.uid);
  if (needsClusterIp(spec)) {
    spec.clusterIP ||= spec.clusterIPs?.[0] ?? allocateClusterIp(context.serviceCidr, others);
    spec.clusterIPs ??= [spec.clusterIP];
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
  }
  const taken = allocatedNodePorts(others);
  for (const port of spec.ports ?? []) if (port.nodePort) taken.add(port.nodePort);
  if (needsNodePort(spec)) {
    for (const port of spec.ports ?? []) {
      if (port.nodePort) continue;
      // Like the API server, the same port number over TCP and UDP gets one node port.
      const twin = spec.ports?.find(
        other =>
          other !== port && other.nodePort && other.port === port.port && other.protocol !== port.protocol,
      );
      port.nodePort = twin?.nodePort ?? allocateNodePort(taken);
      taken.add(port.nodePort);
    }
  }
  if (needsHealthCheckPort(spec) && !spec.healthCheckNodePort) {
    spec.healthCheckNodePort = allocateNodePort(taken);
  }
}
