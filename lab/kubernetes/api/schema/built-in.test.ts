import { expect, test } from '@playwright/test';
import { builtInDefinitions, Definitions } from '../definitions.ts';
import { pruneBuiltIn } from './built-in.ts';

function definition(group: string, plural: string) {
  const found = new Definitions().get(group, plural);
  if (found === undefined) throw new Error(`no ${plural}`);
  return found;
}

test('fields that a kind does not have go, and are named with their path', () => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', labels: { any: 'thing' }, lables: {} },
    spec: {
      replica: 3,
      selector: { matchLabels: { any: 'thing' } },
      template: {
        spec: {
          nodeSelector: { any: 'thing' },
          containers: [
            { name: 'a', livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 } },
            { name: 'b', image: 'b:1', port: [], resources: { limits: { cpu: '1' } } },
          ],
          volumes: [{ name: 'v', emptyDir: {}, empty: {} }],
        },
      },
    },
  };
  expect(pruneBuiltIn(definition('apps', 'deployments'), object)).toEqual([
    'metadata.lables',
    'spec.replica',
    'spec.template.spec.containers[1].port',
    'spec.template.spec.volumes[0].empty',
  ]);
  expect(object.spec.template.spec).toEqual({
    nodeSelector: { any: 'thing' },
    containers: [
      { name: 'a', livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 } },
      { name: 'b', image: 'b:1', resources: { limits: { cpu: '1' } } },
    ],
    volumes: [{ name: 'v', emptyDir: {} }],
  });
  expect(pruneBuiltIn(definition('apps', 'deployments'), object)).toEqual([]);
});

test('a kind that is not described stays as it is', () => {
  const object = { apiVersion: 'v1', kind: 'Other', metadata: { name: 'o' }, spec: { any: 'thing' } };
  expect(pruneBuiltIn({ ...definition('', 'limitranges'), kind: 'Other' }, object)).toEqual([]);
  expect(object.spec).toEqual({ any: 'thing' });
});

test('every built-in kind is described', () => {
  for (const each of builtInDefinitions) {
    const object = { metadata: { name: 'o' }, nothing: {} };
    expect(pruneBuiltIn(each, object), each.kind).toEqual(['nothing']);
  }
});
