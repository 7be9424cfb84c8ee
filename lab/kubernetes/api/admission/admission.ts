import type { Service } from '../../../../helpers/kube/resources.ts';
import { type Definition, resourceKey } from '../definitions.ts';
import type { FieldError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { validateMetadata } from './metadata.ts';
import { podRules } from './pod.ts';
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

/** What admission may ask of the cluster around the object. */
export interface AdmissionContext {
  /** The cluster's service network, e.g. `10.96.0.0/16`. */
  readonly serviceCidr: string;
  readonly services: () => readonly Service[];
  readonly now: () => string;
  /** Written by the lab's own controllers: they may bind a pod by setting its nodeName. */
  readonly local: boolean;
}

/** The rules of one resource. `old` is undefined when the object is new. */
export interface Rules {
  /** Fills in, in place, what the writer left out. */
  complete?(object: JsonObject, old: JsonObject | undefined, context: AdmissionContext): void;
  validate?(
    object: JsonObject,
    old: JsonObject | undefined,
    context: AdmissionContext,
  ): readonly FieldError[];
}

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

/** Completes a built-in object in place and answers what is wrong with it. */
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
