import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { secrets } from '../../../../helpers/kube/resources.ts';
import { createStore } from '../../../kubernetes/api/store.ts';
import { secret, tlsSecret } from '../../mesh/objects.ts';
import { keepProjection, projections, writeVolume } from './projection.ts';

const visible = (directory: string): string[] =>
  readdirSync(directory)
    .filter(name => !name.startsWith('..'))
    .sort();

test('a volume follows what it is made of, and what is optional may come later', async () => {
  const kube = createStore({ serviceCidr: '10.2.0.0/16' });
  const directory = test.info().outputPath('clustermesh');
  const stop = keepProjection(kube, projections['clustermesh-secrets'], directory, () => {});
  expect(visible(directory)).toEqual([]);

  kube.create(secrets, secret('cilium-clustermesh', 'Opaque', { east: 'endpoints: one' }));
  kube.create(
    secrets,
    tlsSecret('clustermesh-apiserver-remote-cert', 'authority', { cert: 'certificate', key: 'key' }),
  );
  const common = ['common-etcd-client-ca.crt', 'common-etcd-client.crt', 'common-etcd-client.key'];
  await expect.poll(() => visible(directory)).toEqual([...common, 'east']);
  expect(readFileSync(path.join(directory, 'common-etcd-client-ca.crt'), 'utf8')).toBe('authority');

  kube.update(secrets, 'cilium-clustermesh', 'kube-system', draft => {
    draft.data = { north: Buffer.from('endpoints: two').toString('base64') };
  });
  await expect.poll(() => visible(directory)).toEqual([...common, 'north']);
  expect(readFileSync(path.join(directory, 'north'), 'utf8')).toBe('endpoints: two');
  stop();
});

test('all files change at once, and what does not change is left alone', () => {
  const directory = test.info().outputPath('volume');
  writeVolume(directory, { one: '1', two: '2' });
  const first = readlinkSync(path.join(directory, '..data'));
  expect(readlinkSync(path.join(directory, 'one'))).toBe('..data/one');
  expect(statSync(path.join(directory, 'one')).mode & 0o777).toBe(0o400);

  writeVolume(directory, { one: '1', two: '2' });
  expect(readlinkSync(path.join(directory, '..data'))).toBe(first);

  writeVolume(directory, { one: '3' });
  const second = readlinkSync(path.join(directory, '..data'));
  expect(second).not.toBe(first);
  expect(new Set(readdirSync(directory))).toEqual(new Set([second, '..data', 'one']));
  expect(readFileSync(path.join(directory, 'one'), 'utf8')).toBe('3');
});
