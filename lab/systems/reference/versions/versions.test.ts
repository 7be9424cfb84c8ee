import { expect, test } from '@playwright/test';
import { bgpAdvertisements, ciliumNodes, loadBalancerIpPools } from '../../../../helpers/cilium/resources.ts';
import { customResourceDefinitions } from '../../../../helpers/kube/resources.ts';
import { createStore } from '../../../kubernetes/api/store.ts';
import { celRules } from '../crds/index.ts';
import { activeFaults, faultName } from './active.ts';
import { definitionsFor, kubeOf } from './api.ts';

const store = () =>
  createStore({ serviceCidr: '10.96.0.0/16', apiServer: { address: '192.0.2.1', port: 6443 }, celRules });

const pool = {
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumLoadBalancerIPPool',
  metadata: { name: 'pool' },
  spec: { blocks: [{ cidr: '172.16.1.0/24' }] },
};

test('before 1.18 the BGP resources and the pools are v2alpha1 alone, from 1.18 on v2 as well', () => {
  const served = (version: string, plural: string): string[] =>
    definitionsFor(version)
      .filter(({ spec }) => spec.names.plural === plural)
      .flatMap(({ spec }) => spec.versions.filter(one => one.served).map(({ name }) => name));
  expect(served('1.17.6', bgpAdvertisements.plural)).toEqual(['v2alpha1']);
  expect(served('1.17.6', loadBalancerIpPools.plural)).toEqual(['v2alpha1']);
  expect(served('1.17.6', ciliumNodes.plural)).toEqual(['v2']);
  expect(served('1.18.0', bgpAdvertisements.plural)).toEqual(['v2', 'v2alpha1']);
});

test('what was written in the older version is there after the upgrade, in both', () => {
  const kube = store();
  for (const definition of definitionsFor('1.17.6')) kube.create(customResourceDefinitions, definition);
  kubeOf('1.17.6', kube).create(loadBalancerIpPools, pool);
  expect(() => kube.list(loadBalancerIpPools)).toThrow('cilium.io/v2');

  for (const { metadata, spec } of definitionsFor('1.18.0')) {
    kube.update(customResourceDefinitions, metadata.name, undefined, draft => {
      draft.spec = structuredClone(spec);
    });
  }
  const [after] = kubeOf('1.18.0', kube).list(loadBalancerIpPools);
  expect(after).toMatchObject({ apiVersion: 'cilium.io/v2', spec: pool.spec });
  expect(kube.list({ ...loadBalancerIpPools, version: 'v2alpha1' })).toHaveLength(1);
});

test('a fault may come with a version', () => {
  const on = (version: string): string[] =>
    [
      ...activeFaults(new Set(['cilium-44803@1.19', 'upgrade-regression', 'bgp-leaked-prefix']), version),
    ].sort((a, b) => a.localeCompare(b));
  expect(on('1.17.6')).toEqual(['bgp-leaked-prefix']);
  expect(on('1.18.0')).toEqual(['bgp-leaked-prefix', 'lb-local-keeps-next-hop', 'upgrade-regression']);
  expect(on('1.19.1')).toContain('cilium-44803');
  expect(faultName('cilium-44803@1.19')).toBe('cilium-44803');
  expect([...activeFaults(new Set(['upgrade-withdraws-routes']), '1.18.0')]).toContain(
    'bgp-routes-withdrawn-at-restart',
  );
});
