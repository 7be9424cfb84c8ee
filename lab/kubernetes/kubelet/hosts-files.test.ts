import { readFileSync, statSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { services } from '../../../helpers/kube/resources.ts';
import { createStore } from '../api/store.ts';
import { startHostsFiles } from './hosts-files.ts';

test('services come and go in a hosts file that stays the same file', async () => {
  const info = test.info();
  const kube = createStore({ serviceCidr: '10.96.0.0/16' });
  const files = startHostsFiles(kube, () => {});
  const file = info.outputPath('hosts');
  const forget = files.keep(file, {
    namespace: 'default',
    hostname: 'curl-pod',
    address: '172.20.0.9',
    aliases: [{ ip: '172.18.0.5', hostnames: ['east.mesh.cilium.io'] }],
  });
  const { ino } = statSync(file);
  const lines = (): string[] => readFileSync(file, 'utf8').split('\n');
  expect(lines()).toContain('172.20.0.9 curl-pod');
  expect(lines(), 'the pod’s own hostAliases').toContain('172.18.0.5 east.mesh.cilium.io');

  for (const [name, clusterIP] of [
    ['webpod', '10.96.0.50'],
    ['headless', 'None'],
  ] as const)
    kube.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: { clusterIP, ports: [{ port: 80 }] },
    });
  await expect
    .poll(lines)
    .toContain('10.96.0.50 webpod webpod.default webpod.default.svc webpod.default.svc.cluster.local');
  expect(lines().some(line => line.includes('headless'))).toBe(false);

  kube.delete(services, 'webpod', 'default');
  await expect.poll(() => lines().some(line => line.includes('webpod'))).toBe(false);
  expect(lines(), 'nothing of the longer file is left behind').toContain('172.20.0.9 curl-pod');
  expect(statSync(file).ino).toBe(ino);
  forget();
  files.stop();
});
