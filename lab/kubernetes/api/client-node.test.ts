import {
  ApiextensionsV1Api,
  AppsV1Api,
  CustomObjectsApi,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node';
import { expect } from '@playwright/test';
import { configMap, namespace, patchAs, refusal, test } from './client-node-fixtures.ts';
import { widgetDefinition } from './widget.sample.ts';

test('create, read, replace, list and delete', async ({ core }) => {
  await core.createNamespacedConfigMap({ namespace, body: configMap('a', { one: '1' }) });
  const read = await core.readNamespacedConfigMap({ name: 'a', namespace });
  expect(read.data).toEqual({ one: '1' });
  const body = { ...read, data: { one: '2' } };
  const replaced = await core.replaceNamespacedConfigMap({ name: 'a', namespace, body });
  expect(Number(replaced.metadata?.resourceVersion)).toBeGreaterThan(Number(read.metadata?.resourceVersion));
  await core.deleteNamespacedConfigMap({ name: 'a', namespace });
  const { items } = await core.listNamespacedConfigMap({ namespace });
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(['kube-root-ca.crt']);
});

test('a write on an old resourceVersion is a conflict: 409', async ({ core }) => {
  const old = await core.createNamespacedConfigMap({ namespace, body: configMap('a', { one: '1' }) });
  await core.replaceNamespacedConfigMap({ name: 'a', namespace, body: { ...old, data: { one: '2' } } });
  const late = core.replaceNamespacedConfigMap({
    name: 'a',
    namespace,
    body: { ...old, data: { one: '3' } },
  });
  expect(await refusal(late)).toMatchObject({
    code: 409,
    status: {
      reason: 'Conflict',
      message: expect.stringContaining('the object has been modified; please apply your changes'),
    },
  });
  const again = core.createNamespacedConfigMap({ namespace, body: configMap('a') });
  expect(await refusal(again)).toMatchObject({ code: 409, status: { reason: 'AlreadyExists' } });
});

test('what is not there is 404, by name and kind', async ({ core }) => {
  expect(await refusal(core.readNamespacedService({ name: 'web', namespace }))).toMatchObject({
    code: 404,
    status: {
      reason: 'NotFound',
      message: 'services "web" not found',
      details: { name: 'web', kind: 'services' },
    },
  });
});

test('an invalid object is 422, with the path of the field', async ({ core, config }) => {
  const port = { port: 0 };
  const body = { metadata: { name: 'web' }, spec: { ports: [{ name: 'a', port: 80 }, port] } };
  expect(await refusal(core.createNamespacedService({ namespace, body }))).toMatchObject({
    code: 422,
    status: {
      reason: 'Invalid',
      details: { causes: [{ field: 'spec.ports[1].name' }, { field: 'spec.ports[1].port' }] },
    },
  });
  await config.makeApiClient(ApiextensionsV1Api).createCustomResourceDefinition({ body: widgetDefinition });
  const widget = {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w' },
    spec: { size: 10, parts: [{ name: 'longer than eight' }] },
  };
  const custom = config.makeApiClient(CustomObjectsApi);
  const kind = { group: 'example.com', version: 'v1', plural: 'widgets', namespace };
  const { code, status } = await refusal(custom.createNamespacedCustomObject({ ...kind, body: widget }));
  const fields = status.details?.causes?.map(({ field }) => field ?? '');
  expect([code, fields?.sort((a, b) => a.localeCompare(b))]).toEqual([
    422,
    ['spec.parts[0].name', 'spec.size'],
  ]);
});

test('the three patch types, and server-side apply', async ({ core, config }) => {
  const ports = [{ name: 'http', port: 80 }];
  await core.createNamespacedService({ namespace, body: { metadata: { name: 'web' }, spec: { ports } } });
  const where = { name: 'web', namespace };
  const added = { spec: { ports: [{ name: 'tls', port: 443 }] } };
  const strategic = await core.patchNamespacedService(
    { ...where, body: added },
    patchAs(PatchStrategy.StrategicMergePatch),
  );
  const numbers = (list: readonly { port: number }[] = []) =>
    list.map(({ port }) => port).sort((a, b) => a - b);
  expect(numbers(strategic.spec?.ports)).toEqual([80, 443]);
  const merged = await core.patchNamespacedService(
    { ...where, body: added },
    patchAs(PatchStrategy.MergePatch),
  );
  expect(numbers(merged.spec?.ports)).toEqual([443]);
  const json = await core.patchNamespacedService(
    { ...where, body: [{ op: 'replace', path: '/spec/ports/0/port', value: 8443 }] },
    patchAs(PatchStrategy.JsonPatch),
  );
  expect(numbers(json.spec?.ports)).toEqual([8443]);
  const objects = config.makeApiClient(KubernetesObjectApi);
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('c', { one: '1' }) };
  const inDefault = { ...applied, metadata: { name: 'c', namespace } };
  const created = await objects.patch(
    inDefault,
    undefined,
    undefined,
    'me',
    false,
    PatchStrategy.ServerSideApply,
  );
  expect(created).toMatchObject({ metadata: { managedFields: [{ manager: 'me', operation: 'Apply' }] } });
});

test('a failed test of a JSON patch leaves the object as it was', async ({ core }) => {
  await core.createNamespacedConfigMap({ namespace, body: configMap('a', { one: '1' }) });
  const body = [
    { op: 'replace', path: '/data/one', value: '2' },
    { op: 'test', path: '/data/one', value: '1' },
  ];
  const patch = core.patchNamespacedConfigMap(
    { name: 'a', namespace, body },
    patchAs(PatchStrategy.JsonPatch),
  );
  expect((await refusal(patch)).code).toBe(422);
  expect((await core.readNamespacedConfigMap({ name: 'a', namespace })).data).toEqual({ one: '1' });
});

test('the status subresource changes status alone, the object everything but it', async ({ config }) => {
  const apps = config.makeApiClient(AppsV1Api);
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  const where = { name: 'web', namespace };
  const body = { metadata: { name: 'web' }, spec, status: { replicas: 9 } };
  const created = await apps.createNamespacedDeployment({ namespace, body });
  expect(created.status).toEqual({});
  const both = { spec: { replicas: 5 }, status: { replicas: 1, readyReplicas: 1 } };
  const status = await apps.patchNamespacedDeploymentStatus(
    { ...where, body: both },
    patchAs(PatchStrategy.MergePatch),
  );
  expect([status.spec?.replicas, status.status, status.metadata?.generation]).toEqual([
    1,
    { replicas: 1, readyReplicas: 1 },
    1,
  ]);
  const object = await apps.patchNamespacedDeployment(
    { ...where, body: { ...both, status: { replicas: 7 } } },
    patchAs(PatchStrategy.MergePatch),
  );
  expect([object.spec?.replicas, object.status?.replicas, object.metadata?.generation]).toEqual([5, 1, 2]);
  const scale = await apps.readNamespacedDeploymentScale(where);
  expect([scale.spec?.replicas, scale.status?.selector]).toEqual([5, 'app=web']);
});

test('label and field selectors', async ({ core }) => {
  await core.createNamespacedConfigMap({ namespace, body: configMap('a', {}, { tier: 'front' }) });
  await core.createNamespacedConfigMap({ namespace, body: configMap('b', {}, { tier: 'back' }) });
  const names = async (selector: { labelSelector?: string; fieldSelector?: string }) =>
    (await core.listNamespacedConfigMap({ namespace, ...selector })).items.map(
      ({ metadata }) => metadata?.name,
    );
  expect(await names({ labelSelector: 'tier=front' })).toEqual(['a']);
  expect(await names({ labelSelector: 'tier notin (front)' })).toEqual(['b', 'kube-root-ca.crt']);
  expect(await names({ labelSelector: 'tier,tier!=front' })).toEqual(['b']);
  expect(await names({ fieldSelector: 'metadata.name=b' })).toEqual(['b']);
  expect(await refusal(names({ fieldSelector: 'data.one=1' }))).toMatchObject({ code: 400 });
  expect(await refusal(names({ labelSelector: 'tier in front' }))).toMatchObject({ code: 400 });
});

test('a list in pages', async ({ core }) => {
  const wanted = Array.from({ length: 7 }, (_, index) => `c${index}`);
  for (const name of wanted) await core.createNamespacedConfigMap({ namespace, body: configMap(name) });
  const pages: (string | undefined)[][] = [];
  let token: string | undefined;
  do {
    const page = await core.listNamespacedConfigMap({
      namespace,
      limit: 3,
      ...(token === undefined ? {} : { _continue: token }),
    });
    pages.push(page.items.map(({ metadata }) => metadata?.name));
    token = page.metadata?._continue;
  } while (token !== undefined && token !== '');
  expect(pages).toEqual([
    ['c0', 'c1', 'c2'],
    ['c3', 'c4', 'c5'],
    ['c6', 'kube-root-ca.crt'],
  ]);
});
