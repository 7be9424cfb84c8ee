import { expect, test } from '@playwright/test';
import type { HelmValues } from '../../../helpers/cilium/chart.ts';
import { configMaps } from '../../../helpers/kube/resources.ts';
import { createStore } from '../../kubernetes/api/store.ts';
import { bgp } from '../../topologies/bgp.ts';
import { createCilium } from '../cilium/system.ts';
import type { CiliumTree } from '../cilium/tree.ts';
import type { SystemContext } from '../embedded.ts';
import { createReferenceSystem } from '../reference/system.ts';

test('both systems refuse the same values in the same words, and write no configuration', async () => {
  const [cluster] = bgp.clusters;
  if (cluster === undefined) throw new Error('the topology has no cluster');
  const directory = test.info().outputPath('system');
  const kube = createStore({ serviceCidr: cluster.serviceCidr });
  const context: SystemContext = {
    ...{ topology: bgp, cluster, kube, nodes: new Map(), directory, shared: directory },
    ...{ version: '1.18.0', faults: new Set<string>(), log: () => {} },
  };
  const around = { apiServer: { host: '10.96.0.1', port: 443 }, ca: '', token: '' };
  const values = { 'loadBalancer.dsrdispatch': 'geneve', 'clustermesh.cacheTTL': '1m' } as HelmValues;
  const systems = [
    createReferenceSystem(context),
    createCilium(context, { version: '1.18.0' } as CiliumTree, around),
  ];
  for (const system of systems) {
    await expect(system.configure(values)).rejects.toThrow(
      'helm values: loadBalancer.dsrdispatch is not a value that the lab knows; the nearest is loadBalancer.dsrDispatch; ' +
        'clustermesh.cacheTTL: Cilium 1.18.0 does not have it; the lab knows it from 1.19 on',
    );
  }
  expect(kube.get(configMaps, 'cilium-config', 'kube-system')).toBeUndefined();
});
