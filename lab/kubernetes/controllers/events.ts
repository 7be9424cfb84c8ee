import { createHash } from 'node:crypto';
import { events } from '../../../helpers/kube/resources.ts';
import type { KubeObject } from '../../../helpers/kube/types.ts';
import type { KubeClient } from '../api/client.ts';
import { timestamp } from './objects.ts';

export interface EventSource {
  readonly component: string;
  readonly host?: string;
}

/** Says about an object what `kubectl describe` shows. The same thing said again counts up. */
export function recordEvent(
  kube: KubeClient,
  about: KubeObject,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  source: EventSource,
): void {
  const { name, uid } = about.metadata;
  const namespace = about.metadata.namespace ?? 'default';
  const now = timestamp();
  // Named by what it says, so that its repetition is found without a search.
  const digest = createHash('sha256').update([uid, type, reason, message].join('\0')).digest('hex');
  const eventName = `${name}.${digest.slice(0, 16)}`;
  const repeated = kube.update(events, eventName, namespace, draft => {
    draft.count = (draft.count ?? 1) + 1;
    draft.lastTimestamp = now;
  });
  if (repeated !== undefined) return;
  kube.create(events, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName, namespace },
    involvedObject: {
      kind: about.kind,
      name,
      namespace,
      ...(uid === undefined ? {} : { uid }),
    },
    reason,
    message,
    type,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { ...source },
  });
}
