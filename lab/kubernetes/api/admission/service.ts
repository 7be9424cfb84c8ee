import type { Service } from '../../../../helpers/kube/resources.ts';
import { isObject } from '../json.ts';
import { validateLabels } from './metadata.ts';
import type { Rules } from './rules.ts';
import { allocatedNodePorts } from './service-addresses.ts';
import { allocate, dropTypeDependent, keepAllocated, setDefaults } from './service-defaults.ts';
import { validateAddresses, validatePolicies, validatePorts } from './service-validation.ts';

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
