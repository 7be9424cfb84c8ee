import { isIP } from 'node:net';
import type { Service, ServicePort } from '../../../../helpers/kube/resources.ts';
import { type FieldError, field } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { labelProblem } from '../names.ts';
import type { AdmissionContext } from './rules.ts';
import { inServiceCidr } from './service-addresses.ts';
import { needsClusterIp, needsHealthCheckPort, reachableFromOutside, type Spec } from './service-kinds.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

function portNumber(port: unknown): boolean {
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535;
}

const range = 'must be between 1 and 65535, inclusive';

function validatePort(
  // As the client sent it: nothing need be there.
  port: Partial<ServicePort>,
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

export function validatePorts(spec: Spec, taken: ReadonlySet<number>, old: Spec | undefined): FieldError[] {
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

export function validateAddresses(
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

export function validatePolicies(spec: Spec, old: Spec | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const policies = ['Cluster', 'Local'];
  if (!types.includes(spec.type ?? '')) errors.push(field.unsupported('spec.type', spec.type, types));
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
