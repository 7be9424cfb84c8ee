import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import type { KubeClient } from '../../kubernetes/api/client.ts';

/** Makes an object what it has to be, or has it not be there. */
export function put<T extends KubeObject & { data?: unknown; spec?: unknown }>(
  kube: KubeClient,
  type: ResourceType<T>,
  wanted: T,
  isWanted = true,
): void {
  const { name, namespace } = wanted.metadata;
  if (!isWanted) {
    kube.delete(type, name, namespace);
    return;
  }
  const updated = kube.update(type, name, namespace, draft => {
    const { metadata: _, ...content } = structuredClone(wanted);
    // A service keeps the address it has.
    if (type.plural !== 'services') Object.assign(draft, content);
  });
  if (updated === undefined) kube.create(type, wanted);
}
