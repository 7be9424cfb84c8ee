import { isIP } from 'node:net';
import type { Service, ServicePort } from '../../../../../helpers/kube/resources.ts';
import { type FieldError, field } from '../errors.ts';
import { equal, isObject, type JsonObject } from '../json.ts';
import { labelProblem } from '../names.ts';
import type { AdmissionContext, Rules } from './admission.ts';
import { validateLabels } from './metadata.ts';
import {
  allocateClusterIp,
  allocatedNodePorts,
  allocateNodePort,
  inServiceCidr,
} from './service-addresses.ts';

type Spec = Service['spec'];

const types = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'];

function needsClusterIp(spec: Spec): boolean {
  return spec.type !== 'ExternalName';
}

function needsNodePort(spec: Spec): boolean {
  return (
    spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
  );
}

function needsHealthCheckPort(spec: Spec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

function reachableFromOutside(spec: Spec): boolean {
  return (
    spec.type === 'LoadBalancer' ||
    spec.type === 'NodePort' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0)
  );
}

/** Defaults of `k8s.io/kubernetes/pkg/apis/core/v1` (SetDefaults_Service). */
function setDefaults(spec: Spec): void {
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
  const numbers = (spec: Spec): number[] => (spec.ports ?? []).map(port => port.nodePort ?? 0).sort();
  return equal(numbers(a), numbers(b));
}

/** Values given out earlier are kept when an update leaves them out (patchAllocatedValues). */
function keepAllocated(spec: Spec, old: Spec): void {
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
function dropTypeDependent(spec: Spec, old: Spec): void {
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

function allocate(service: Service, context: AdmissionContext): void {
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

function portNumber(port: unknown): boolean {
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535;
}

const range = 'must be between 1 and 65535, inclusive';

function validatePort(
  port: ServicePort,
  path: string,
  spec: Spec,
  taken: ReadonlySet<number>,
  old: Spec | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const several = (spec.ports ?? []).length > 1;
  if (port.name === undefined || port.name === '') {
    if (several) errors.push(field.required(`${path}.name`));
  } else {
    const problem = labelProblem(port.name);
    if (problem !== undefined) errors.push(field.invalid(`${path}.name`, port.name, problem));
  }
  if (!portNumber(port.port)) errors.push(field.invalid(`${path}.port`, port.port ?? 0, range));
  if (!['TCP', 'UDP', 'SCTP'].includes(port.protocol ?? '')) {
    errors.push(field.unsupported(`${path}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']));
  }
  if (typeof port.targetPort === 'number' && !portNumber(port.targetPort) && portNumber(port.port)) {
    errors.push(field.invalid(`${path}.targetPort`, port.targetPort, range));
  }
  if (
    typeof port.targetPort === 'string' &&
    !/^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(port.targetPort)
  ) {
    errors.push(
      field.invalid(
        `${path}.targetPort`,
        port.targetPort,
        'must be a lower case service name of at most 15 characters',
      ),
    );
  }
  if (port.nodePort) {
    if (spec.type === 'ClusterIP' || spec.type === 'ExternalName') {
      errors.push(field.forbidden(`${path}.nodePort`, `may not be used when \`type\` is '${spec.type}'`));
    } else if (port.nodePort < 30000 || port.nodePort > 32767) {
      errors.push(
        field.invalid(
          `${path}.nodePort`,
          port.nodePort,
          'provided port is not in the valid range. The range of valid ports is 30000-32767',
        ),
      );
    } else if (taken.has(port.nodePort) && !old?.ports?.some(other => other.nodePort === port.nodePort)) {
      errors.push(field.invalid(`${path}.nodePort`, port.nodePort, 'provided port is already allocated'));
    }
  }
  return errors;
}

function validatePorts(spec: Spec, taken: ReadonlySet<number>, old: Spec | undefined): FieldError[] {
  const ports = spec.ports ?? [];
  if (ports.length === 0) {
    const free = spec.clusterIP === 'None' || spec.type === 'ExternalName';
    return free ? [] : [field.required('spec.ports')];
  }
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const numbers = new Set<string>();
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`;
    errors.push(...validatePort(port, path, spec, taken, old));
    if (port.name !== undefined && port.name !== '') {
      if (names.has(port.name)) errors.push(field.duplicate(`${path}.name`, port.name));
      names.add(port.name);
    }
    const number = `${port.protocol}:${port.port}`;
    if (numbers.has(number)) {
      errors.push(field.duplicate(path, { port: port.port, protocol: port.protocol }));
    }
    numbers.add(number);
  });
  return errors;
}

function validateAddresses(
  spec: Spec,
  old: Spec | undefined,
  context: AdmissionContext,
  others: readonly Service[],
): FieldError[] {
  const errors: FieldError[] = [];
  const { clusterIP } = spec;
  if (needsClusterIp(spec) && clusterIP !== undefined && clusterIP !== 'None') {
    if (isIP(clusterIP) === 0) {
      errors.push(field.invalid('spec.clusterIPs[0]', clusterIP, 'must be a valid IP address'));
    } else if (old?.clusterIP !== clusterIP) {
      if (!inServiceCidr(clusterIP, context.serviceCidr)) {
        errors.push(
          field.invalid(
            'spec.clusterIPs',
            [clusterIP],
            `failed to allocate IP ${clusterIP}: the provided IP is not in the valid range ${context.serviceCidr}`,
          ),
        );
      } else if (others.some(other => other.spec.clusterIP === clusterIP)) {
        errors.push(
          field.invalid(
            'spec.clusterIPs',
            [clusterIP],
            `failed to allocate IP ${clusterIP}: provided IP is already allocated`,
          ),
        );
      }
    }
  }
  if (old !== undefined && needsClusterIp(old) && needsClusterIp(spec) && old.clusterIP !== clusterIP) {
    errors.push(
      field.invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [clusterIP], 'may not change once set'),
    );
  }
  if (!needsClusterIp(spec) && clusterIP !== undefined && clusterIP !== '') {
    errors.push(field.forbidden('spec.clusterIPs[0]', "may not be set when `type` is 'ExternalName'"));
  }
  (spec.externalIPs ?? []).forEach((address, index) => {
    if (isIP(address) === 0) {
      errors.push(field.invalid(`spec.externalIPs[${index}]`, address, 'must be a valid IP address'));
    }
  });
  return errors;
}

function validatePolicies(spec: Spec, old: Spec | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const policies = ['Cluster', 'Local'];
  if (!types.includes(spec.type ?? ''))
    errors.push(field.unsupported('spec.type', spec.type, [...types].sort()));
  if (!['ClientIP', 'None'].includes(spec.sessionAffinity ?? '')) {
    errors.push(field.unsupported('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']));
  }
  const outside = spec.externalTrafficPolicy;
  if (outside !== undefined) {
    if (!reachableFromOutside(spec)) {
      errors.push(
        field.invalid(
          'spec.externalTrafficPolicy',
          outside,
          'may only be set for externally-accessible services',
        ),
      );
    } else if (!policies.includes(outside)) {
      errors.push(field.unsupported('spec.externalTrafficPolicy', outside, policies));
    }
  }
  if (spec.internalTrafficPolicy !== undefined && !policies.includes(spec.internalTrafficPolicy)) {
    errors.push(field.unsupported('spec.internalTrafficPolicy', spec.internalTrafficPolicy, policies));
  }
  if (spec.type !== 'LoadBalancer') {
    const only = "may only be used when `type` is 'LoadBalancer'";
    if (spec.allocateLoadBalancerNodePorts !== undefined) {
      errors.push(field.forbidden('spec.allocateLoadBalancerNodePorts', only));
    }
    if (spec.loadBalancerClass !== undefined) errors.push(field.forbidden('spec.loadBalancerClass', only));
  } else if (old?.type === 'LoadBalancer' && old.loadBalancerClass !== spec.loadBalancerClass) {
    errors.push(field.invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'));
  }
  if (spec.healthCheckNodePort && !needsHealthCheckPort(spec)) {
    errors.push(
      field.invalid(
        'spec.healthCheckNodePort',
        spec.healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  }
  if (spec.type === 'ExternalName' && !(spec as JsonObject).externalName) {
    errors.push(field.required('spec.externalName'));
  }
  return errors;
}

export const serviceRules: Rules = {
  complete(object, old, context) {
    if (!isObject(object.spec)) object.spec = {};
    const service = object as unknown as Service;
    const before = old as unknown as Service | undefined;
    setDefaults(service.spec);
    if (before !== undefined) {
      keepAllocated(service.spec, before.spec);
      dropTypeDependent(service.spec, before.spec);
    }
    allocate(service, context);
    const status = isObject(object.status) ? object.status : {};
    object.status = status;
    if (service.spec.type !== 'LoadBalancer') status.loadBalancer = {};
    status.loadBalancer ??= {};
    for (const ingress of service.status?.loadBalancer?.ingress ?? []) {
      if (ingress.ip !== undefined) ingress.ipMode ??= 'VIP';
    }
  },
  validate(object, old, context) {
    const service = object as unknown as Service;
    const before = (old as unknown as Service | undefined)?.spec;
    const others = context.services().filter(other => other.metadata.uid !== service.metadata.uid);
    return [
      ...validatePorts(service.spec, allocatedNodePorts(others), before),
      ...validateAddresses(service.spec, before, context, others),
      ...validatePolicies(service.spec, before),
      ...validateLabels(service.spec.selector, 'spec.selector'),
    ];
  },
};
