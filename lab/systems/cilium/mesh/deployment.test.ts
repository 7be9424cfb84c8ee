import { expect, test } from '@playwright/test';
import type { HelmValues } from '../../../../helpers/cilium/chart.ts';
import { type Container, deployments } from '../../../../helpers/kube/resources.ts';
import { createStore } from '../../../kubernetes/api/store.ts';
import { mesh } from '../../../topologies/mesh.ts';
import { effective } from '../../values/cilium-values.ts';
import { commandOf } from './container.ts';
import { apiDeployment, apiVolumes } from './deployment.ts';
import { meshSettings } from './settings.ts';

const [west] = mesh.clusters;
if (west === undefined) throw new Error('the topology has no cluster');

const deploymentOf = (values: HelmValues, version: string) =>
  apiDeployment(meshSettings(effective(mesh, west, {}, values, version)), version);

function containersOf(values: HelmValues, version: string): Map<string, Container> {
  const { spec } = deploymentOf(values, version).spec.template;
  return new Map([...(spec.initContainers ?? []), ...spec.containers].map(each => [each.name, each]));
}

test('etcd is initialised for the cluster, and asks every client for a certificate', () => {
  const containers = containersOf({}, '1.19.4');
  expect([...containers.keys()]).toEqual(['etcd-init', 'etcd', 'apiserver']);
  expect(containers.get('etcd-init')).toMatchObject({
    image: 'quay.io/cilium/clustermesh-apiserver:v1.19.4',
    args: expect.arrayContaining(['etcdinit', '--etcd-data-dir=/var/run/etcd']),
    env: [{ name: 'CILIUM_CLUSTER_NAME', value: 'west' }],
  });
  expect(containers.get('etcd')?.args).toEqual(
    expect.arrayContaining([
      '--client-cert-auth',
      '--trusted-ca-file=/var/lib/etcd-secrets/ca.crt',
      '--enable-grpc-gateway=false',
    ]),
  );
});

test('the API server knows its cluster, and from 1.19 on the users of the others', () => {
  const users = '--cluster-users-config-path=/var/lib/cilium/etcd-config/users.yaml';
  expect(containersOf({}, '1.19.4').get('apiserver')?.args).toEqual(
    expect.arrayContaining([
      '--cluster-name=west',
      '--cluster-id=1',
      '--kvstore-opt=etcd.config=/var/lib/cilium/etcd-config.yaml',
      '--max-connected-clusters=255',
      users,
    ]),
  );
  expect(containersOf({}, '1.18.0').get('apiserver')?.args).not.toContain(users);
  expect(containersOf({}, '1.17.6').get('apiserver')?.args).toContain('--enable-external-workloads=false');
});

test('kvstoremesh runs when it is not switched off, and its pod knows the other clusters by name', () => {
  const on = { 'clustermesh.apiserver.kvstoremesh.enabled': true };
  expect(containersOf({}, '1.19.4').has('kvstoremesh')).toBe(false);
  expect(containersOf(on, '1.19.4').get('kvstoremesh')?.args).toEqual(
    expect.arrayContaining([
      'kvstoremesh',
      '--clustermesh-config=/var/lib/cilium/clustermesh',
      '--clustermesh-cache-ttl=0s',
      '--enable-heartbeat=false',
    ]),
  );
  expect(containersOf(on, '1.17.6').get('kvstoremesh')?.args?.join()).not.toMatch(/cache-ttl|heartbeat/);
  expect(deploymentOf(on, '1.19.4').spec.template.spec.hostAliases).toEqual([
    { ip: '172.18.0.5', hostnames: ['east.mesh.cilium.io'] },
  ]);
  expect(deploymentOf({}, '1.19.4').spec.template.spec.hostAliases).toBeUndefined();
});

test('every version is an object that the API takes', () => {
  for (const version of ['1.17.6', '1.18.0', '1.19.4', '1.20.0']) {
    const kube = createStore({ serviceCidr: '10.2.0.0/16' });
    const values = { 'clustermesh.apiserver.kvstoremesh.enabled': true };
    const { spec } = kube.create(deployments, deploymentOf(values, version));
    const { volumes, containers } = spec.template.spec;
    const mounted = containers.flatMap(each => (each.volumeMounts ?? []).map(({ name }) => name));
    const names = (volumes as { name: string }[]).map(({ name }) => name);
    expect(names, version).toEqual(expect.arrayContaining(mounted));
  }
});

test('a container becomes a command: its volumes at their places, its programs where they look for each other', () => {
  const init = containersOf({}, '1.19.4').get('etcd-init');
  if (init === undefined) throw new Error('no init container');
  const command = commandOf(init, 'uid-1', {
    programs: { apiserver: '/tree/clustermesh-apiserver', etcd: '/usr/bin/etcd' },
    volumes: Object.fromEntries(apiVolumes.map(name => [name, `/state/${name}`])),
    account: '/state/account',
    scratch: test.info().outputPath('scratch'),
    apiServer: { host: '10.2.0.1', port: 443 },
  });
  const script = command.find(word => word.includes('\n')) ?? '';
  expect(script).toContain("mount --bind '/state/etcd-data-dir' '/mnt/run/etcd'");
  expect(script).toContain("mount --bind '/tree/clustermesh-apiserver' '/usr/bin/clustermesh-apiserver'");
  expect(script, 'this machine’s own etcd stays where it is').not.toContain("'/usr/bin/etcd'");
  expect(command).toEqual(
    expect.arrayContaining([
      'KUBERNETES_SERVICE_HOST=10.2.0.1',
      'etcdinit',
      '--etcd-initial-cluster-token=uid-1',
    ]),
  );
});
