import { events } from '../../../../helpers/kube/resources.ts';
import type { KubeObject } from '../../../../helpers/kube/types.ts';
import type { KubeClient } from '../kube/client.ts';
import { randomSuffix, timestamp } from './objects.ts';

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
  const same = kube
    .list(events, { namespace })
    .find(event => event.involvedObject.uid === uid && event.reason === reason && event.message === message);
  if (same !== undefined) {
    kube.update(events, same.metadata.name, namespace, draft => {
      draft.count = (draft.count ?? 1) + 1;
      draft.lastTimestamp = now;
    });
    return;
  }
  kube.create(events, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${Date.now().toString(16)}${randomSuffix()}`, namespace },
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
