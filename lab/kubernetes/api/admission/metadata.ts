import { type Definition, resourceKey } from '../definitions.ts';
import { type FieldError, field } from '../errors.ts';
import { isObject, type JsonObject, listAt, objectAt } from '../json.ts';
import {
  label1035Problem,
  labelKeyProblem,
  labelProblem,
  labelValueProblem,
  pathSegmentProblem,
  subdomainProblem,
} from '../names.ts';

function nameProblem(definition: Definition, name: string): string | undefined {
  if (definition.group === 'rbac.authorization.k8s.io') return pathSegmentProblem(name);
  switch (resourceKey(definition)) {
    case '/services':
      return label1035Problem(name);
    case '/namespaces':
      return labelProblem(name);
    default:
      return subdomainProblem(name);
  }
}

/** Problems of a map of labels, also where it is a selector. */
export function validateLabels(labels: unknown, path: string): FieldError[] {
  if (labels === undefined || labels === null) return [];
  if (!isObject(labels)) return [field.type(path, labels, 'must be a map of strings')];
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels)) {
    const keyProblem = labelKeyProblem(key);
    if (keyProblem !== undefined) errors.push(field.invalid(path, key, keyProblem));
    if (typeof value !== 'string') {
      errors.push(field.type(`${path}.${key}`, value, 'must be a string'));
      continue;
    }
    const valueProblem = labelValueProblem(value);
    if (valueProblem !== undefined) errors.push(field.invalid(path, value, valueProblem));
  }
  return errors;
}

function validateAnnotations(annotations: unknown): FieldError[] {
  const path = 'metadata.annotations';
  if (annotations === undefined || annotations === null) return [];
  if (!isObject(annotations)) return [field.type(path, annotations, 'must be a map of strings')];
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    const problem = labelKeyProblem(key.toLowerCase());
    if (problem !== undefined) errors.push(field.invalid(path, key, problem));
    if (typeof value === 'string') size += key.length + value.length;
    else errors.push(field.type(`${path}.${key}`, value, 'must be a string'));
  }
  if (size > 256 * 1024) errors.push(field.tooLong(path, 256 * 1024));
  return errors;
}

function validateOwners(metadata: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  let controllers = 0;
  listAt(metadata, 'ownerReferences').forEach((owner, index) => {
    for (const member of ['apiVersion', 'kind', 'name', 'uid']) {
      if (!isObject(owner) || typeof owner[member] !== 'string' || owner[member] === '') {
        errors.push(field.invalid(`metadata.ownerReferences[${index}].${member}`, '', 'must not be empty'));
      }
    }
    if (isObject(owner) && owner.controller === true) controllers++;
  });
  if (controllers > 1) {
    errors.push(
      field.invalid(
        'metadata.ownerReferences',
        metadata.ownerReferences,
        'Only one reference can have Controller set to true',
      ),
    );
  }
  return errors;
}

/** What every object's metadata must satisfy, names by the rules of its resource. */
export function validateMetadata(definition: Definition, object: JsonObject): FieldError[] {
  const metadata = objectAt(object, 'metadata') ?? {};
  const errors: FieldError[] = [];
  const { name } = metadata;
  if (typeof name !== 'string' || name === '') {
    errors.push(field.required('metadata.name', 'name or generateName is required'));
  } else {
    const problem = nameProblem(definition, name);
    if (problem !== undefined) errors.push(field.invalid('metadata.name', name, problem));
  }
  errors.push(...validateLabels(metadata.labels, 'metadata.labels'));
  errors.push(...validateAnnotations(metadata.annotations));
  errors.push(...validateOwners(metadata));
  listAt(metadata, 'finalizers').forEach((finalizer, index) => {
    const problem = typeof finalizer === 'string' ? labelKeyProblem(finalizer) : 'must be a string';
    if (problem !== undefined) {
      errors.push(field.invalid(`metadata.finalizers[${index}]`, finalizer, problem));
    }
  });
  return errors;
}
