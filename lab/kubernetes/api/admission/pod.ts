import { type FieldError, field } from '../errors.ts';
import { clone, equal, isObject, type JsonObject, listAt, objectAt, stringAt } from '../json.ts';
import { labelProblem } from '../names.ts';
import type { Rules } from './rules.ts';

function completeProbe(container: JsonObject, name: string): void {
  const probe = objectAt(container, name);
  if (probe === undefined) return;
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  const get = objectAt(probe, 'httpGet');
  if (get === undefined) return;
  get.path ??= '/';
  get.scheme ??= 'HTTP';
}

function completeContainer(container: JsonObject): void {
  const image = stringAt(container, 'image') ?? '';
  const tag = /:([^/:@]+)$/.exec(image)?.[1];
  const floating = !image.includes('@') && (tag === undefined || tag === 'latest');
  container.imagePullPolicy ??= floating ? 'Always' : 'IfNotPresent';
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.resources ??= {};
  for (const port of listAt(container, 'ports')) if (isObject(port)) port.protocol ??= 'TCP';
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) completeProbe(container, probe);
}

/** Defaults of a pod's spec, also inside a workload's template. */
export function completePodSpec(spec: JsonObject): void {
  for (const list of ['containers', 'initContainers']) {
    for (const container of listAt(spec, list)) if (isObject(container)) completeContainer(container);
  }
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ??= 'default-scheduler';
  if (stringAt(spec, 'serviceAccountName') !== undefined) spec.serviceAccount = spec.serviceAccountName;
}

function validateContainer(container: unknown, path: string, names: Set<string>): FieldError[] {
  if (!isObject(container)) return [field.type(path, container, 'must be an object')];
  const errors: FieldError[] = [];
  const name = stringAt(container, 'name') ?? '';
  if (name === '') errors.push(field.required(`${path}.name`));
  else {
    const problem = labelProblem(name);
    if (problem !== undefined) errors.push(field.invalid(`${path}.name`, name, problem));
    if (names.has(name)) errors.push(field.duplicate(`${path}.name`, name));
    names.add(name);
  }
  const image = stringAt(container, 'image') ?? '';
  if (image === '') errors.push(field.required(`${path}.image`));
  listAt(container, 'ports').forEach((port, index) => {
    const number = isObject(port) ? port.containerPort : undefined;
    const at = `${path}.ports[${index}].containerPort`;
    if (number === undefined) errors.push(field.required(at));
    else if (!Number.isInteger(number) || Number(number) < 1 || Number(number) > 65535) {
      errors.push(field.invalid(at, number, 'must be between 1 and 65535, inclusive'));
    }
  });
  listAt(container, 'env').forEach((variable, index) => {
    if ((stringAt(variable, 'name') ?? '') === '') errors.push(field.required(`${path}.env[${index}].name`));
  });
  return errors;
}

/** What is wrong with a pod's spec at `path`. */
export function validatePodSpec(spec: unknown, path: string): FieldError[] {
  if (!isObject(spec)) return [field.required(path)];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  if (listAt(spec, 'containers').length === 0) errors.push(field.required(`${path}.containers`));
  for (const list of ['initContainers', 'containers']) {
    listAt(spec, list).forEach((container, index) => {
      errors.push(...validateContainer(container, `${path}.${list}[${index}]`, names));
    });
  }
  const policies = ['Always', 'OnFailure', 'Never'];
  if (!policies.includes(String(spec.restartPolicy))) {
    errors.push(field.unsupported(`${path}.restartPolicy`, spec.restartPolicy, policies));
  }
  const dns = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
  if (!dns.includes(String(spec.dnsPolicy))) {
    errors.push(field.unsupported(`${path}.dnsPolicy`, spec.dnsPolicy, dns));
  }
  listAt(spec, 'tolerations').forEach((toleration, index) => {
    const at = `${path}.tolerations[${index}].operator`;
    const operator = stringAt(toleration, 'operator');
    if (operator !== undefined && !['', 'Equal', 'Exists'].includes(operator)) {
      errors.push(field.unsupported(at, operator, ['Equal', 'Exists']));
    }
    if (operator === 'Exists' && (stringAt(toleration, 'value') ?? '') !== '') {
      errors.push(field.invalid(at, toleration, "value must be empty when `operator` is 'Exists'"));
    }
  });
  return errors;
}

const pinned =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** A running pod's spec without what may change. */
function fixedPart(pod: JsonObject): JsonObject {
  const spec = clone(objectAt(pod, 'spec') ?? {});
  delete spec.activeDeadlineSeconds;
  delete spec.tolerations;
  delete spec.nodeName;
  for (const list of ['containers', 'initContainers']) {
    for (const container of listAt(spec, list)) if (isObject(container)) delete container.image;
  }
  return spec;
}

const automaticTolerations = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** As the admission plugin DefaultTolerationSeconds does. */
function addDefaultTolerations(spec: JsonObject): void {
  const tolerations = [...listAt(spec, 'tolerations')];
  for (const key of automaticTolerations) {
    const covered = tolerations.some(
      toleration =>
        isObject(toleration) &&
        (toleration.key === key || (toleration.key ?? '') === '') &&
        ((toleration.effect ?? '') === '' || toleration.effect === 'NoExecute'),
    );
    if (!covered) {
      tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
    }
  }
  spec.tolerations = tolerations;
}

export const podRules: Rules = {
  complete(object, old) {
    const spec = objectAt(object, 'spec');
    if (spec === undefined) return;
    completePodSpec(spec);
    if (old === undefined) {
      spec.serviceAccountName ??= 'default';
      spec.serviceAccount = spec.serviceAccountName;
      spec.enableServiceLinks ??= true;
      spec.preemptionPolicy ??= 'PreemptLowerPriority';
      spec.priority ??= 0;
      addDefaultTolerations(spec);
    }
    const status = objectAt(object, 'status') ?? {};
    object.status = status;
    status.phase ??= 'Pending';
    status.qosClass ??= 'BestEffort';
  },
  validate(object, old, context) {
    const errors = validatePodSpec(object.spec, 'spec');
    if (old === undefined) return errors;
    const before = stringAt(old.spec, 'nodeName');
    const bound = stringAt(object.spec, 'nodeName');
    const binds = before === undefined && context.local;
    if ((bound !== before && !binds) || !equal(fixedPart(object), fixedPart(old))) {
      errors.push(field.forbidden('spec', pinned));
    }
    return errors;
  },
};
