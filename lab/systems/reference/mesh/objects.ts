import type { ConfigMap, Deployment } from '../../../../helpers/kube/resources.ts';
import type { ClusterSpec } from '../../../contract/topology.ts';
import { apiLabels, apiName, meshNamespace } from '../../mesh/objects.ts';

export function configMap(cluster: ClusterSpec, id: number): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cilium-config', namespace: meshNamespace },
    data: {
      'cluster-id': String(id),
      'cluster-name': cluster.name,
      'ipv4-native-routing-cidr': String(cluster.values?.ipv4NativeRoutingCIDR ?? cluster.podCidr),
      'routing-mode': 'native',
    },
  };
}

/** @param command etcd's own */
export function apiDeployment(command: readonly string[]): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: apiName, namespace: meshNamespace, labels: { ...apiLabels } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { ...apiLabels } },
      template: {
        metadata: { labels: { ...apiLabels } },
        spec: {
          containers: [
            {
              name: 'etcd',
              image: 'reference-etcd',
              command: [...command],
              ports: [{ containerPort: 2379 }],
            },
          ],
          terminationGracePeriodSeconds: 0,
        },
      },
    },
  };
}
