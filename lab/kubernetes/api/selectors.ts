import type { LabelSelector } from '../../../helpers/kube/types.ts';
import { badRequest } from './errors.ts';
import { isObject, type JsonObject } from './json.ts';
import { labelKeyProblem, labelValueProblem } from './names.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelMatcher = (labels: Labels | undefined) => boolean;
export type FieldMatcher = (object: JsonObject) => boolean;

const keyPattern = '[A-Za-z0-9./_-]+';
const setRequirement = new RegExp(`^(${keyPattern})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const equality = new RegExp(`^(${keyPattern})\\s*(==|=|!=)\\s*([A-Za-z0-9._-]*)$`);
const comparison = new RegExp(`^(${keyPattern})\\s*([<>])\\s*(-?\\d+)$`);
const existence = new RegExp(`^(!?)\\s*(${keyPattern})$`);

/** Splits at commas outside parentheses. */
function requirements(selector: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < selector.length; index++) {
    const character = selector[index];
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 0) {
      parts.push(selector.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(selector.slice(start));
  return parts.map(part => part.trim());
}

function checkKey(key: string, selector: string): void {
  const problem = labelKeyProblem(key);
  if (problem !== undefined)
    throw badRequest(`unable to parse requirement "${selector}": key "${key}": ${problem}`);
}

function checkValue(value: string, selector: string): void {
  const problem = labelValueProblem(value);
  if (problem !== undefined) {
    throw badRequest(`unable to parse requirement "${selector}": value "${value}": ${problem}`);
  }
}

function labelRequirement(part: string): LabelMatcher {
  const set = setRequirement.exec(part);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    checkKey(key, part);
    const values = list.split(',').map(value => value.trim());
    for (const value of values) checkValue(value, part);
    const wanted = new Set(values);
    return operator === 'in'
      ? labels => labels?.[key] !== undefined && wanted.has(labels[key])
      : labels => labels?.[key] === undefined || !wanted.has(labels[key]);
  }
  const equals = equality.exec(part);
  if (equals !== null) {
    const [, key = '', operator, value = ''] = equals;
    checkKey(key, part);
    checkValue(value, part);
    return operator === '!=' ? labels => labels?.[key] !== value : labels => labels?.[key] === value;
  }
  const compared = comparison.exec(part);
  if (compared !== null) {
    const [, key = '', operator, number = ''] = compared;
    checkKey(key, part);
    return labels => {
      const value = labels?.[key];
      if (value === undefined || !/^-?\d+$/.test(value)) return false;
      return operator === '<' ? Number(value) < Number(number) : Number(value) > Number(number);
    };
  }
  const exists = existence.exec(part);
  if (exists !== null) {
    const [, not, key = ''] = exists;
    checkKey(key, part);
    return not === '!' ? labels => labels?.[key] === undefined : labels => labels?.[key] !== undefined;
  }
  throw badRequest(`unable to parse requirement: label selector "${part}" is not understood`);
}

/** A label selector in kubectl's notation (`app=web,tier in (a,b),!old`). @throws ApiError 400 */
export function parseLabelSelector(selector: string | undefined): LabelMatcher {
  if (selector === undefined || selector.trim() === '') return () => true;
  const matchers = requirements(selector).map(labelRequirement);
  return labels => matchers.every(matches => matches(labels));
}

/** A `LabelSelector` as objects carry it. Absent selects nothing, empty selects everything. */
export function matchesLabelSelector(
  selector: LabelSelector | undefined,
  labels: Labels | undefined,
): boolean {
  if (selector === undefined) return false;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labels?.[key] !== value) return false;
  }
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels?.[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}

function fieldValue(object: JsonObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split('.')) value = isObject(value) ? value[step] : undefined;
  return value === undefined || value === null ? '' : String(value);
}

const anyKind = ['metadata.name', 'metadata.namespace'];
const involvedObject = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
const byResource: Readonly<Record<string, readonly string[]>> = {
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  '/nodes': ['spec.unschedulable'],
  '/services': ['spec.clusterIP', 'spec.type'],
  '/namespaces': ['status.phase'],
  '/secrets': ['type'],
  '/events': [
    ...involvedObject.map(name => `involvedObject.${name}`),
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
};

/**
 * A field selector (`metadata.name=web,status.phase!=Running`), held to the fields the API server supports for
 * the resource (key `group/plural`) and a custom resource's selectable ones. @throws ApiError 400
 */
export function parseFieldSelector(
  selector: string | undefined,
  resource: string,
  selectable: readonly string[] = [],
): FieldMatcher {
  if (selector === undefined || selector.trim() === '') return () => true;
  const known = [...anyKind, ...(byResource[resource] ?? []), ...selectable];
  const matchers = selector.split(',').map((part): FieldMatcher => {
    const parsed = /^([A-Za-z0-9.]+)(==|=|!=)(.*)$/.exec(part.trim());
    if (parsed === null) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
    const [, path = '', operator, value = ''] = parsed;
    if (!known.includes(path)) throw badRequest(`field label not supported: ${path}`);
    const read = (object: JsonObject): string =>
      // A boolean field that is absent reads as false in the API server's field set.
      fieldValue(object, path) || (/(unschedulable|hostNetwork)$/.test(path) ? 'false' : '');
    return operator === '!=' ? object => read(object) !== value : object => read(object) === value;
  });
  return object => matchers.every(matches => matches(object));
}
