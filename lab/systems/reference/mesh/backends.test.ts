import { expect, test } from '@playwright/test';
import type { Service } from '../../../../helpers/kube/resources.ts';
import { affinityOf, isGlobal, isShared } from './annotations.ts';
import { preferred, remoteBackends } from './backends.ts';
import type { ServiceValue } from './state.ts';

const none = new Set<string>();

function service(annotations: Readonly<Record<string, string>> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'webpod',
      namespace: 'default',
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([name, value]) => [
          name.includes('/') ? name : `service.cilium.io/${name}`,
          value,
        ]),
      ),
    },
    spec: { ports: [{ port: 80 }] },
  };
}

test('a service is global when told so, and shared unless told otherwise', () => {
  const seen = (annotations: Readonly<Record<string, string>>) => {
    const one = service(annotations);
    return [isGlobal(one), isShared(one)];
  };
  expect(seen({})).toEqual([false, false]);
  expect(seen({ global: 'true' })).toEqual([true, true]);
  expect(seen({ global: 'True' })).toEqual([true, true]);
  expect(seen({ global: 'yes' })).toEqual([false, false]);
  expect(seen({ global: 'true', shared: 'false' })).toEqual([true, false]);
  expect(seen({ shared: 'true' })).toEqual([false, false]);
  expect(seen({ 'io.cilium/global-service': 'true' })).toEqual([true, true]);
  expect(seen({ 'io.cilium/global-service': 'true', global: 'false' })).toEqual([false, false]);
});

test('the affinity is local, remote, or none', () => {
  const seen = (affinity: string) => affinityOf(service({ global: 'true', affinity }));
  expect(['local', 'Remote', 'none', '', 'nearest'].map(seen)).toEqual([
    'local',
    'remote',
    'none',
    'none',
    'none',
  ]);
  expect(affinityOf(service({ affinity: 'local' }))).toBe('none');
});

test('which backends are used, by affinity and by what there is', () => {
  const [near, far] = [
    { address: '10.0.0.1', port: 80 },
    { address: '10.1.0.1', port: 80 },
  ];
  const used = (affinity: string, local: boolean, remote: boolean) =>
    preferred(service({ global: 'true', affinity }), local ? [near] : [], remote ? [far] : [], none)
      .map(({ address }) => (address === near.address ? 'local' : 'remote'))
      .join('+');
  const table = ['none', 'local', 'remote'].map(affinity => [
    affinity,
    used(affinity, true, true),
    used(affinity, true, false),
    used(affinity, false, true),
    used(affinity, false, false),
  ]);
  expect(table).toEqual([
    ['none', 'local+remote', 'local', 'remote', ''],
    ['local', 'local', 'local', 'remote', ''],
    ['remote', 'remote', 'local', 'remote', ''],
  ]);
});

test('backends of a port are found by its name, also where two ports have one target', () => {
  const shared: ServiceValue = {
    cluster: 'east',
    namespace: 'default',
    name: 'webpod',
    frontends: {},
    backends: {
      '10.1.1.9': { http: { Protocol: 'TCP', Port: 80 }, alternative: { Protocol: 'TCP', Port: 80 } },
      '10.1.0.9': { http: { Protocol: 'TCP', Port: 80 }, dns: { Protocol: 'UDP', Port: 53 } },
    },
    labels: {},
    selector: {},
    includeExternal: true,
    shared: true,
    clusterID: 2,
  };
  const backends = (port: { name: string; protocol?: 'TCP' | 'UDP' }, annotations = { global: 'true' }) =>
    remoteBackends(service(annotations), { port: 8080, ...port }, [shared], none).map(each => each.address);
  expect(backends({ name: 'http' })).toEqual(['10.1.0.9', '10.1.1.9']);
  expect(backends({ name: 'alternative' })).toEqual(['10.1.1.9']);
  expect(backends({ name: 'dns', protocol: 'UDP' })).toEqual(['10.1.0.9']);
  expect(backends({ name: 'dns' })).toEqual([]);
  expect(backends({ name: 'http' }, { global: 'false' })).toEqual([]);
});
