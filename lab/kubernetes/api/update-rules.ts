import type { KubeObject } from '../../../helpers/kube/types.ts';
import type { Definition, Subresource } from './definitions.ts';
import type { Incoming } from './incoming.ts';
import { clone, type JsonObject } from './json.ts';
import type { Stored } from './storage.ts';

/** An object on its way to the store. */
export type Draft = KubeObject & JsonObject;

export interface UpdateScope {
  readonly subresource?: Subresource;
  /** Written by one of the lab's controllers. */
  readonly local?: boolean;
}

/** The object that an update asks for: what it may change is the writer's, the rest as it was. */
export function updated(definition: Definition, object: Incoming, old: Stored, options: UpdateScope): Draft {
  const next: Draft = { ...object, metadata: { ...object.metadata, name: old.metadata.name } };
  if (options.subresource === 'status') {
    const base = clone(old) as Draft;
    // The kubelet sets labels and annotations of nodes and pods together with their status.
    if (definition.group === '' && !options.local) {
      for (const member of ['labels', 'annotations'] as const) {
        const value = object.metadata[member];
        if (value === undefined) delete base.metadata[member];
        else base.metadata[member] = value;
      }
    }
    if (next.status === undefined) delete base.status;
    else base.status = next.status;
    if (object.metadata.managedFields !== undefined) {
      base.metadata.managedFields = object.metadata.managedFields;
    }
    return base;
  }
  if (definition.subresources.includes('status')) {
    if (old.status === undefined) delete next.status;
    else next.status = clone(old.status);
  }
  const { metadata } = next;
  const before = old.metadata;
  if (before.namespace !== undefined) metadata.namespace = before.namespace;
  if (before.generateName !== undefined) metadata.generateName ??= before.generateName;
  for (const member of ['uid', 'creationTimestamp', 'deletionTimestamp'] as const) {
    const value = before[member];
    if (value === undefined) delete metadata[member];
    else metadata[member] = value;
  }
  for (const member of ['generation', 'deletionGracePeriodSeconds'] as const) {
    const value = before[member];
    if (value === undefined) delete metadata[member];
    else metadata[member] = value;
  }
  metadata.resourceVersion = before.resourceVersion ?? '';
  if (before.managedFields !== undefined) metadata.managedFields ??= clone(before.managedFields);
  return next;
}
