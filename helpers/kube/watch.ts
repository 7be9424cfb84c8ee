import https from 'node:https';
import { linesOf } from '../lines.ts';
import type { KubeObject } from './types.ts';

export interface WatchEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** The events of a watch, until the server ends it or the signal does. @throws Error when the server does not begin it */
export async function* watchEvents<T extends KubeObject>(
  url: URL,
  options: https.RequestOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const response = await new Promise<AsyncIterable<Buffer> & { statusCode?: number | undefined }>(
    (resolve, reject) => {
      https.get(url, { ...options, signal }, resolve).on('error', reject);
    },
  );
  if (response.statusCode !== 200) throw new Error(`GET ${url.pathname} (watch): ${response.statusCode}`);
  for await (const line of linesOf(response)) yield JSON.parse(line) as WatchEvent<T>;
}
