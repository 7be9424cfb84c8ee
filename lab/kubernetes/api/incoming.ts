import type { ObjectMeta } from '../../../helpers/kube/types.ts';
import { type Definition, groupVersion } from './definitions.ts';
import { badRequest } from './errors.ts';
import { clone, isObject, type JsonObject } from './json.ts';

/** An object as a client sends it: of the right kind, with metadata of which nothing need be there. */
export interface Incoming {
  apiVersion: string;
  kind: string;
  metadata: Partial<ObjectMeta>;
  [member: string]: unknown;
}

const leftOutWhenEmpty = ['labels', 'annotations', 'ownerReferences', 'finalizers'];

/** A private copy. @throws ApiError 400 when it is another kind's */
export function receive(definition: Definition, version: string, given: object): Incoming {
  const object: JsonObject = clone({ ...given });
  const expected = groupVersion(definition.group, version);
  object.apiVersion ||= expected;
  object.kind ||= definition.kind;
  if (object.apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(object.apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  if (object.kind !== definition.kind) {
    throw badRequest(
      `the kind in the data (${String(object.kind)}) does not match the expected kind (${definition.kind})`,
    );
  }
  const metadata = isObject(object.metadata) ? object.metadata : {};
  object.metadata = metadata;
  for (const member of leftOutWhenEmpty) {
    const value = metadata[member];
    const empty = Array.isArray(value)
      ? value.length === 0
      : isObject(value) && Object.keys(value).length === 0;
    if (value === null || empty) delete metadata[member];
  }
  if (metadata.managedFields === null) delete metadata.managedFields;
  if (metadata.creationTimestamp === null) delete metadata.creationTimestamp;
  delete metadata.selfLink;
  return object as Incoming;
}
