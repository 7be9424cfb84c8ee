import type { Secret, Service } from '../../../helpers/kube/resources.ts';
import type { KeyPair } from './certificates.ts';

/** The mesh's objects in the API, under the names that Cilium's chart gives them, whatever serves them. */

export const meshNamespace = 'kube-system';
export const apiName = 'clustermesh-apiserver';
export const apiLabels = { 'k8s-app': apiName } as const;

/** The name under which a cluster's mesh API is known, and its certificate is made out. */
export const serverName = (cluster: string): string => `${cluster}.mesh.cilium.io`;

/** (templates/clustermesh-apiserver/tls-helm/server-secret.yaml) */
export const serverNames = [
  ...[`${apiName}.cilium.io`, '*.mesh.cilium.io', `${apiName}.${meshNamespace}.svc`].map(
    name => `DNS:${name}`,
  ),
  'IP:127.0.0.1',
  'IP:0.0.0.0',
];

export function secret(name: string, type: string, data: Readonly<Record<string, string>>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: meshNamespace },
    type,
    data: Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
  };
}

export const tlsSecret = (name: string, ca: string, { cert, key }: KeyPair): Secret =>
  secret(name, 'kubernetes.io/tls', { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key });

/**
 * How to reach an etcd, in its client's own format.
 * @param pair `common`: the remote clusters' certificate; `local`: the one for the cluster's own etcd
 */
export const etcdClientConfig = (endpoint: string, pair: 'common' | 'local'): string =>
  [
    'endpoints:',
    `- ${endpoint}`,
    `trusted-ca-file: /var/lib/cilium/clustermesh/${pair}-etcd-client-ca.crt`,
    `key-file: /var/lib/cilium/clustermesh/${pair}-etcd-client.key`,
    `cert-file: /var/lib/cilium/clustermesh/${pair}-etcd-client.crt`,
    '',
  ].join('\n');

/** How the agents reach another cluster: a file of etcd's client configuration for each. */
export const clustersSecret = (others: readonly string[], nodePort: number): Secret =>
  secret(
    'cilium-clustermesh',
    'Opaque',
    Object.fromEntries(
      others.map(name => [name, etcdClientConfig(`https://${serverName(name)}:${nodePort}`, 'common')]),
    ),
  );

export function apiService(nodePort: number): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: apiName, namespace: meshNamespace, labels: { ...apiLabels } },
    spec: {
      type: 'NodePort',
      selector: { ...apiLabels },
      ports: [{ protocol: 'TCP', port: 2379, targetPort: 2379, nodePort }],
    },
  };
}
