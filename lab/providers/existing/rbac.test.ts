import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { alphabetical } from '../../../helpers/order.ts';
import { manifestUrl } from './clusters.ts';
import { readRecording } from './footprint.ts';
import { grants, manifest, type PolicyRule, rulesFor } from './rbac.ts';
import { parseRequest } from './summarise.ts';
import { rulesIn } from './testing/rbac-front.ts';

const topologies = ['bgp', 'mesh'] as const;
const committed = (topology: (typeof topologies)[number]): string =>
  readFileSync(manifestUrl(topology), 'utf8');
const recorded = (topology: (typeof topologies)[number]) =>
  readRecording().requests[topology].map(parseRequest);
const rulesOf = (...requests: string[]) => rulesFor(requests.map(parseRequest));

test('the manifest is what the recorded requests need: run `npm run footprint` when they change', () => {
  for (const topology of topologies)
    expect(manifest(rulesFor(recorded(topology))), topology).toBe(committed(topology));
});

test('read back, it grants every recorded request, and nothing by a wildcard', () => {
  for (const topology of topologies) {
    const rules = rulesIn(committed(topology));

    expect(recorded(topology).filter(request => !grants(rules, request))).toEqual([]);
    expect(recorded(topology).length).toBeGreaterThan(20);
    const words = Object.values(rules)
      .flat()
      .flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
    expect(words).not.toContain('*');
  }
});

test('it may not read secrets by the dozen, change others’ objects at the cluster’s level, or remove namespaces', () => {
  const all = topologies.map(topology => rulesIn(committed(topology)));
  const may = (request: string): boolean => all.some(rules => grants(rules, parseRequest(request)));

  for (const request of [
    'list /secrets - -',
    'list /secrets kube-system -',
    'delete cilium.io/ciliumloadbalancerippools - theirs',
    'patch cilium.io/ciliumbgpclusterconfigs - theirs',
    'delete /namespaces - default',
    'delete /services default web',
    'patch apps/daemonsets kube-system cilium',
    'create /pods default -',
    'delete /nodes - k8s-w1',
    'create rbac.authorization.k8s.io/clusterrolebindings - mine',
  ]) {
    expect(may(request), request).toBe(false);
  }
  const bgp = rulesIn(committed('bgp'));
  expect(grants(bgp, parseRequest('get /secrets kube-system cilium-ca')), 'the mesh alone needs it').toBe(
    false,
  );
});

test('rules: by scope and resource, with names where the suite itself gives them', () => {
  expect(
    rulesOf(
      'list /pods - -',
      'create /services ours -',
      'delete /services ours web',
      'get cilium.io/ciliumbgppeerconfigs - cilium-peer',
      'patch cilium.io/ciliumbgppeerconfigs - cilium-peer',
      'create cilium.io/ciliumbgppeerconfigs - -',
      'get /configmaps kube-system cilium-config',
      'patch /nodes - -',
    ),
  ).toEqual({
    '': [
      rule('', 'nodes', ['patch']),
      rule('', 'pods', ['list']),
      rule('cilium.io', 'ciliumbgppeerconfigs', ['create']),
      { ...rule('cilium.io', 'ciliumbgppeerconfigs', ['get', 'patch']), resourceNames: ['cilium-peer'] },
    ],
    'kube-system': [{ ...rule('', 'configmaps', ['get']), resourceNames: ['cilium-config'] }],
    ours: [rule('', 'services', ['create', 'delete'])],
  });
});

function rule(group: string, resource: string, verbs: string[]): PolicyRule {
  return { apiGroups: [group], resources: [resource], verbs };
}

test('what is granted in a namespace is granted there alone; what is granted on the cluster everywhere', () => {
  const rules = rulesOf('get /services ours web', 'list /pods - -', 'get /pods/exec ours -');

  expect(grants(rules, parseRequest('get /services ours other'))).toBe(true);
  expect(grants(rules, parseRequest('get /services theirs web'))).toBe(false);
  expect(grants(rules, parseRequest('list /pods theirs -'))).toBe(true);
  expect(grants(rules, parseRequest('create /pods/exec ours -')), 'exec is asked for in both ways').toBe(
    true,
  );
  expect(grants(rules, parseRequest('delete /pods ours -'))).toBe(false);
});

test('another namespace takes the place of the recorded one', () => {
  const text = manifest(rulesOf('get /services cilium-conformance web', 'get /pods kube-system x'), 'tests');

  expect(Object.keys(rulesIn(text)).toSorted(alphabetical)).toEqual(['kube-system', 'tests']);
  expect(text).not.toMatch(/namespace: cilium-conformance$/m);
});
