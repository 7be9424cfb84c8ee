import { expect, test } from '@playwright/test';
import { Ajv } from 'ajv';
import { crdSchema, noSharedData } from '../testing/shared.ts';
import { bgp } from './bgp.ts';
import {
  clusterConfig,
  loadBalancerAdvertisement,
  loadBalancerPool,
  peerConfig,
  podCidrAdvertisement,
} from './manifests.ts';

const [cluster] = bgp.clusters;
if (cluster === undefined) throw new Error('the BGP lab has no cluster');

/** A schema in which an object has no fields but those it names: a misspelt one is dropped by the API without a word. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...entries, additionalProperties: false }
    : entries;
}

for (const [name, object] of [
  ['ciliumbgpadvertisement_v2', podCidrAdvertisement],
  ['ciliumbgpadvertisement_v2', loadBalancerAdvertisement],
  ['ciliumbgppeerconfig_v2', peerConfig],
  ['ciliumbgpclusterconfig_v2', clusterConfig(bgp, cluster)],
  ['ciliumloadbalancerippool_v2', loadBalancerPool],
] as const) {
  test(`${object.metadata.name} is a valid ${object.kind}`, () => {
    test.skip(noSharedData !== undefined, noSharedData);
    const valid = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
      closed(crdSchema(name)) as object,
    );
    const { spec } = object;
    const whole = { apiVersion: object.apiVersion, kind: object.kind, metadata: {}, spec };
    expect(valid(whole), JSON.stringify(valid.errors)).toBe(true);
    expect(valid({ ...whole, spec: { ...spec, misspelt: 1 } })).toBe(false);
  });
}
