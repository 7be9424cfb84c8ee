import { expect, test } from '@playwright/test';
import { desiredInstance } from './desired.ts';
import {
  advertisement,
  endpointsOn,
  instance,
  peerConfig,
  podCidr,
  service,
  view,
  webpods,
} from './testing.ts';

const announced = (...services: Parameters<typeof service>[]) => ({
  advertisements: [advertisement(webpods())],
  services: services.map(args => service(...args)),
});

test('a PodCIDR is originated, and sent by a policy of its own', () => {
  expect(desiredInstance(instance, view())).toMatchObject({
    asn: 65_001,
    routerId: '192.168.10.100',
    listenPort: undefined,
    paths: ['172.20.0.0/24'],
    policies: [
      {
        name: 'tor-switch-ipv4-PodCIDR',
        statements: [{ peer: '192.168.10.200', prefixes: ['172.20.0.0/24'], communities: [] }],
      },
    ],
  });
});

test('a peer has the timers, families and restart time of its peer config, or the defaults', () => {
  const timers = { holdTimeSeconds: 9, keepAliveTimeSeconds: 3 };
  const config = peerConfig({ timers, gracefulRestart: { enabled: true }, ebgpMultihop: 2 });
  const [peer] = desiredInstance(instance, view({ peerConfigs: [config] })).peers;
  expect(peer).toMatchObject({
    timers: { connectRetry: 120, hold: 9, keepalive: 3 },
    gracefulRestart: { restartTime: 120 },
    multihop: 2,
    port: 179,
    families: [{ afi: 'ipv4', safi: 'unicast' }],
  });
});

test('an advertisement without selector covers no service', () => {
  const { selector: _, ...withoutSelector } = webpods();
  const desired = desiredInstance(
    instance,
    view({ advertisements: [advertisement(withoutSelector)], services: [service('webpod')] }),
  );
  expect(desired.paths).toEqual([]);
});

test('services are selected by label, or by name and namespace', () => {
  const other = { ...service('other', {}, '172.16.1.2'), metadata: { name: 'other', namespace: 'shop' } };
  const byName = webpods({ selector: { matchLabels: { 'io.kubernetes.service.name': 'other' } } });
  const services = [service('webpod'), other];
  const paths = (which: ReturnType<typeof webpods>) =>
    desiredInstance(instance, view({ advertisements: [advertisement(which)], services })).paths;
  expect(paths(webpods())).toEqual(['172.16.1.1/32']);
  expect(paths(byName)).toEqual(['172.16.1.2/32']);
  expect(
    paths(webpods({ selector: { matchLabels: { 'io.kubernetes.service.namespace': 'shop' } } })),
  ).toEqual(['172.16.1.2/32']);
});

test('policy Cluster is advertised with no endpoint anywhere', () => {
  expect(desiredInstance(instance, view(announced(['webpod']))).paths).toEqual(['172.16.1.1/32']);
});

test('policy Local needs an endpoint that is here, ready and not going', () => {
  const local = announced(['webpod', { externalTrafficPolicy: 'Local' }]);
  const paths = (...nodes: string[]) =>
    desiredInstance(instance, view({ ...local, slices: [endpointsOn('webpod', ...nodes)] })).paths;
  expect(paths('k8s-w1')).toEqual([]);
  expect(paths('k8s-w1', 'k8s-ctr')).toEqual(['172.16.1.1/32']);
  for (const conditions of [{ ready: false }, { ready: true, terminating: true }]) {
    const slice = endpointsOn('webpod');
    slice.endpoints.push({ addresses: ['172.20.0.7'], nodeName: 'k8s-ctr', conditions });
    expect(desiredInstance(instance, view({ ...local, slices: [slice] })).paths).toEqual([]);
  }
});

test('each kind of address follows its own traffic policy', () => {
  const all = webpods({ service: { addresses: ['LoadBalancerIP', 'ExternalIP', 'ClusterIP'] } });
  const web = service('webpod', { externalIPs: ['172.16.9.9'], internalTrafficPolicy: 'Local' });
  const desired = desiredInstance(instance, view({ advertisements: [advertisement(all)], services: [web] }));
  expect(desired.policies.map(({ name }) => name)).toEqual([
    'tor-switch-ipv4-Service-webpod-default-ExternalIP',
    'tor-switch-ipv4-Service-webpod-default-LoadBalancerIP',
  ]);
});

test('prefixes are aggregated under policy Cluster, and never under Local', () => {
  const wide = webpods({ service: { addresses: ['LoadBalancerIP'], aggregationLengthIPv4: 20 } });
  const paths = (externalTrafficPolicy: 'Cluster' | 'Local') =>
    desiredInstance(
      instance,
      view({
        advertisements: [advertisement(wide)],
        services: [service('webpod', { externalTrafficPolicy }, '172.16.33.5')],
        slices: [endpointsOn('webpod', 'k8s-ctr')],
      }),
    ).paths;
  expect(paths('Cluster')).toEqual(['172.16.32.0/20']);
  expect(paths('Local')).toEqual(['172.16.33.5/32']);
});

test("another controller's load balancer class is left alone", () => {
  expect(
    desiredInstance(instance, view(announced(['webpod', { loadBalancerClass: 'other' }]))).paths,
  ).toEqual([]);
  const ours = announced(['webpod', { loadBalancerClass: 'io.cilium/bgp-control-plane' }]);
  expect(desiredInstance(instance, view(ours)).paths).toHaveLength(1);
});

test('an address two services share is one path, and stays with either of them', () => {
  const both = desiredInstance(instance, view(announced(['one'], ['two'])));
  expect(both.paths).toEqual(['172.16.1.1/32']);
  expect(both.policies).toHaveLength(2);
  expect(desiredInstance(instance, view(announced(['two']))).paths).toEqual(['172.16.1.1/32']);
});

test('overlapping advertisements: united from 1.18 on, before the last one wins', () => {
  const community = (value: string, localPreference: number) =>
    webpods({ attributes: { communities: { standard: [value] }, localPreference } });
  const advertisements = [advertisement(community('65001:1', 200), community('65001:2', 100))];
  const statement = (version: string) =>
    desiredInstance(instance, view({ advertisements, services: [service('webpod')], version })).policies[0]
      ?.statements[0];
  expect(statement('1.18.0')).toMatchObject({ communities: ['65001:1', '65001:2'], localPreference: 200 });
  expect(statement('1.17.6')).toMatchObject({ communities: ['65001:2'], localPreference: 100 });
});

test('a community is not attached twice, however it is written', () => {
  const communities = { standard: ['65535:65281', '4294967041'], wellKnown: ['no-export'] };
  const desired = desiredInstance(
    instance,
    view({ advertisements: [advertisement({ ...podCidr, attributes: { communities } })] }),
  );
  expect(desired.policies[0]?.statements[0]?.communities).toEqual(['65535:65281']);
});

test('a peer without address or with a missing peer config is left out', () => {
  expect(desiredInstance(instance, view({ peerConfigs: [] })).peers).toEqual([]);
  const [peer] = instance.peers ?? [];
  const unaddressed = { ...instance, peers: [{ name: peer?.name ?? '', peerASN: 65_000 }] };
  expect(desiredInstance(unaddressed, view()).peers).toEqual([]);
});

test('bad input: no AS number, a secret without password', () => {
  expect(() => desiredInstance({ name: 'x' }, view())).toThrow('instance x has no localASN');
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'auth', namespace: 'kube-system' } };
  const peerConfigs = [peerConfig({ authSecretRef: 'auth' })];
  expect(() => desiredInstance(instance, view({ peerConfigs, secrets: [secret] }))).toThrow(
    'failed to fetch secret "auth": missing password key',
  );
  expect(desiredInstance(instance, view({ peerConfigs })).peers[0]?.password).toBeUndefined();
});
