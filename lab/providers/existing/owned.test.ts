import { expect, test } from '@playwright/test';
import { loadBalancerIpPools } from '../../../helpers/cilium/resources.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { configMaps, leases, nodes, pods, secrets, services } from '../../../helpers/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import { ownedLabels } from '../../topologies/manifests.ts';
import { type Ownership, ownedKube } from './owned.ts';

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
    logs: () => Promise.reject(new Error('not here')),
    executor: () => {
      throw new Error('not here');
    },
    close: () => {},
  };
  const onNodeChange = (node: string, fields: readonly string[]): void => {
    changed.push(`${node}: ${fields.join(', ')}`);
  };
  const onMake: Ownership['onMake'] = ({ kind }, { name, namespace }) =>
    void made.push(`${kind} ${name}${namespace === undefined ? '' : ` in ${namespace}`}`);
  const onNeed = (permission: string): void => void needed.push(permission);
  const changed: string[] = [];
  const made: string[] = [];
  const needed: string[] = [];
  const ownership: Ownership = {
    ...{ namespace: 'ours', allow, nodes: ['n1'] },
    ...{ onNodeChange, onMake, onNeed },
  };
  return { did, changed, made, needed, kube: ownedKube(kube, ownership) };
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

test('what is made outside our namespace is told before, for it to be found again', async () => {
  const { made, kube } = cluster({});

  await kube.create(secrets, meta('password', 'kube-system') as never);
  await kube.apply(loadBalancerIpPools, meta('pool') as never);
  await kube.create(services, meta('web', 'default') as never);

  expect(made).toEqual(['Secret password in kube-system', 'CiliumLoadBalancerIPPool pool']);
});

test('Secrets of others are read where that is allowed', async () => {
  const objects = { secrets: [meta('cilium-ca', 'kube-system'), meta('password', 'kube-system', true)] };
  const strict = cluster(objects);

  await expect(strict.kube.get(secrets, 'cilium-ca', 'kube-system')).rejects.toThrow('needs "read-secrets"');
  expect(await strict.kube.get(secrets, 'password', 'kube-system')).toBeDefined();
  const { kube, needed } = cluster(objects, new Set(['read-secrets']));
  expect(await kube.get(secrets, 'cilium-ca', 'kube-system')).toBeDefined();
  expect(needed).toEqual(['read-secrets']);
});

test('default is our namespace also where Cilium has its name in other things', async () => {
  const pool = (namespace: string) => ({
    ...meta('pool', undefined, true),
    spec: {
      serviceSelector: {
        matchLabels: { 'io.kubernetes.service.namespace': namespace },
        matchExpressions: [
          { key: 'io.kubernetes.service.namespace', operator: 'In', values: [namespace, 'x'] },
        ],
      },
    },
  });
  const lease = meta('cilium-l2announce-ours-web', 'kube-system');
  const { did, kube } = cluster({ ciliumloadbalancerippools: [pool('ours')], leases: [lease] });

  await kube.create(loadBalancerIpPools, pool('default') as never);

  expect(did[0]).toContain('"io.kubernetes.service.namespace":"ours"');
  expect(did[0]).toContain('"values":["ours","x"]');
  expect(await kube.get(loadBalancerIpPools, 'pool')).toEqual(pool('default'));
  expect(await kube.get(leases, 'cilium-l2announce-default-web', 'kube-system')).toBeDefined();
});
