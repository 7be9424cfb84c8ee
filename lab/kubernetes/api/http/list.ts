import { resourceKey } from '../definitions.ts';
import { badRequest } from '../errors.ts';
import type { Stored } from '../storage.ts';
import type { Store } from '../store.ts';
import { representList } from './represent.ts';
import type { ResourceRequest } from './resource-request.ts';

/** What a request for a collection is about. */
export function matching(store: Store, { definition, path, selects }: ResourceRequest): Stored[] {
  return store.objects.storage.list(resourceKey(definition), path.namespace).filter(selects);
}

/** A page of a list. The token is the place to go on from; the list is the newest on every page. */
export function list(store: Store, request: ResourceRequest): unknown {
  const { query, view } = request;
  const all = matching(store, request);
  const resourceVersion = String(store.objects.storage.revision);
  const limit = Number(query.get('limit') ?? 0);
  const token = query.get('continue');
  const start =
    token === null || token === '' ? 0 : all.findIndex(object => keyOf(object) > decodeToken(token));
  const from = start < 0 ? all.length : start;
  const page = limit > 0 ? all.slice(from, from + limit) : all.slice(from);
  const remaining = all.length - from - page.length;
  const last = page.at(-1);
  return representList(view, page, {
    resourceVersion,
    ...(remaining > 0 && last !== undefined
      ? { continue: Buffer.from(keyOf(last)).toString('base64url'), remainingItemCount: remaining }
      : {}),
  });
}

const keyOf = ({ metadata }: Stored): string => `${metadata.namespace ?? ''}/${metadata.name}`;

function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.includes('/')) throw badRequest(`continue key is not valid: ${token}`);
  return text;
}
