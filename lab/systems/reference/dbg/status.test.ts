import { expect, test } from '@playwright/test';
import type { HelmValues } from '../../../../helpers/cilium/chart.ts';
import { bgp } from '../../../topologies/bgp.ts';
import { asInstalled, geneveDsr, vxlanTunnel } from '../../../topologies/manifests.ts';
import { effective } from '../../values/cilium-values.ts';
import { datapathSettings } from '../datapath/settings.ts';
import { type NodeFacts, statusModel, statusText } from './status.ts';

function facts(values: HelmValues): NodeFacts {
  const [cluster] = bgp.clusters;
  if (cluster === undefined) throw new Error('the topology has no cluster');
  return {
    node: 'k8s-ctr',
    cluster,
    version: '1.18.0',
    podCidr: '172.20.0.0/24',
    internalIp: '192.168.10.100',
    routerIp: '172.20.0.9',
    devices: [{ name: 'eth1', address: '192.168.10.100' }],
    datapath: datapathSettings(effective(bgp, cluster, {}, values, '1.18.0')),
    pods: [],
  } as NodeFacts;
}

/** What `cilium-dbg status --verbose` says between two labels, both included. */
function lines(text: string, from: string, to: string): string[] {
  const all = text.split('\n');
  const start = all.findIndex(line => line.startsWith(from));
  return all.slice(start, all.findIndex((line, i) => i > start && line.startsWith(to)) + 1);
}

test('with DSR: mode, dispatch and Maglev as the documents show them, aligned as Cilium prints them', () => {
  expect(lines(statusText(facts(geneveDsr.values), true), '  Mode:', '  Backend')).toEqual([
    '  Mode:                  DSR',
    '    DSR Dispatch Mode:   Geneve',
    '  Backend Selection:     Maglev (Table Size: 16381)',
  ]);
  expect(statusModel(facts(geneveDsr.values))).toMatchObject({
    'kube-proxy-replacement': {
      features: { nodePort: { mode: 'DSR', dsrMode: 'Geneve', algorithm: 'Maglev', lutSize: 16_381 } },
    },
  });
});

test('the routing mode, and the ip-masq-agent', () => {
  expect(statusModel(facts(vxlanTunnel.values))).toMatchObject({
    routing: { 'inter-host-routing-mode': 'Tunnel', 'tunnel-protocol': 'vxlan' },
  });
  expect(statusText(facts({ 'ipMasqAgent.enabled': true }), false)).toMatch(
    /^Masquerading: +BPF \(ip-masq-agent\) {3}\[/m,
  );
});

test('as installed: SNAT and Random, and no dispatch', () => {
  expect(lines(statusText(facts(asInstalled.values), true), '  Mode:', '  Session')).toEqual([
    '  Mode:                 SNAT',
    '  Backend Selection:    Random',
    '  Session Affinity:     Enabled',
  ]);
});
