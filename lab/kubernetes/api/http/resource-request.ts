import { type Definition, resourceKey } from '../definitions.ts';
import { noSuchResource } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { parseFieldSelector, parseLabelSelector } from '../selectors.ts';
import type { Stored } from '../storage.ts';
import type { Store } from '../store.ts';
import { negotiate } from './negotiate.ts';
import type { View } from './represent.ts';
import type { ResourcePath } from './request.ts';

/** One request for a resource, taken apart. */
export interface ResourceRequest {
  readonly path: ResourcePath;
  readonly query: URLSearchParams;
  readonly definition: Definition;
  readonly view: View;
  readonly selects: (object: Stored) => boolean;
}

/** @throws ApiError 404 when there is no such resource, 400 for a selector that is none */
export function resourceRequest(
  store: Store,
  path: ResourcePath,
  query: URLSearchParams,
  accept: string | undefined,
): ResourceRequest {
  const definition = store.objects.definitions.get(path.group, path.plural);
  if (definition === undefined || !definition.versions.includes(path.version)) throw noSuchResource();
  const columns = definition.custom?.get(path.version)?.selectableFields ?? [];
  const fields = parseFieldSelector(
    query.get('fieldSelector') ?? undefined,
    resourceKey(definition),
    columns,
  );
  const labels = parseLabelSelector(query.get('labelSelector') ?? undefined);
  return {
    path,
    query,
    definition,
    view: {
      definition,
      version: path.version,
      representation: negotiate(accept),
      includeObject: query.get('includeObject') ?? 'Metadata',
    },
    selects: object => labels(object.metadata.labels) && fields(object as unknown as JsonObject),
  };
}
