import { type Definition, groupVersion } from '../definitions.ts';
import type { JsonObject } from '../json.ts';
import { inVersion } from '../objects.ts';
import type { Stored } from '../storage.ts';
import { tableOf } from '../table/table.ts';
import type { Representation } from './negotiate.ts';

export interface View {
  readonly definition: Definition;
  readonly version: string;
  readonly representation: Representation;
  /** What each row of a table carries of its object: kubectl asks for `Object` or `Metadata`. */
  readonly includeObject: string;
}

function metadataOnly(object: Stored): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** One object in the form the client asked for. */
export function representObject(view: View, object: Stored): unknown {
  const versioned = inVersion(view.definition, object, view.version);
  if (view.representation === 'metadata') return metadataOnly(versioned);
  if (view.representation === 'object') return versioned;
  return tableOf(view.definition, view.version, [versioned], view.includeObject, {
    resourceVersion: object.metadata.resourceVersion,
  });
}

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function representList(view: View, objects: readonly Stored[], metadata: ListMeta): unknown {
  const items = objects.map(object => inVersion(view.definition, object, view.version));
  switch (view.representation) {
    case 'table':
      return tableOf(view.definition, view.version, items, view.includeObject, metadata);
    case 'metadata':
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: items.map(metadataOnly),
      };
    default:
      return {
        kind: view.definition.listKind,
        apiVersion: groupVersion(view.definition.group, view.version),
        metadata,
        items,
      };
  }
}
