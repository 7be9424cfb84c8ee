import { expect } from '@playwright/test';
import { test } from './api-test.ts';
import { widgetDefinition as crd } from './widget.sample.ts';

const anyTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const metadataOnly =
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const widgets = '/apis/example.com/v1/namespaces/default/widgets';
const widget = (name: string, spec: object) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});

test('a definition is served at once: discovery, defaults, pruning, status, columns', async ({ api }) => {
  const created = await api.request('POST', crds, { body: crd });
  expect(created).toMatchObject({
    code: 201,
    body: {
      status: {
        acceptedNames: { kind: 'Widget', singular: 'widget', listKind: 'WidgetList' },
        conditions: [
          { type: 'NamesAccepted', status: 'True' },
          { type: 'Established', status: 'True' },
        ],
        storedVersions: ['v1'],
      },
    },
  });
  const { body: resources } = await api.request('GET', '/apis/example.com/v1');
  expect(resources).toMatchObject({
    kind: 'APIResourceList',
    resources: [{ name: 'widgets', shortNames: ['wd'] }, { name: 'widgets/status' }],
  });
  const { body: made, headers } = await api.request('POST', widgets, {
    body: { ...widget('a', { colour: 'red', parts: [{ name: 'x' }] }), status: { ready: true } },
  });
  expect(made).toEqual(expect.objectContaining({ spec: { size: 3, parts: [{ name: 'x' }] } }));
  expect(made).not.toHaveProperty('status');
  expect(headers.warning).toContain('unknown field \\"spec.colour\\"');
  const { body: table } = await api.request('GET', widgets, { headers: { Accept: anyTable } });
  expect(table).toMatchObject({
    columnDefinitions: [{ name: 'Name' }, { name: 'Size' }, { name: 'Parts', priority: 1 }],
    rows: [{ cells: ['a', 3, 'x'] }],
  });
  const status = { metadata: { name: 'a' }, spec: { size: 9 }, status: { ready: true } };
  const merge = { 'Content-Type': 'application/merge-patch+json' };
  const { body: after } = await api.request('PATCH', `${widgets}/a/status`, { body: status, headers: merge });
  expect(after).toMatchObject({ spec: { size: 3 }, status: { ready: true } });
});

test('an object that breaks its schema is refused, with the path of every field', async ({ api }) => {
  await api.request('POST', crds, { body: crd });
  const { code, body } = await api.request('POST', widgets, {
    body: widget('a', { size: 12, parts: [{ name: 'fine' }, { name: 'much-too-long' }, {}] }),
  });
  expect(code).toBe(422);
  expect(body).toMatchObject({
    reason: 'Invalid',
    details: {
      name: 'a',
      group: 'example.com',
      kind: 'Widget',
      causes: [
        { field: 'spec.size', reason: 'FieldValueInvalid' },
        { field: 'spec.parts[1].name', reason: 'FieldValueTooLong' },
        { field: 'spec.parts[2].name', reason: 'FieldValueRequired' },
      ],
    },
  });
});

test('definitions are answered as metadata to those that ask so, and so are their watches', async ({
  api,
}) => {
  await api.request('POST', crds, { body: crd });
  const { body: list } = await api.request('GET', crds, { headers: { Accept: metadataOnly } });
  expect(list).toMatchObject({
    kind: 'PartialObjectMetadataList',
    items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'widgets.example.com' } }],
  });
  const { body: events } = await api.request(
    'GET',
    `${crds}?watch=true&timeoutSeconds=0.1&resourceVersion=0`,
    {
      headers: { Accept: metadataOnly.replaceAll('MetadataList', 'Metadata') },
    },
  );
  // The kind that client-go has registered, and nothing but metadata.
  const { metadata, ...others } = (events as { object: { metadata: object } }).object;
  expect(events).toMatchObject({ type: 'ADDED' });
  expect(metadata).toMatchObject({ name: 'widgets.example.com' });
  expect(others).toEqual({ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' });
});

test('aggregated discovery names what the old kind does', async ({ api }) => {
  await api.request('POST', crds, { body: crd });
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
  const { body, headers } = await api.request('GET', '/apis', { headers: { Accept: accept } });
  expect(headers['content-type']).toBe(
    'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  );
  const groups = body as { items: { metadata: { name: string }; versions: { resources: object[] }[] }[] };
  const example = groups.items.find(({ metadata }) => metadata.name === 'example.com');
  expect(example?.versions).toMatchObject([
    {
      version: 'v1',
      resources: [
        {
          resource: 'widgets',
          scope: 'Namespaced',
          responseKind: { group: 'example.com', version: 'v1', kind: 'Widget' },
          subresources: [{ subresource: 'status' }],
        },
      ],
    },
  ]);
  const { body: old } = await api.request('GET', '/apis');
  const names = (old as { groups: { name: string }[] }).groups.map(({ name }) => name);
  expect(groups.items.map(({ metadata }) => metadata.name)).toEqual(names);
});
