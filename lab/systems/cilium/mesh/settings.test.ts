import { expect, test } from '@playwright/test';
import { type HelmValues, withDefaults } from '../../../../helpers/cilium/chart.ts';
import { mesh } from '../../../topologies/mesh.ts';
import { effective } from '../../values/cilium-values.ts';
import { configOf } from '../config.ts';
import { masqueradeConfig } from '../masquerade.ts';
import { hostAliases, meshSettings, readsOwnEtcd, remoteUser } from './settings.ts';

const [west] = mesh.clusters;
if (west === undefined) throw new Error('the topology has no cluster');
const installed = (version: string, overrides: HelmValues = {}) =>
  effective(mesh, west, {}, overrides, version);

test('the documents’ values: agents follow the other clusters’ own etcd, under their names', () => {
  const settings = meshSettings(installed('1.18.0'));
  expect(settings).toMatchObject({
    cluster: { name: 'west', id: 1 },
    server: true,
    kvstoremesh: false,
    authMode: 'legacy',
    nodePort: 32379,
    clusters: [{ name: 'east', port: 32379, ips: ['172.18.0.5'] }],
  });
  expect(readsOwnEtcd(settings)).toBe(false);
  expect(hostAliases(settings)).toEqual([{ ip: '172.18.0.5', hostnames: ['east.mesh.cilium.io'] }]);
});

test('what is not set is as the chart of that version has it', () => {
  const bare = { 'clustermesh.useAPIServer': true };
  expect(meshSettings(withDefaults(bare, '1.17.6'))).toMatchObject({
    kvstoremesh: true,
    authMode: 'legacy',
    clusters: [],
  });
  expect(meshSettings(withDefaults(bare, '1.19.4'))).toMatchObject({
    kvstoremesh: true,
    authMode: 'migration',
  });
});

test('clusters present themselves as one user, or each as its own', () => {
  const user = (authMode: 'migration' | 'cluster') =>
    remoteUser(meshSettings(installed('1.19.4', { 'clustermesh.apiserver.tls.authMode': authMode })));
  expect(user('migration')).toBe('remote');
  expect(user('cluster')).toBe('remote-west');
});

test('a service type that the lab does not have is refused', () => {
  const values = installed('1.19.4', { 'clustermesh.apiserver.service.type': 'LoadBalancer' });
  expect(() => meshSettings(values)).toThrow('LoadBalancer: the lab has only NodePort');
});

test('cilium-config says of the mesh what the chart writes', () => {
  expect(configOf(installed('1.19.4'), '1.19.4')).toMatchObject({
    'cluster-name': 'west',
    'cluster-id': '1',
    'max-connected-clusters': '255',
    'clustermesh-enable-mcs-api': 'false',
    'policy-default-local-cluster': 'true',
    'enable-ip-masq-agent': 'true',
    ipam: 'kubernetes',
  });
  expect(configOf(installed('1.18.0'), '1.18.0')).toMatchObject({ 'policy-default-local-cluster': 'false' });
  expect(configOf(installed('1.17.6'), '1.17.6')).not.toHaveProperty('policy-default-local-cluster');
});

test('what is not masqueraded goes into a file of its own', () => {
  expect(masqueradeConfig(installed('1.18.0'))).toBe('{"nonMasqueradeCIDRs":["10.1.0.0/16"]}');
  const list: HelmValues = {
    'ipMasqAgent.config.nonMasqueradeCIDRs': ['10.1.0.0/16', '10.4.0.0/16'],
    'ipMasqAgent.config.masqLinkLocal': true,
  };
  expect(masqueradeConfig(installed('1.18.0', list))).toBe(
    '{"nonMasqueradeCIDRs":["10.1.0.0/16","10.4.0.0/16"],"masqLinkLocal":true}',
  );
  expect(masqueradeConfig(installed('1.18.0', { 'ipMasqAgent.enabled': false }))).toBeUndefined();
});
