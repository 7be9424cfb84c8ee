import { expect, test } from '@playwright/test';
import { bgpAdvertisements, ciliumNodes } from '../cilium/resources.ts';
import { services } from './resources.ts';
import { inVersion, servedVersions } from './versions.ts';

const server = (served: Readonly<Record<string, readonly string[]>>) => {
  const asked: string[] = [];
  const typeOn = servedVersions(async apiVersion => {
    asked.push(apiVersion);
    const names = served[apiVersion];
    return names === undefined ? undefined : { resources: names.map(name => ({ name })) };
  });
  return { asked, typeOn };
};

test('a resource is spoken to in the version that the server has', async () => {
  const { typeOn, asked } = server({
    'cilium.io/v2': [ciliumNodes.plural],
    'cilium.io/v2alpha1': [bgpAdvertisements.plural],
  });
  expect((await typeOn(bgpAdvertisements)).version).toBe('v2alpha1');
  expect((await typeOn(ciliumNodes)).version).toBe('v2');
  expect((await typeOn(services)).version).toBe('v1');
  await typeOn(bgpAdvertisements);
  expect(asked).toEqual(['cilium.io/v2', 'cilium.io/v2alpha1']);
});

test('the newer version is taken where both are served, and named where neither is', async () => {
  const both = server({
    'cilium.io/v2': [bgpAdvertisements.plural],
    'cilium.io/v2alpha1': [bgpAdvertisements.plural],
  });
  expect((await both.typeOn(bgpAdvertisements)).version).toBe('v2');
  expect((await server({}).typeOn(bgpAdvertisements)).version).toBe('v2');
});

test('a question that failed is asked again', async () => {
  let failing = true;
  const typeOn = servedVersions(async () => {
    if (failing) throw new Error('connection refused');
    return { resources: [{ name: bgpAdvertisements.plural }] };
  });
  await expect(typeOn(bgpAdvertisements)).rejects.toThrow('refused');
  failing = false;
  expect((await typeOn(bgpAdvertisements)).version).toBe('v2');
});

test('an object is sent in the version of its resource', () => {
  const object = { apiVersion: 'cilium.io/v2', kind: 'X', metadata: { name: 'x' } };
  expect(inVersion({ ...bgpAdvertisements, version: 'v2alpha1' }, object).apiVersion).toBe(
    'cilium.io/v2alpha1',
  );
  expect(inVersion(bgpAdvertisements, object)).toBe(object);
});
