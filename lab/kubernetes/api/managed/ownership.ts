import { type Definition, groupVersion, type Subresource } from '../definitions.ts';
import { badRequest, field, invalid } from '../errors.ts';
import type { Incoming } from '../incoming.ts';
import { clone, isObject, type JsonObject } from '../json.ts';
import type { Stored } from '../storage.ts';
import { difference, type FieldSet, isEmpty, union } from './field-set.ts';
import { afterApply, afterUpdate, decodeManagers, encodeManagers, type Writer } from './managers.ts';
import { type Shape, shapeOf } from './shape.ts';
import { compare, fieldsOf } from './walk.ts';

/** Server-side apply and the ledger it keeps: who set which field of an object. */

export interface WriterOptions {
  /** Whom the ledger names. The lab's controllers are the controller manager. */
  readonly manager?: string;
  readonly subresource?: Subresource;
}

function writerOf(
  definition: Definition,
  version: string,
  { manager = 'kube-controller-manager', subresource }: WriterOptions,
  operation: Writer['operation'],
  time: string,
): Writer {
  return { manager, operation, apiVersion: groupVersion(definition.group, version), subresource, time };
}

/** The entries of `managedFields` after a create, an update or a patch, from those in `next`. */
export function trackUpdate(
  definition: Definition,
  version: string,
  old: Stored | undefined,
  next: JsonObject & { readonly metadata: { readonly managedFields?: unknown[] } },
  options: WriterOptions,
  time: string,
): JsonObject[] {
  const writer = writerOf(definition, version, options, 'Update', time);
  const managers = decodeManagers(next.metadata.managedFields);
  return encodeManagers(afterUpdate(managers, old, next, shapeOf(definition, version), writer));
}

export interface ApplyOptions extends WriterOptions {
  readonly manager: string;
  readonly force: boolean;
}

/**
 * The object a configuration asks for, `managedFields` included.
 * @param live as it is in this version; undefined when there is none
 * @throws ApiError 400, 409 for fields that other managers have
 */
export function applied(
  definition: Definition,
  version: string,
  live: Stored | undefined,
  received: Incoming,
  options: ApplyOptions,
  time: string,
): JsonObject {
  if (received.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  const config = configuration(definition, received, options.subresource);
  const shape = shapeOf(definition, version);
  const writer = writerOf(definition, version, options, 'Apply', time);
  const { object, managers } = afterApply(
    decodeManagers(live?.metadata.managedFields),
    live ?? {},
    config,
    shape,
    writer,
    conflicts => options.force || (options.manager === 'kubectl' && isLastApplied(live, conflicts, shape)),
  );
  const metadata = isObject(object.metadata) ? object.metadata : {};
  return { ...object, metadata: { ...metadata, managedFields: encodeManagers(managers) } };
}

/** What of a configuration counts here: a resource's status is applied through its subresource, and nothing else there. */
function configuration(
  { subresources, custom }: Definition,
  received: Incoming,
  subresource: Subresource | undefined,
): JsonObject {
  const { apiVersion, kind, metadata, status, ...rest } = received;
  const ownStatus = status === undefined ? {} : { status };
  const whole: JsonObject =
    subresource === 'status'
      ? { apiVersion, kind, metadata: { name: metadata.name }, ...ownStatus }
      : { apiVersion, kind, metadata, ...rest, ...(subresources.includes('status') ? {} : ownStatus) };
  // In custom resources a null may be a value.
  return clone(custom === undefined ? withoutNulls(whole) : whole);
}

function withoutNulls(object: JsonObject): JsonObject {
  const members = Object.entries(object).filter(([, member]) => member !== null);
  return Object.fromEntries(
    members.map(([name, member]) => [name, isObject(member) ? withoutNulls(member) : member]),
  );
}

/**
 * Someone who goes from `kubectl apply` to `kubectl apply --server-side` has set these fields himself, as his last
 * client-side apply shows: no conflict (apimachinery, managedfields/internal/lastappliedmanager.go).
 */
function isLastApplied(live: Stored | undefined, conflicts: FieldSet, shape: Shape): boolean {
  const annotation = live?.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'];
  if (annotation === undefined) return false;
  let last: unknown;
  try {
    last = JSON.parse(annotation);
  } catch {
    return false;
  }
  if (!isObject(last)) return false;
  const { modified, removed } = compare(last, live, shape);
  return isEmpty(difference(conflicts, difference(fieldsOf(last, shape), union(modified, removed))));
}

/** @throws ApiError 422: whoever applies says who it is */
export function requireManager(manager: string | null): string {
  if (manager !== null && manager !== '') return manager;
  throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
    field.required('fieldManager', 'is required for apply patch'),
  ]);
}
