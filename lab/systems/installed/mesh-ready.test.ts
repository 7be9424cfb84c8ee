import { expect, test } from '@playwright/test';
import { adoptable, readyClusters } from './mesh-ready.ts';

test('clusters that an agent has ready', () => {
  // `cilium-dbg status -o json`, shortened (api/v1/models: StatusResponse, ClusterMeshStatus, RemoteCluster).
  const status = (ready: boolean) =>
    JSON.stringify({
      cilium: { state: 'Ok' },
      'cluster-mesh': {
        clusters: [
          {
            name: 'east',
            connected: true,
            ready,
            'num-nodes': 2,
            config: { required: true, retrieved: true },
          },
        ],
        'num-global-services': 0,
      },
    });
  expect(readyClusters(status(true))).toEqual(['east']);
  expect(readyClusters(status(false))).toEqual([]);
  expect(readyClusters('{"cilium":{"state":"Ok"}}')).toEqual([]);
});

test("a certificate authority becomes helm's own, without what the first cluster knows it by", () => {
  const found = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'cilium-ca', namespace: 'kube-system', uid: 'a-uid', resourceVersion: '7' },
    type: 'Opaque',
    data: { 'ca.crt': 'Y2VydA==', 'ca.key': 'a2V5' },
  };
  expect(adoptable(found)).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'cilium-ca',
      namespace: 'kube-system',
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: {
        'meta.helm.sh/release-name': 'cilium',
        'meta.helm.sh/release-namespace': 'kube-system',
      },
    },
    type: 'Opaque',
    data: { 'ca.crt': 'Y2VydA==', 'ca.key': 'a2V5' },
  });
});
