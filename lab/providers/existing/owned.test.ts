import { expect, test } from '@playwright/test';
import { loadBalancerIpPools } from '../../../helpers/cilium/resources.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { configMaps, nodes, pods, services } from '../../../helpers/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import { ownedLabels } from '../../manifests.ts';
import { ownedKube } from './owned.ts';

const meta = (name: string, namespace?: string, ours = false): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(ours ? { labels: ownedLabels } : {}),
  },
});

/** A cluster with these objects, that remembers what was asked of it beside looking. */
function cluster(
  objects: Record<string, KubeObject[]>,
  allow: Parameters<typeof ownedKube>[1]['allow'] = new Set(),
) {
  const did: string[] = [];
  const note =
    (verb: string) =>
    (type: ResourceType, name: unknown, rest?: unknown, body?: object): Promise<never> => {
      const namespace = rest as string | undefined;
      const object = typeof name === 'object' ? (name as KubeObject) : undefined;
      const where =
        object === undefined
          ? `${namespace}/${name as string}`
          : `${object.metadata.namespace}/${object.metadata.name}`;
      const what = object ?? body;
      did.push(`${verb} ${type.plural} ${where}${what === undefined ? '' : ` ${JSON.stringify(what)}`}`);
      return Promise.resolve((object ?? meta(String(name), namespace)) as never);
    };
  const find = (type: ResourceType, name: string, namespace?: string): KubeObject | undefined =>
    objects[type.plural]?.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  const kube: KubeApi = {
    get: async (type, name, namespace) => find(type, name, namespace) as never,
    list: async (type, { namespace } = {}) =>
      (objects[type.plural] ?? []).filter(
        o => namespace === undefined || o.metadata.namespace === namespace,
      ) as never,
    create: note('create'),
    apply: note('apply'),
    applyServerSide: note('apply'),
    patch: note('patch'),
    patchStatus: note('patch status'),
    delete: note('delete') as KubeApi['delete'],
    watchUntil: () => Promise.reject(new Error('not here')),
    scale: async (type, name, namespace) => void did.push(`scale ${type.plural} ${namespace}/${name}`),
    evict: async (pod, namespace) => void did.push(`evict ${namespace}/${pod}`),
    exec: async (pod, namespace) => {
      did.push(`exec ${namespace}/${pod}`);
      return { code: 0, stdout: '', stderr: '' };
    },
    executor: () => {
      throw new Error('not here');
    },
    close: () => {},
  };
  const onNodeChange = (node: string, fields: readonly string[]): void => {
    changed.push(`${node}: ${fields.join(', ')}`);
  };
  const changed: string[] = [];
  return { did, changed, kube: ownedKube(kube, { namespace: 'ours', allow, nodes: ['n1'], onNodeChange }) };
}

test('objects of ours go into our namespace, with our label', async () => {
  const { did, kube } = cluster({});

  const made = await kube.create(services, meta('web', 'default') as never);
  await kube.patch(services, 'web', 'default', { spec: {} });
  await kube.delete(services, 'web', 'default');
  await kube.exec('web', 'default', 'c', []);
  await kube.exec('agent', 'kube-system', 'c', []);

  expect(made.metadata.namespace).toBe('default');
  expect(did).toEqual([
    `create services ours/web {"apiVersion":"v1","kind":"Thing","metadata":{"name":"web","namespace":"ours","labels":${JSON.stringify(ownedLabels)}}}`,
    'patch services ours/web {"spec":{}}',
    'delete services ours/web',
    'exec ours/web',
    'exec kube-system/agent',
  ]);
});

test('what others have is neither changed nor deleted, in default or elsewhere', async () => {
  const { did, kube } = cluster({
    services: [meta('web', 'default'), meta('dns', 'kube-system')],
    ciliumloadbalancerippools: [meta('pool')],
  });

  for (const attempt of [
    kube.patch(services, 'dns', 'kube-system', {}),
    kube.delete(services, 'dns', 'kube-system'),
    kube.patchStatus(services, 'dns', 'kube-system', {}),
    kube.scale(services, 'dns', 'kube-system', 0),
    kube.apply(loadBalancerIpPools, meta('pool') as never),
    kube.applyServerSide(loadBalancerIpPools, meta('pool') as never),
    kube.delete(loadBalancerIpPools, 'pool'),
    kube.delete(pods, 'cilium-x', 'kube-system'),
  ]) {
    await expect(attempt).rejects.toThrow(/^refused: /);
  }
  await kube.evict('dns', 'kube-system');
  await kube.delete(services, 'web', 'default');
  expect(did, 'in default claims mean our namespace').toEqual(['delete services ours/web']);
});

test("ours at the cluster's own level are told by their label", async () => {
  const { did, kube } = cluster({ ciliumloadbalancerippools: [meta('pool', undefined, true)] });

  await kube.delete(loadBalancerIpPools, 'pool');
  await kube.delete(loadBalancerIpPools, 'gone');

  expect(did).toHaveLength(2);
});

test("a list of everything keeps ours and others' default apart", async () => {
  const { kube } = cluster({
    configmaps: [meta('a', 'ours'), meta('b', 'default'), meta('c', 'kube-system')],
  });

  expect((await kube.list(configMaps)).map(({ metadata }) => metadata.namespace)).toEqual([
    'default',
    'default (not ours)',
    'kube-system',
  ]);
  expect(
    (await kube.list(configMaps, { namespace: 'default' })).map(({ metadata }) => metadata.name),
  ).toEqual(['a']);
});

test('nodes: only those of the inventory, only what is allowed, nothing but labels and cordons', async () => {
  const label = { metadata: { labels: { 'enable-bgp': 'true' } } };
  const strict = cluster({ nodes: [meta('n1'), meta('n2')] });
  await expect(strict.kube.patch(nodes, 'n1', undefined, label)).rejects.toThrow('needs "label-nodes"');
  await expect(strict.kube.patch(nodes, 'n1', undefined, { spec: { unschedulable: true } })).rejects.toThrow(
    'needs "drain-nodes"',
  );

  const { did, changed, kube } = cluster({ nodes: [meta('n1'), meta('n2')] }, new Set(['label-nodes']));
  await expect(kube.patch(nodes, 'n2', undefined, label)).rejects.toThrow(
    'which the inventory does not name',
  );
  await expect(kube.patch(nodes, 'n1', undefined, { spec: { taints: [] } })).rejects.toThrow(/^refused/);
  await kube.patch(nodes, 'n1', undefined, { ...label, spec: { unschedulable: null } });
  expect(did, 'it is not cordoned: nothing to take back').toEqual([
    `patch nodes undefined/n1 ${JSON.stringify(label)}`,
  ]);
  expect(changed, 'what a restoration has to take back').toEqual(['n1: label enable-bgp']);
});

test('a node its owner cordoned stays so', async () => {
  const cordoned = { ...meta('n1'), spec: { unschedulable: true } };
  const { kube } = cluster({ nodes: [cordoned] }, new Set(['label-nodes']));

  await expect(kube.patch(nodes, 'n1', undefined, { spec: { unschedulable: null } })).rejects.toThrow(
    'uncordoning node n1 needs "drain-nodes"',
  );
});
