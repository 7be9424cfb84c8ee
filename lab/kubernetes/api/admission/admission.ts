import { type Definition, resourceKey } from '../definitions.ts';
import type { FieldError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { validateMetadata } from './metadata.ts';
import { podRules } from './pod.ts';
import type { AdmissionContext, Rules } from './rules.ts';
import { serviceRules } from './service.ts';
import {
  configMapRules,
  customResourceDefinitionRules,
  endpointSliceRules,
  leaseRules,
  namespaceRules,
  networkPolicyRules,
  nodeRules,
  secretRules,
} from './simple.ts';
import { daemonSetRules, deploymentRules, jobRules, replicaSetRules, statefulSetRules } from './workload.ts';

const rules: Readonly<Record<string, Rules>> = {
  '/configmaps': configMapRules,
  '/namespaces': namespaceRules,
  '/nodes': nodeRules,
  '/pods': podRules,
  '/secrets': secretRules,
  '/services': serviceRules,
  'apiextensions.k8s.io/customresourcedefinitions': customResourceDefinitionRules,
  'apps/daemonsets': daemonSetRules,
  'apps/deployments': deploymentRules,
  'apps/replicasets': replicaSetRules,
  'apps/statefulsets': statefulSetRules,
  'batch/jobs': jobRules,
  'coordination.k8s.io/leases': leaseRules,
  'discovery.k8s.io/endpointslices': endpointSliceRules,
  'networking.k8s.io/networkpolicies': networkPolicyRules,
};

/** Completes a built-in object in place and returns its errors. */
export function admitBuiltIn(
  definition: Definition,
  object: JsonObject,
  old: JsonObject | undefined,
  context: AdmissionContext,
): readonly FieldError[] {
  const key = resourceKey(definition);
  const own = rules[key];
  own?.complete?.(object, old, context);
  return [...validateMetadata(definition, object), ...(own?.validate?.(object, old, context) ?? [])];
}
