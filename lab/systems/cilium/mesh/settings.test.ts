import { expect, test } from '@playwright/test';
import { flat } from '../../../../helpers/cilium/values.ts';
import { mesh } from '../../../topologies/mesh.ts';
import { ciliumValues } from '../../values/cilium-values.ts';
import { configOf } from '../config.ts';
import { masqueradeConfig } from '../masquerade.ts';
import { hostAliases, meshSettings, readsOwnEtcd, remoteUser } from './settings.ts';

const [west] = mesh.clusters;
if (west === undefined) throw new Error('the topology has no cluster');
const installed = flat(ciliumValues(mesh, west));

test('the documents’ values: agents follow the other clusters’ own etcd, under their names', () => {
  const settings = meshSettings(installed, '1.18.0');
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
  expect(meshSettings(bare, '1.17.6')).toMatchObject({ kvstoremesh: true, authMode: 'legacy', clusters: [] });
  expect(meshSettings(bare, '1.19.4')).toMatchObject({ kvstoremesh: true, authMode: 'migration' });
});

test('clusters present themselves as one user, or each as its own', () => {
  const mode = (authMode: string) => ({ ...installed, 'clustermesh.apiserver.tls.authMode': authMode });
  expect(remoteUser(meshSettings(mode('migration'), '1.19.4'))).toBe('remote');
  expect(remoteUser(meshSettings(mode('cluster'), '1.19.4'))).toBe('remote-west');
  expect(() => meshSettings(mode('none'), '1.19.4')).toThrow(
    /authMode=none is none of legacy, migration, cluster/,
  );
});

test('a service type that the lab does not have is refused', () => {
  const values = { ...installed, 'clustermesh.apiserver.service.type': 'LoadBalancer' };
  expect(() => meshSettings(values, '1.19.4')).toThrow(/the lab has NodePort alone/);
});

test('agents are told of the mesh in cilium-config, as far as the chart does', () => {
  expect(configOf(installed, '1.19.4')).toMatchObject({
    'cluster-name': 'west',
    'cluster-id': '1',
    'max-connected-clusters': '255',
    'clustermesh-enable-mcs-api': 'false',
    'policy-default-local-cluster': 'true',
    'enable-ip-masq-agent': 'true',
    ipam: 'kubernetes',
  });
  expect(configOf(installed, '1.18.0')).toMatchObject({ 'policy-default-local-cluster': 'false' });
  expect(configOf(installed, '1.17.6')).not.toHaveProperty('policy-default-local-cluster');
});

test('what is not masqueraded goes into a file of its own', () => {
  expect(masqueradeConfig(installed)).toBe('{"nonMasqueradeCIDRs":["10.1.0.0/16"]}');
  const list = { 'ipMasqAgent.config.nonMasqueradeCIDRs': '{10.1.0.0/16,10.4.0.0/16}' };
  expect(masqueradeConfig({ ...installed, ...list })).toBe(
    '{"nonMasqueradeCIDRs":["10.1.0.0/16","10.4.0.0/16"]}',
  );
  expect(masqueradeConfig({ ...installed, 'ipMasqAgent.enabled': false })).toBeUndefined();
});
