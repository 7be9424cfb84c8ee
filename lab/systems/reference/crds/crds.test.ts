import { expect, test } from '@playwright/test';
import {
  type BgpAdvertisement,
  type BgpPeerConfig,
  bgpAdvertisements,
  bgpClusterConfigs,
  bgpPeerConfigs,
  loadBalancerIpPools,
} from '../../../../helpers/cilium/resources.ts';
import { customResourceDefinitions } from '../../../../helpers/kube/resources.ts';
import { createStore, type Store } from '../../../kubernetes/api/store.ts';
import { celRules, definitions } from './index.ts';

function store(): Store {
  const kube = createStore({ serviceCidr: '10.96.0.0/16', celRules });
  for (const definition of definitions) kube.create(customResourceDefinitions, definition);
  return kube;
}

const peerConfig = (spec: BgpPeerConfig['spec']): BgpPeerConfig => ({
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumBGPPeerConfig',
  metadata: { name: 'peer' },
  spec,
});

test('defaults are filled in', () => {
  const created = store().create(
    bgpPeerConfigs,
    peerConfig({ timers: {}, gracefulRestart: { enabled: true } }),
  );
  expect(created.spec).toEqual({
    ebgpMultihop: 1,
    timers: { connectRetryTimeSeconds: 120, holdTimeSeconds: 90, keepAliveTimeSeconds: 30 },
    gracefulRestart: { enabled: true, restartTimeSeconds: 120 },
  });
});

test('both versions are served, with one store', () => {
  const kube = store();
  kube.create(bgpPeerConfigs, peerConfig({ ebgpMultihop: 2 }));
  expect(kube.get({ ...bgpPeerConfigs, version: 'v2alpha1' }, 'peer')).toMatchObject({
    apiVersion: 'cilium.io/v2alpha1',
    spec: { ebgpMultihop: 2 },
  });
});

const refusals: readonly [what: string, spec: BgpPeerConfig['spec'], path: RegExp][] = [
  [
    'a hold time under 3 s',
    { timers: { holdTimeSeconds: 2, keepAliveTimeSeconds: 1 } },
    /spec\.timers\.holdTimeSeconds/,
  ],
  [
    'a keepalive over the hold time',
    { timers: { holdTimeSeconds: 9 } },
    /keepAliveTimeSeconds can not be larger/,
  ],
  [
    'a restart time of more than 12 bits',
    { gracefulRestart: { enabled: true, restartTimeSeconds: 4096 } },
    /restartTime/,
  ],
  ['more hops than a TTL has', { ebgpMultihop: 256 }, /spec\.ebgpMultihop/],
];
for (const [what, spec, message] of refusals) {
  test(`refused: ${what}`, () => {
    expect(() => store().create(bgpPeerConfigs, peerConfig(spec))).toThrow(message);
  });
}

test('refused: an address that is none, an unknown community, a selector on a PodCIDR', () => {
  const kube = store();
  const cluster = (peerAddress: string) =>
    kube.create(bgpClusterConfigs, {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumBGPClusterConfig',
      metadata: { name: 'cluster' },
      spec: { bgpInstances: [{ name: 'i', localASN: 65_001, peers: [{ name: 'p', peerAddress }] }] },
    });
  expect(() => cluster('192.168.10.256')).toThrow(/peerAddress/);
  expect(cluster('fd00::1').spec.bgpInstances[0]?.peers?.[0]?.peerASN).toBe(0);
  const advertise = (one: BgpAdvertisement['spec']['advertisements'][number]) =>
    kube.create(bgpAdvertisements, {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumBGPAdvertisement',
      metadata: { name: 'advertisement' },
      spec: { advertisements: [one] },
    });
  const standard = (value: string) => ({ communities: { standard: [value] } });
  expect(() => advertise({ advertisementType: 'PodCIDR', attributes: standard('65536:1') })).toThrow(
    /standard/,
  );
  expect(() => advertise({ advertisementType: 'PodCIDR', selector: {} })).toThrow(
    /selector field is not allowed/,
  );
  expect(() => advertise({ advertisementType: 'Service' })).toThrow(/service field is required/);
  expect(
    advertise({ advertisementType: 'PodCIDR', attributes: standard('65535:65535') }).metadata.uid,
  ).toBeDefined();
});

test('a pool written with cidrs has no block: the field is not one of the current API', () => {
  const pool = store().create(loadBalancerIpPools, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumLoadBalancerIPPool',
    metadata: { name: 'pool' },
    spec: { cidrs: [{ cidr: '10.0.0.0/24' }] } as object,
  });
  expect(pool.spec).toEqual({ disabled: false });
});
