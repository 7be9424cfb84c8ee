import { expect, test } from '@playwright/test';
import type { HelmValues } from '../../../helpers/cilium/chart.ts';
import { bgp } from '../../topologies/bgp.ts';
import { effective } from '../values/cilium-values.ts';
import { configOf } from './config.ts';

const [cluster] = bgp.clusters;
if (cluster === undefined) throw new Error('the topology has no cluster');
const config = (overrides: HelmValues, version: string) =>
  configOf(effective(bgp, cluster, {}, overrides, version), version);

test('the documents’ values become what the chart makes of them', () => {
  expect(config({}, '1.18.0')).toMatchObject({
    'kube-proxy-replacement': 'true',
    'enable-bpf-masquerade': 'true',
    'routing-mode': 'native',
    'ipv4-native-routing-cidr': '172.20.0.0/16',
    ipam: 'cluster-pool',
    'cluster-pool-ipv4-cidr': '172.20.0.0/16',
    'cluster-pool-ipv4-mask-size': '24',
    'enable-bgp-control-plane': 'true',
    'enable-bgp-control-plane-status-report': 'true',
    'install-no-conntrack-iptables-rules': 'true',
  });
});

test('a value of a test goes over them, and a list becomes words', () => {
  const values: HelmValues = {
    'bgpControlPlane.statusReport.enabled': false,
    'loadBalancer.mode': 'dsr',
    'ipam.operator.clusterPoolIPv4PodCIDRList': ['10.0.0.0/8', '172.16.0.0/12'],
  };
  expect(config(values, '1.18.0')).toMatchObject({
    'enable-bgp-control-plane-status-report': 'false',
    'bpf-lb-mode': 'dsr',
    'cluster-pool-ipv4-cidr': '10.0.0.0/8 172.16.0.0/12',
  });
});

test('options come and go with versions', () => {
  expect(config({}, '1.17.6')).not.toHaveProperty('bgp-router-id-allocation-mode');
  expect(config({}, '1.19.4')).toHaveProperty('bgp-router-id-allocation-mode', 'default');
  expect(config({}, '1.18.0-dev')).toHaveProperty('mesh-auth-enabled', 'true');
  expect(config({}, '1.20.0-dev')).toHaveProperty('mesh-auth-enabled', 'false');
});
