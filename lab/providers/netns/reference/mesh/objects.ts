import type { ConfigMap, Deployment, Secret, Service } from '../../../../../helpers/kube/resources.ts';
import type { ClusterSpec } from '../../../../topology.ts';
import type { KeyPair } from './certificates.ts';

/** The mesh's objects in the API, under the names that Cilium's chart gives them. */

const namespace = 'kube-system';
const apiLabels = { 'k8s-app': 'clustermesh-apiserver' };
export const apiName = 'clustermesh-apiserver';

/** The name under which a cluster's mesh API is known, and its certificate is made out. */
export const serverName = (cluster: string): string => `${cluster}.mesh.cilium.io`;

export const serverNames = [
  ...['clustermesh-apiserver.cilium.io', '*.mesh.cilium.io', 'clustermesh-apiserver.kube-system.svc'].map(
    name => `DNS:${name}`,
  ),
  'IP:127.0.0.1',
  'IP:0.0.0.0',
];

export function secret(name: string, type: string, data: Readonly<Record<string, string>>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type,
    data: Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
  };
}

export const tlsSecret = (name: string, ca: string, { cert, key }: KeyPair): Secret =>
  secret(name, 'kubernetes.io/tls', { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key });

/** How the agents reach another cluster: a file of etcd's client configuration for each. */
export function clustersSecret(others: readonly string[], nodePort: number): Secret {
  const config = (name: string): string =>
    [
      'endpoints:',
      `- https://${serverName(name)}:${nodePort}`,
      'trusted-ca-file: /var/lib/cilium/clustermesh/common-etcd-client-ca.crt',
      'key-file: /var/lib/cilium/clustermesh/common-etcd-client.key',
      'cert-file: /var/lib/cilium/clustermesh/common-etcd-client.crt',
      '',
    ].join('\n');
  return secret('cilium-clustermesh', 'Opaque', Object.fromEntries(others.map(name => [name, config(name)])));
}

export function configMap(cluster: ClusterSpec, id: number): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cilium-config', namespace },
    data: {
      'cluster-id': String(id),
      'cluster-name': cluster.name,
      'ipv4-native-routing-cidr': String(cluster.values?.ipv4NativeRoutingCIDR ?? cluster.podCidr),
      'routing-mode': 'native',
    },
  };
}

export function apiService(nodePort: number): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: apiName, namespace, labels: { ...apiLabels } },
    spec: {
      type: 'NodePort',
      selector: { ...apiLabels },
      ports: [{ protocol: 'TCP', port: 2379, targetPort: 2379, nodePort }],
    },
  };
}

/** @param command etcd's own */
export function apiDeployment(command: readonly string[]): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: apiName, namespace, labels: { ...apiLabels } },
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
