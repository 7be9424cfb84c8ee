import { expect, test } from '@playwright/test';
import { KubeError } from '../../../helpers/kube/client.ts';
import { explainRefusal, kubeconfigOf } from './clusters.ts';

const refused = (code: number, method: string, path: string, topology: 'bgp' | 'mesh' = 'bgp'): string =>
  explainRefusal(new KubeError(`${method} ${path}: ${code} no`, code), {
    ...{ method, path, cluster: 'west' },
    inventory: { topology, namespace: 'ours' },
  }).message;

test('a refusal says which rule is missing where, and which manifest has all of them', () => {
  expect(refused(403, 'GET', '/apis/cilium.io/v2/ciliumnodes')).toBe(
    [
      'cluster west: GET /apis/cilium.io/v2/ciliumnodes: 403 no',
      '  it takes, in a ClusterRole: apiGroups: ["cilium.io"], resources: ["ciliumnodes"], verbs: ["list"]',
      '  all the rights that suffice are in lab/providers/existing/rbac.yaml: LAB_INVENTORY=… npm run lab -- rbac ours says how to give them',
    ].join('\n'),
  );
  const inNamespace = refused(403, 'GET', '/api/v1/namespaces/kube-system/pods/x/exec?command=a', 'mesh');
  expect(inNamespace).toContain(
    'it takes, in a Role in namespace kube-system: apiGroups: [""], resources: ["pods/exec"], verbs: ["create", "get"]',
  );
  expect(inNamespace).toContain('lab/providers/existing/rbac-mesh.yaml');
});

test('credentials that are not taken are another matter; other answers stay as they are', () => {
  expect(refused(401, 'GET', '/api/v1/nodes')).toContain('its token or certificate may have run out');
  expect(refused(404, 'GET', '/api/v1/nodes/x')).toBe('GET /api/v1/nodes/x: 404 no');
});

test('a kubeconfig that is not there is told with its cluster and its path', () => {
  const cluster = {
    ...{ name: 'west', id: 1, kubeconfig: '/no/such/file', controlPlane: 'n', nodes: ['n'] },
    ...{ serviceCidr: '10.0.0.0/16', release: { name: 'cilium' } },
  };
  expect(() => kubeconfigOf(cluster)).toThrow(
    /^cluster west: the kubeconfig cannot be read: \/no\/such\/file: ENOENT/,
  );
});
