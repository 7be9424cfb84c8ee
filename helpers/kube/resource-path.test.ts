import { expect, test } from '@playwright/test';
import { accessOf } from './resource-path.ts';

const said = (method: string, url: string): string => {
  const access = accessOf(method, url);
  if (access === undefined) return 'none';
  const { verb, group, resource, namespace, name } = access;
  return `${verb} ${group === '' ? 'core' : group} ${resource} in ${namespace || '-'} named ${name || '-'}`;
};

test('requests as authorization sees them', () => {
  expect(said('GET', '/api/v1/pods')).toBe('list core pods in - named -');
  expect(said('GET', '/api/v1/namespaces/default/pods/web')).toBe('get core pods in default named web');
  expect(said('GET', '/api/v1/namespaces/a/pods/web/exec?command=ls')).toBe(
    'get core pods/exec in a named web',
  );
  expect(said('POST', '/api/v1/namespaces/a/pods/web/eviction')).toBe(
    'create core pods/eviction in a named web',
  );
  expect(said('PATCH', '/apis/apps/v1/namespaces/a/deployments/web/scale')).toBe(
    'patch apps deployments/scale in a named web',
  );
  expect(said('DELETE', '/apis/cilium.io/v2/ciliumloadbalancerippools/p')).toBe(
    'delete cilium.io ciliumloadbalancerippools in - named p',
  );
  expect(said('DELETE', '/api/v1/namespaces/a/services')).toBe('deletecollection core services in a named -');
});

test('a watch is one, and a name selected by field is the name', () => {
  const path = '/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dweb';
  expect(said('GET', path)).toBe('list core pods in a named web');
  expect(said('GET', `${path}&watch=true&resourceVersion=1`)).toBe('watch core pods in a named web');
});

test('a namespace is in itself; what is no resource is none', () => {
  expect(said('GET', '/api/v1/namespaces/kube-system')).toBe(
    'get core namespaces in kube-system named kube-system',
  );
  expect(said('GET', '/version')).toBe('none');
  expect(said('GET', '/apis')).toBe('none');
});
