import { configMaps, namespaces } from '../../../helpers/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import type { KubeClient } from './client.ts';

const serviceAccounts: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};

/** What programs in pods read to trust the API server, in every namespace. */
const rootCaName = 'kube-root-ca.crt';

/**
 * Gives every namespace what the controller manager does: the service account `default` and, if there is an
 * authority, its certificate (PEM).
 */
export function fillNamespaces(kube: KubeClient, rootCa: string | undefined): void {
  kube.watch(namespaces, (event, { metadata: { name, deletionTimestamp } }) => {
    if (event === 'DELETED' || deletionTimestamp !== undefined) return;
    const ensure = (type: ResourceType, object: Omit<KubeObject, 'apiVersion' | 'kind'>): void => {
      if (kube.get(type, object.metadata.name, name) !== undefined) return;
      // Gone by the time this is told: no place for contents.
      if (kube.get(namespaces, name)?.metadata.deletionTimestamp !== undefined) return;
      kube.create(type, { apiVersion: type.version, kind: type.kind, ...object });
    };
    if (kube.get(namespaces, name) === undefined) return;
    ensure(serviceAccounts, { metadata: { name: 'default', namespace: name } });
    if (rootCa === undefined) return;
    const data = { 'ca.crt': rootCa };
    const about = {
      'kubernetes.io/description':
        'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints.',
    };
    ensure(configMaps, {
      metadata: { name: rootCaName, namespace: name, annotations: about },
      ...{ data },
    });
  });
}
