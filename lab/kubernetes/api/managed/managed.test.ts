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

test('the last label goes, and the rest of the metadata stays', async ({ api }) => {
  const labelled = { ...configMap({}), metadata: { name: 'c', labels: { tier: 'front' } } };
  const first = await apply(api, `${configMaps}/c`, 'alice', labelled);
  const { uid } = (first.body as { metadata: { uid: string } }).metadata;
  const { code, body } = await apply(api, `${configMaps}/c`, 'alice', configMap({}));
  expect([code, body]).toEqual([
    200,
    expect.objectContaining({ metadata: expect.objectContaining({ uid }) }),
  ]);
  expect((body as { metadata: object }).metadata).not.toHaveProperty('labels');
});

test('lists of custom resources are owned as their schema says', async ({ api }) => {
  const text = { type: 'string' };
  const list = (kind: string, items: object, extra: object = {}) => ({
    type: 'array',
    'x-kubernetes-list-type': kind,
    items,
    ...extra,
  });
  const peer = { type: 'object', properties: { name: text, asn: { type: 'integer' } } };
  const spec = {
    type: 'object',
    properties: {
      peers: list('map', peer, { 'x-kubernetes-list-map-keys': ['name'] }),
      tags: list('set', text),
      whole: list('atomic', text),
      selector: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: text },
    },
  };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
  };
  await api.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'routers.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Cluster',
        names: { plural: 'routers', kind: 'Router' },
        versions: [version],
      },
    },
  });
  const router = (wanted: object) => ({
    apiVersion: 'example.com/v1',
    kind: 'Router',
    metadata: { name: 'r' },
    spec: wanted,
  });
  const path = '/apis/example.com/v1/routers/r';
  await apply(
    api,
    path,
    'alice',
    router({ peers: [{ name: 'a', asn: 1 }], tags: ['x'], whole: ['x'], selector: { a: '1' } }),
  );
  const { body } = await apply(api, path, 'bob', router({ peers: [{ name: 'b', asn: 2 }], tags: ['y'] }));
  expect((body as Object_).spec).toMatchObject({ peers: [{ name: 'a' }, { name: 'b' }], tags: ['x', 'y'] });
  expect(managersOf(body)['bob Apply']).toEqual({
    'f:spec': {
      'f:peers': { 'k:{"name":"b"}': { '.': {}, 'f:asn': {}, 'f:name': {} } },
      'f:tags': { 'v:"y"': {} },
    },
  });
  const refused = await apply(
    api,
    path,
    'bob',
    router({ peers: [{ name: 'a', asn: 3 }], whole: ['z'], selector: { b: '2' } }),
  );
  expect(refused).toMatchObject({ code: 409 });
  const causes = (refused.body as { details: { causes: { field: string }[] } }).details.causes;
  expect(causes.map(({ field }) => field).sort((a, b) => a.localeCompare(b))).toEqual([
    '.spec.peers[name="a"].asn',
    '.spec.selector',
    '.spec.whole',
  ]);
  const left = await apply(api, path, 'alice', router({ tags: ['x'] }));
  expect((left.body as Object_).spec).toEqual({ peers: [{ name: 'b', asn: 2 }], tags: ['x', 'y'] });
});

test('an apply without a manager is refused', async ({ api }) => {
  const { code, body } = await api.request('PATCH', `${configMaps}/c`, {
    body: configMap({}),
    headers: applyPatch,
  });
  expect(code).toBe(422);
  expect(body).toMatchObject({ details: { causes: [{ field: 'fieldManager' }] } });
});
