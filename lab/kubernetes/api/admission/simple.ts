import { type FieldError, field } from '../errors.ts';
import { equal, isObject, type JsonObject, listAt, objectAt, stringAt } from '../json.ts';
import { labelProblem, subdomainProblem } from '../names.ts';
import type { Rules } from './rules.ts';

/** Rules of the resources that need only a few lines each. */

const dataKey = /^[-._a-zA-Z0-9]+$/;

function validateDataKeys(object: JsonObject): FieldError[] {
  return Object.keys(objectAt(object, 'data') ?? {})
    .filter(key => !dataKey.test(key))
    .map(key =>
      field.invalid(
        `data[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
      ),
    );
}

export const configMapRules: Rules = {
  validate(object, old) {
    const errors = validateDataKeys(object);
    for (const [key, value] of Object.entries(objectAt(object, 'data') ?? {})) {
      if (typeof value !== 'string') errors.push(field.type(`data[${key}]`, value, 'must be a string'));
    }
    if (old?.immutable === true && !equal(old.data, object.data)) {
      errors.push(field.forbidden('data', 'field is immutable when `immutable` is set'));
    }
    return errors;
  },
};

export const secretRules: Rules = {
  complete(object) {
    object.type ??= 'Opaque';
    const plain = objectAt(object, 'stringData');
    if (plain === undefined) return;
    const data = objectAt(object, 'data') ?? {};
    object.data = data;
    for (const [key, value] of Object.entries(plain)) {
      data[key] = Buffer.from(String(value), 'utf8').toString('base64');
    }
    delete object.stringData;
  },
  validate(object, old) {
    const errors = validateDataKeys(object);
    for (const [key, value] of Object.entries(objectAt(object, 'data') ?? {})) {
      const base64 = typeof value === 'string' && /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value);
      if (!base64) errors.push(field.invalid(`data[${key}]`, '<not shown>', 'must be base64'));
    }
    if (old !== undefined && old.type !== object.type) {
      errors.push(field.invalid('type', object.type, 'field is immutable'));
    }
    return errors;
  },
};

export const namespaceRules: Rules = {
  complete(object) {
    const metadata = objectAt(object, 'metadata') ?? {};
    metadata.labels = { ...objectAt(metadata, 'labels'), 'kubernetes.io/metadata.name': metadata.name };
    object.spec ??= { finalizers: ['kubernetes'] };
    const status = objectAt(object, 'status') ?? {};
    object.status = status;
    status.phase ??= 'Active';
  },
};

export const nodeRules: Rules = {
  complete(object) {
    object.spec ??= {};
    object.status ??= {};
    // As the controller manager mirrors it: an unschedulable node carries the matching taint.
    const spec = objectAt(object, 'spec');
    if (spec === undefined) return;
    if (spec.unschedulable === false) delete spec.unschedulable;
    const key = 'node.kubernetes.io/unschedulable';
    const others = listAt(spec, 'taints').filter(taint => stringAt(taint, 'key') !== key);
    const taints = spec.unschedulable === true ? [...others, { key, effect: 'NoSchedule' }] : others;
    if (taints.length > 0) spec.taints = taints;
    else delete spec.taints;
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
    listAt(object.spec, 'taints').forEach((taint, index) => {
      const at = `spec.taints[${index}]`;
      if ((stringAt(taint, 'key') ?? '') === '') errors.push(field.required(`${at}.key`));
      const effect = stringAt(taint, 'effect');
      if (!effects.includes(effect ?? '')) errors.push(field.unsupported(`${at}.effect`, effect, effects));
    });
    const before = stringAt(old?.spec, 'podCIDR');
    const after = stringAt(object.spec, 'podCIDR');
    if (before !== undefined && before !== after) {
      errors.push(
        field.forbidden('spec.podCIDR', 'node updates may not change podCIDR except from "" to valid'),
      );
    }
    return errors;
  },
};

export const leaseRules: Rules = {
  validate(object) {
    const duration = objectAt(object, 'spec')?.leaseDurationSeconds;
    return typeof duration === 'number' && duration <= 0
      ? [field.invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
      : [];
  },
};

export const endpointSliceRules: Rules = {
  complete(object) {
    object.endpoints ??= [];
    for (const port of listAt(object, 'ports')) {
      if (!isObject(port)) continue;
      port.protocol ??= 'TCP';
      port.name ??= '';
    }
  },
  validate(object, old) {
    const kinds = ['IPv4', 'IPv6', 'FQDN'];
    if (object.addressType === undefined) return [field.required('addressType')];
    const errors: FieldError[] = [];
    if (!kinds.includes(String(object.addressType))) {
      errors.push(field.unsupported('addressType', object.addressType, kinds));
    }
    if (old !== undefined && old.addressType !== object.addressType) {
      errors.push(field.invalid('addressType', object.addressType, 'field is immutable'));
    }
    listAt(object, 'endpoints').forEach((endpoint, index) => {
      if (listAt(endpoint, 'addresses').length === 0) {
        errors.push(field.required(`endpoints[${index}].addresses`, 'must contain at least 1 address'));
      }
    });
    return errors;
  },
};

export const networkPolicyRules: Rules = {
  complete(object) {
    const spec = objectAt(object, 'spec');
    if (spec === undefined || spec.policyTypes !== undefined) return;
    spec.policyTypes = listAt(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  },
};

export const customResourceDefinitionRules: Rules = {
  complete(object, _old, context) {
    const spec = objectAt(object, 'spec');
    const names = objectAt(spec, 'names');
    if (spec === undefined || names === undefined) return;
    const kind = stringAt(names, 'kind') ?? '';
    names.singular ??= kind.toLowerCase();
    names.listKind ??= `${kind}List`;
    spec.conversion ??= { strategy: 'None' };
    const storage = listAt(spec, 'versions').find(version => isObject(version) && version.storage === true);
    const before = objectAt(object, 'status');
    object.status = {
      acceptedNames: names,
      storedVersions: [stringAt(storage, 'name') ?? ''],
      conditions: before?.conditions ?? [
        {
          type: 'NamesAccepted',
          status: 'True',
          reason: 'NoConflicts',
          message: 'no conflicts found',
          lastTransitionTime: context.now(),
        },
        {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
          lastTransitionTime: context.now(),
        },
      ],
    };
  },
  validate(object, old) {
    const spec = objectAt(object, 'spec');
    if (spec === undefined) return [field.required('spec')];
    const errors: FieldError[] = [];
    const group = stringAt(spec, 'group') ?? '';
    const names = objectAt(spec, 'names');
    const plural = stringAt(names, 'plural') ?? '';
    const kind = stringAt(names, 'kind') ?? '';
    const name = stringAt(object.metadata, 'name');
    const groupProblem = group.includes('.')
      ? subdomainProblem(group)
      : 'should be a domain with at least one dot';
    if (group === '') errors.push(field.required('spec.group'));
    else if (groupProblem !== undefined) errors.push(field.invalid('spec.group', group, groupProblem));
    if (plural === '') errors.push(field.required('spec.names.plural'));
    else {
      const problem = labelProblem(plural);
      if (problem !== undefined) errors.push(field.invalid('spec.names.plural', plural, problem));
    }
    if (kind === '') errors.push(field.required('spec.names.kind'));
    if (name !== `${plural}.${group}`) {
      errors.push(field.invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
    }
    const scopes = ['Cluster', 'Namespaced'];
    if (!scopes.includes(String(spec.scope)))
      errors.push(field.unsupported('spec.scope', spec.scope, scopes));
    const versions = listAt(spec, 'versions');
    if (versions.length === 0) errors.push(field.required('spec.versions'));
    versions.forEach((version, index) => {
      const schema = objectAt(objectAt(version, 'schema'), 'openAPIV3Schema');
      if (schema === undefined) {
        errors.push(field.required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
      }
    });
    const stored = versions.filter(version => isObject(version) && version.storage === true);
    if (versions.length > 0 && stored.length !== 1) {
      errors.push(
        field.invalid(
          'spec.versions',
          stored.length,
          'must have exactly one version marked as storage version',
        ),
      );
    }
    for (const member of ['group', 'scope'] as const) {
      const before = stringAt(old?.spec, member);
      if (before !== undefined && before !== spec[member]) {
        errors.push(field.invalid(`spec.${member}`, spec[member], 'field is immutable'));
      }
    }
    return errors;
  },
};
