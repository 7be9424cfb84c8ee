import { expect } from '@playwright/test';
import { test } from '../api-test.ts';
import type { TestApi } from '../testing.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const services = '/api/v1/namespaces/default/services';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const applyPatch = { 'Content-Type': 'application/apply-patch+yaml' };
const mergePatch = { 'Content-Type': 'application/merge-patch+json' };

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: object;
}
type Object_ = {
  metadata: { managedFields?: Entry[]; resourceVersion: string };
  data?: object;
  spec?: object;
};

function apply(api: TestApi, path: string, manager: string, body: object, force = false) {
  const query = `fieldManager=${manager}${force ? '&force=true' : ''}`;
  return api.request('PATCH', `${path}?${query}`, { body, headers: applyPatch });
}

const configMap = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data });
const managersOf = (body: unknown): Record<string, object> =>
  Object.fromEntries(
    ((body as Object_).metadata.managedFields ?? []).map(entry => [
      `${entry.manager} ${entry.operation}${entry.subresource === undefined ? '' : ` ${entry.subresource}`}`,
      entry.fieldsV1,
    ]),
  );

test('what is applied is created, and its manager is on record', async ({ api }) => {
  const { code, body } = await apply(api, `${configMaps}/c`, 'alice', configMap({ a: '1' }));
  expect(code).toBe(201);
  expect(managersOf(body)).toEqual({ 'alice Apply': { 'f:data': { 'f:a': {} } } });
});

test('a field that is no longer applied goes, unless another one has it', async ({ api }) => {
  await apply(api, `${configMaps}/c`, 'alice', configMap({ a: '1', b: '2', c: '3' }));
  await apply(api, `${configMaps}/c`, 'bob', configMap({ b: '2' }));
  const { body } = await apply(api, `${configMaps}/c`, 'alice', configMap({ c: '3' }));
  expect((body as Object_).data).toEqual({ b: '2', c: '3' });
  expect(managersOf(body)).toEqual({
    'alice Apply': { 'f:data': { 'f:c': {} } },
    'bob Apply': { 'f:data': { 'f:b': {} } },
  });
});

test('another value for the field of another is a conflict that names it; force takes it', async ({
  api,
}) => {
  await apply(api, `${configMaps}/c`, 'alice', configMap({ a: '1', b: '2' }));
  const refused = await apply(api, `${configMaps}/c`, 'bob', configMap({ a: '7' }));
  expect(refused).toMatchObject({
    code: 409,
    body: {
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "alice": .data.a',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "alice"', field: '.data.a' }],
      },
    },
  });
  const forced = await apply(api, `${configMaps}/c`, 'bob', configMap({ a: '7' }), true);
  expect((forced.body as Object_).data).toEqual({ a: '7', b: '2' });
  expect(managersOf(forced.body)).toEqual({
    'alice Apply': { 'f:data': { 'f:b': {} } },
    'bob Apply': { 'f:data': { 'f:a': {} } },
  });
});

test('an update takes what it changes: the next apply of the old value is a conflict', async ({ api }) => {
  await apply(api, `${configMaps}/c`, 'alice', configMap({ a: '1' }));
  const path = `${configMaps}/c?fieldManager=kubectl-edit`;
  const { body } = await api.request('PATCH', path, { body: { data: { a: '2' } }, headers: mergePatch });
  expect(managersOf(body)).toEqual({ 'kubectl-edit Update': { 'f:data': { 'f:a': {} } } });
  const refused = await apply(api, `${configMaps}/c`, 'alice', configMap({ a: '1' }));
  expect(refused).toMatchObject({
    code: 409,
    body: { message: 'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.a' },
  });
});

test('the same again changes nothing', async ({ api }) => {
  const first = await apply(api, `${configMaps}/c`, 'alice', configMap({ a: '1' }));
  const second = await apply(api, `${configMaps}/c`, 'alice', configMap({ a: '1' }));
  expect(second).toMatchObject({ code: 200, body: first.body as object });
});

const service = (ports: readonly object[]) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's' },
  spec: { ports, selector: { app: 'x' } },
});

test('ports of a service are told apart by port and protocol, and keep what they were given', async ({
  api,
}) => {
  const first = await apply(
    api,
    `${services}/s`,
    'alice',
    service([
      { name: 'http', port: 80 },
      { name: 'tls', port: 443 },
    ]),
  );
  expect(first.body).toMatchObject({ spec: { ports: [{ port: 80, protocol: 'TCP' }, { port: 443 }] } });
  const { body } = await apply(
    api,
    `${services}/s`,
    'bob',
    {
      ...service([]),
      spec: { ports: [{ name: 'tls', port: 443, targetPort: 8443 }] },
    },
    true,
  );
  expect(body).toMatchObject({ spec: { ports: [{ port: 80 }, { port: 443, targetPort: 8443 }] } });
  const third = await apply(api, `${services}/s`, 'alice', service([{ name: 'tls', port: 443 }]));
  expect((third.body as { spec: { ports: object[] } }).spec.ports).toEqual([
    { name: 'tls', port: 443, protocol: 'TCP', targetPort: 8443 },
  ]);
  expect(managersOf(third.body)['alice Apply']).toEqual({
    'f:spec': {
      'f:ports': { 'k:{"port":443,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } },
      'f:selector': {},
    },
  });
});

const deployment = (containers: readonly object[], replicas?: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers } },
  },
});

test('a container left out goes with its defaults; one that another one made stays', async ({ api }) => {
  const [main, aside] = [
    { name: 'main', image: 'a:1' },
    { name: 'aside', image: 'b:1' },
  ];
  await apply(api, `${deployments}/d`, 'alice', deployment([main, aside]));
  const { body } = await apply(api, `${deployments}/d`, 'alice', deployment([main]));
  expect(body).toMatchObject({ spec: { template: { spec: { containers: [{ name: 'main' }] } } } });
});

test('kubectl scale has the replicas on record, and an apply without them leaves them', async ({ api }) => {
  const main = [{ name: 'main', image: 'a:1' }];
  await apply(api, `${deployments}/d`, 'alice', deployment(main));
  const scale = { body: { spec: { replicas: 3 } }, headers: mergePatch };
  await api.request('PATCH', `${deployments}/d/scale?fieldManager=kubectl`, scale);
  const { body } = await apply(api, `${deployments}/d`, 'alice', deployment(main));
  expect(body).toMatchObject({ spec: { replicas: 3 } });
  expect(managersOf(body)['kubectl Update scale']).toEqual({ 'f:spec': { 'f:replicas': {} } });
  const refused = await apply(api, `${deployments}/d`, 'alice', deployment(main, 1));
  expect(refused).toMatchObject({
    code: 409,
    body: {
      message:
        'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
    },
  });
});

test('an apply without a manager is refused', async ({ api }) => {
  const { code, body } = await api.request('PATCH', `${configMaps}/c`, {
    body: configMap({}),
    headers: applyPatch,
  });
  expect(code).toBe(422);
  expect(body).toMatchObject({ details: { causes: [{ field: 'fieldManager' }] } });
});
