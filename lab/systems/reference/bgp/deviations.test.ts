import { expect, test } from '@playwright/test';
import { desiredInstance } from './desired.ts';
import { Deviations, lateMs } from './deviations.ts';
import { advertisement, endpointsOn, instance, podCidr, service, view, webpods } from './testing.ts';

const local = service('webpod', { externalTrafficPolicy: 'Local' });
const vip = '172.16.1.1/32';

/** The paths of an agent with a fault, moment by moment. */
function pathsOver(
  fault: string | undefined,
  moments: readonly Parameters<typeof view>[0][],
  stepMs = 0,
): string[][] {
  const deviations = new Deviations({ restarted: false, reconfigured: false });
  return moments.map((moment, index) => {
    const seen = view({
      advertisements: [advertisement(podCidr, webpods())],
      ...moment,
      faults: new Set(fault === undefined ? [] : [fault]),
    });
    return [...deviations.apply(desiredInstance(instance, seen), seen, index * stepMs).paths];
  });
}

const here = { services: [local], slices: [endpointsOn('webpod', 'k8s-ctr')] };
const elsewhere = { services: [local], slices: [endpointsOn('webpod', 'k8s-w1')] };
const has = (paths: string[][]): boolean[] => paths.map(some => some.includes(vip));

test('without a fault nothing is remembered', () => {
  expect(has(pathsOver(undefined, [here, elsewhere, here, {}]))).toEqual([true, false, true, false]);
});

test('a kept next hop stays, a late one goes late', () => {
  const moments = [here, elsewhere, elsewhere];
  expect(has(pathsOver('lb-local-keeps-next-hop', moments, lateMs))).toEqual([true, true, true]);
  expect(has(pathsOver('lb-local-next-hop-late', moments, lateMs - 1))).toEqual([true, true, true]);
  expect(has(pathsOver('lb-local-next-hop-late', moments, lateMs))).toEqual([true, true, false]);
});

test('36055: what went with its backend returns only when the service is touched', () => {
  const touched = { ...local, metadata: { ...local.metadata, resourceVersion: '2' } };
  const moments = [here, elsewhere, here, { ...here, services: [touched] }];
  expect(has(pathsOver('cilium-36055', moments))).toEqual([true, false, false, true]);
});

test('35018: the end of one service takes the address from the other', () => {
  const moments = [{ services: [service('one'), service('two')] }, { services: [service('two')] }];
  expect(has(pathsOver(undefined, moments))).toEqual([true, true]);
  expect(has(pathsOver('cilium-35018', moments))).toEqual([true, false]);
});

test('a route stays behind after its service, a PodCIDR does not return', () => {
  expect(has(pathsOver('lb-withdraw-missing', [here, {}]))).toEqual([true, true]);
  const seen = view({ faults: new Set(['bgp-route-not-restored']) });
  const again = new Deviations({ restarted: false, reconfigured: true });
  expect(again.apply(desiredInstance(instance, seen), seen).paths).toEqual([]);
});
