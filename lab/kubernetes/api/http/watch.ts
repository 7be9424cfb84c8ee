import type { ServerResponse } from 'node:http';
import { resourceKey } from '../definitions.ts';
import { ApiError, expired } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Change, Storage, Stored } from '../storage.ts';
import { representObject, type View } from './represent.ts';

export interface WatchRequest {
  readonly view: View;
  readonly namespace: string | undefined;
  readonly selects: (object: Stored) => boolean;
  /** Empty or `0`: begin with what there is. */
  readonly resourceVersion: string;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

const bookmarkInterval = 60_000;

/** Streams changes as lines of JSON until the client goes, `timeoutSeconds` pass or `signal` is raised. */
export function serveWatch(
  storage: Storage,
  response: ServerResponse,
  request: WatchRequest,
  signal: AbortSignal,
): void {
  const { view } = request;
  const resource = resourceKey(view.definition);
  let sent = 0;
  response.statusCode = 200;
  response.setHeader('Content-Type', 'application/json');
  response.flushHeaders();

  const write = (type: string, object: unknown): void => {
    // The columns of a table are told once.
    const body =
      view.representation === 'table' && sent > 0
        ? { ...(object as JsonObject), columnDefinitions: null }
        : object;
    if (isObject(body) && body.kind === 'Table') sent++;
    response.write(`${JSON.stringify({ type, object: body })}\n`);
  };
  const wanted = (object: Stored | undefined): boolean =>
    object !== undefined &&
    (request.namespace === undefined || object.metadata.namespace === request.namespace) &&
    request.selects(object);
  const bookmark = (): void => {
    const { definition, version } = view;
    const object = {
      apiVersion: '',
      kind: definition.kind,
      metadata: {
        name: '',
        resourceVersion: String(storage.revision),
        creationTimestamp: null,
      },
    } as unknown as Stored;
    const apiVersion = definition.group === '' ? version : `${definition.group}/${version}`;
    write('BOOKMARK', representObject(view, { ...object, apiVersion }));
  };
  const pass = (change: Change): void => {
    if (change.resource !== resource) return;
    const before = wanted(change.previous);
    const after = change.type !== 'DELETED' && wanted(change.object);
    if (after) write(before ? 'MODIFIED' : 'ADDED', representObject(view, change.object));
    else if (before) {
      // An object that left the selection is shown as it was last, under the revision of its leaving.
      const { resourceVersion } = change.object.metadata;
      const last = change.type === 'DELETED' ? change.object : change.previous;
      if (last === undefined) return;
      const left = { ...last, metadata: { ...last.metadata, resourceVersion } } as Stored;
      write('DELETED', representObject(view, left));
    }
  };

  try {
    const from = request.resourceVersion;
    if (from === '' || from === '0') {
      for (const object of storage.list(resource, request.namespace)) {
        if (wanted(object)) write('ADDED', representObject(view, object));
      }
    } else {
      const revision = Number(from);
      // A number from before this server's start is nothing it could go on from.
      if (revision > storage.revision) throw expired(`too large resource version: ${from}`);
      for (const change of storage.since(revision)) pass(change);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    write('ERROR', error.toStatus());
    response.end();
    return;
  }

  const stopFollowing = storage.follow(pass);
  const ticking = request.bookmarks ? setInterval(bookmark, bookmarkInterval) : undefined;
  const end = (): void => {
    release();
    // A bookmark at the end lets a client resume where a quiet watch has got to.
    if (request.bookmarks && response.writable) bookmark();
    response.end();
  };
  const timer =
    request.timeoutSeconds === undefined ? undefined : setTimeout(end, request.timeoutSeconds * 1000);
  const release = (): void => {
    stopFollowing();
    clearInterval(ticking);
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  };
  signal.addEventListener('abort', end, { once: true });
  response.once('close', release);
}
