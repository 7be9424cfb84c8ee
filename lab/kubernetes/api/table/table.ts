import { type Definition, resourceKey } from '../definitions.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../storage.ts';
import { age } from './age.ts';
import { builtInColumns } from './built-in.ts';
import type { Column } from './column.ts';
import { customColumns } from './custom.ts';

const nameColumn: Column = {
  name: 'Name',
  description: 'Name must be unique within a namespace.',
  cell: object => (object.metadata as { name?: string } | undefined)?.name ?? '',
};

const ageColumn: Column = {
  name: 'Age',
  cell: object => age((object.metadata as { creationTimestamp?: string } | undefined)?.creationTimestamp),
};

function columnsOf(definition: Definition, version: string): readonly Column[] {
  const custom = definition.custom?.get(version);
  if (custom === undefined) {
    return [nameColumn, ...(builtInColumns[resourceKey(definition)] ?? [ageColumn])];
  }
  return [nameColumn, ...(custom.columns.length > 0 ? customColumns(custom.columns) : [ageColumn])];
}

/** A metav1.Table of these objects, with the columns `kubectl get` shows for their kind. */
export function tableOf(
  definition: Definition,
  version: string,
  objects: readonly Stored[],
  includeObject: string,
  metadata: unknown,
): JsonObject {
  const columns = columnsOf(definition, version);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(column => ({
      name: column.name,
      type: column.type ?? 'string',
      format: column === nameColumn ? 'name' : '',
      description: column.description ?? '',
      priority: column.priority ?? 0,
    })),
    rows: objects.map(object => ({
      cells: columns.map(column => column.cell(object) ?? null),
      ...(includeObject === 'None' ? {} : { object: rowObject(object, includeObject) }),
    })),
  };
}

function rowObject(object: Stored, includeObject: string): unknown {
  if (includeObject === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
