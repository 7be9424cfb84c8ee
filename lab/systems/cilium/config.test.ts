import { expect, test } from '@playwright/test';
import { flat } from '../../../helpers/cilium/values.ts';
import { bgp } from '../../topologies/bgp.ts';
import { ciliumValues } from '../values/cilium-values.ts';
import { configOf } from './config.ts';

const [cluster] = bgp.clusters;
if (cluster === undefined) throw new Error('the topology has no cluster');
const installed = flat(ciliumValues(bgp, cluster));

test('the documents’ values become what the chart makes of them', () => {
  expect(configOf(installed, '1.18.0')).toMatchObject({
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

test('a value of a test is laid over them', () => {
  const values = { ...installed, 'bgpControlPlane.statusReport.enabled': false, 'loadBalancer.mode': 'dsr' };
  expect(configOf(values, '1.18.0')).toMatchObject({
    'enable-bgp-control-plane-status-report': 'false',
    'bpf-lb-mode': 'dsr',
  });
});

test('lists come as such, and as --set takes them', () => {
  const list = 'ipam.operator.clusterPoolIPv4PodCIDRList';
  const written = (value: string | string[]) =>
    configOf({ [list]: value }, '1.18.0')['cluster-pool-ipv4-cidr'];
  expect(written(['10.0.0.0/8', '172.16.0.0/12'])).toBe('10.0.0.0/8 172.16.0.0/12');
  expect(written('{10.0.0.0/8,172.16.0.0/12}')).toBe('10.0.0.0/8 172.16.0.0/12');
});

test('a value that nothing is known of is refused: without effect it would leave every claim green', () => {
  expect(() => configOf({ 'l2announcements.renewDeadline': '5s' }, '1.18.0')).toThrow(
    /l2announcements\.renewDeadline: the lab does not know/,
  );
});

test('options come and go with versions', () => {
  expect(configOf({}, '1.17.6')).not.toHaveProperty('bgp-router-id-allocation-mode');
  expect(configOf({}, '1.19.4')).toHaveProperty('bgp-router-id-allocation-mode', 'default');
  expect(configOf({}, '1.18.0-dev')).toHaveProperty('mesh-auth-enabled', 'true');
  expect(configOf({}, '1.20.0-dev')).not.toHaveProperty('mesh-auth-enabled');
});
