import { nodes, pods } from '../../../../helpers/kube/resources.ts';
import { apiVersionOf, type KubeObject } from '../../../../helpers/kube/types.ts';
import type { DeleteOptions } from '../deletion.ts';
import { badRequest, noSuchResource } from '../errors.ts';
import type { Store } from '../store.ts';
import { type Reply, success } from './reply.ts';

/** What a scheduler does. @throws ApiError 400 */
export function bind(store: Store, binding: KubeObject, name: string, namespace: string | undefined): Reply {
  const target = (binding as KubeObject & { target?: { name?: string } }).target?.name;
  if (target === undefined || store.get(nodes, target) === undefined) {
    throw badRequest(`a binding needs a target that is a node, not ${target}`);
  }
  store.update(pods, name, namespace, pod => {
    pod.spec.nodeName = target;
  });
  return { code: 201, body: success() };
}

/** Evictions are deletions that disruption budgets may refuse; this lab has no budgets to ask. */
export function evict(
  store: Store,
  eviction: KubeObject,
  name: string,
  namespace: string | undefined,
): Reply {
  const definition = store.objects.definitions.get('', 'pods');
  if (definition === undefined) throw noSuchResource();
  const { deleteOptions: options } = eviction as KubeObject & { deleteOptions?: DeleteOptions };
  store.deletion.delete(definition, namespace, name, options ?? {});
  return { code: 201, body: { ...success(), apiVersion: apiVersionOf(pods) } };
}
