import type { LabelSelector } from '../../../../helpers/kube/types.ts';
import { type FieldError, field } from '../errors.ts';
import { equal, isObject, type JsonObject, objectAt } from '../json.ts';
import { type Labels, matchesLabelSelector } from '../selectors.ts';
import { validateLabels } from './metadata.ts';
import { completePodSpec, validatePodSpec } from './pod.ts';
import type { Rules } from './rules.ts';

function completeTemplate(spec: JsonObject): void {
  const template = objectAt(spec, 'template');
  if (template === undefined) return;
  const metadata = objectAt(template, 'metadata') ?? {};
  template.metadata = metadata;
  // An API server writes this null-valued member; clients compare templates with and without it alike.
  delete metadata.creationTimestamp;
  const podSpec = objectAt(template, 'spec');
  if (podSpec !== undefined) completePodSpec(podSpec);
}

function isEmpty(selector: JsonObject): boolean {
  return (
    Object.keys(objectAt(selector, 'matchLabels') ?? {}).length === 0 &&
    (!Array.isArray(selector.matchExpressions) || selector.matchExpressions.length === 0)
  );
}

function validateWorkload(object: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = objectAt(object, 'spec');
  if (spec === undefined) return [field.required('spec')];
  const errors: FieldError[] = [];
  const { replicas } = spec;
  if (replicas !== undefined && (!Number.isInteger(replicas) || Number(replicas) < 0)) {
    errors.push(field.invalid('spec.replicas', replicas, 'must be greater than or equal to 0'));
  }
  const selector = objectAt(spec, 'selector');
  const template = objectAt(spec, 'template');
  if (selector === undefined) errors.push(field.required('spec.selector'));
  else {
    errors.push(...validateLabels(selector.matchLabels, 'spec.selector.matchLabels'));
    if (isEmpty(selector)) {
      errors.push(field.invalid('spec.selector', selector, 'empty selector is invalid for deployment'));
    }
  }
  if (template === undefined) return [...errors, field.required('spec.template')];
  const labels = objectAt(objectAt(template, 'metadata'), 'labels');
  errors.push(...validateLabels(labels, 'spec.template.metadata.labels'));
  const selected = matchesLabelSelector(selector as LabelSelector | undefined, labels as Labels | undefined);
  if (selector !== undefined && !isEmpty(selector) && !selected) {
    errors.push(
      field.invalid(
        'spec.template.metadata.labels',
        labels ?? {},
        '`selector` does not match template `labels`',
      ),
    );
  }
  errors.push(...validatePodSpec(template.spec, 'spec.template.spec'));
  const policy = objectAt(template, 'spec')?.restartPolicy;
  if (policy !== undefined && policy !== 'Always') {
    errors.push(field.unsupported('spec.template.spec.restartPolicy', policy, ['Always']));
  }
  const before = objectAt(old?.spec, 'selector');
  if (before !== undefined && !equal(before, selector)) {
    errors.push(field.invalid('spec.selector', selector, 'field is immutable'));
  }
  return errors;
}

function completing(complete: (spec: JsonObject) => void): NonNullable<Rules['complete']> {
  return object => {
    const spec = objectAt(object, 'spec');
    if (spec === undefined) return;
    completeTemplate(spec);
    complete(spec);
    if (!isObject(object.status)) object.status = {};
  };
}

export const deploymentRules: Rules = {
  complete: completing(spec => {
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    const strategy = objectAt(spec, 'strategy') ?? {};
    spec.strategy = strategy;
    strategy.type ??= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      const rolling = objectAt(strategy, 'rollingUpdate') ?? {};
      strategy.rollingUpdate = rolling;
      rolling.maxSurge ??= '25%';
      rolling.maxUnavailable ??= '25%';
    }
  }),
  validate(object, old) {
    const errors = validateWorkload(object, old);
    const strategy = objectAt(object.spec, 'strategy');
    const kinds = ['Recreate', 'RollingUpdate'];
    if (strategy !== undefined && !kinds.includes(String(strategy.type))) {
      errors.push(field.unsupported('spec.strategy.type', strategy.type, kinds));
    }
    if (strategy?.type === 'Recreate' && strategy.rollingUpdate !== undefined) {
      errors.push(
        field.forbidden(
          'spec.strategy.rollingUpdate',
          "may not be specified when strategy `type` is 'Recreate'",
        ),
      );
    }
    return errors;
  },
};

export const replicaSetRules: Rules = {
  complete: completing(spec => {
    spec.replicas ??= 1;
  }),
  validate: validateWorkload,
};

export const daemonSetRules: Rules = {
  complete: completing(spec => {
    spec.revisionHistoryLimit ??= 10;
    spec.updateStrategy ??= { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
  }),
  validate: validateWorkload,
};

export const statefulSetRules: Rules = {
  complete: completing(spec => {
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.podManagementPolicy ??= 'OrderedReady';
    spec.updateStrategy ??= { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
  }),
  validate: validateWorkload,
};

export const jobRules: Rules = {
  complete: completing(spec => {
    spec.completions ??= 1;
    spec.parallelism ??= 1;
    spec.backoffLimit ??= 6;
  }),
};
