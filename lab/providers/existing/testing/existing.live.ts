import { expect } from '@playwright/test';
import { loadBalancerIpPools } from '../../../../helpers/cilium/resources.ts';
import { nodes, pods } from '../../../../helpers/kube/resources.ts';
import { until } from '../../../../helpers/waiting.ts';
import { recordedNamespace } from '../rbac.ts';
import { expectClaimsToPass } from './least-rights.ts';
import { type Run, type Theirs, test } from './theirs.ts';

/** One of each kind. */
const fewClaims = [
  ...['BGP-01', 'BGP-05', 'BGP-08', 'BGP-12', 'LB-02', 'LB-07', 'LB-09'],
  ...['IPAM-07', 'IPAM-15', 'L2-02', 'DSR-04', 'RT-02'],
];

/** The nodes' label of theirs, which another changes meanwhile. */
const rack = async ({ kube }: Theirs, value: string): Promise<void> => {
  await kube.patch(nodes, 'k8s-w1', undefined, { metadata: { labels: { rack: value } } });
};

const enabled = async ({ kube }: Theirs): Promise<string | undefined> =>
  (await kube.get(nodes, 'k8s-w1'))?.metadata.labels?.['enable-bgp'];

const verdictsOf = ({ report }: Run, ids: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    (report?.claims ?? [])
      .filter(({ id }) => ids.includes(id))
      .map(({ id, verdict, reason }) => [id, `${verdict}: ${reason ?? ''}`]),
  );

test('claims pass with the least rights; nothing of others is touched, and all is as it was', async ({
  theirs,
}) => {
  await expectClaimsToPass(theirs, fewClaims);
});

test('disruptive claims that were not asked for by name, and what is not allowed, do not run', async ({
  theirs,
}) => {
  const strict = theirs.stage.write('strict.yaml', text =>
    text
      .replace(/^allow: .*$/m, 'allow: [label-nodes, router-neighbors]')
      .replace(/^disruptive: .*$/m, 'disruptive: []'),
  );
  const asked = ['BGP-13', 'LB-09', 'BGP-05', 'MESH-01', 'L2-02'];

  const run = await theirs.run(asked, { inventory: strict });

  expect(verdictsOf(run, asked)).toEqual({
    'BGP-05': 'passed: ',
    'BGP-13': expect.stringContaining('not applicable: it disrupts, and is run only when asked for by name'),
    'LB-09': expect.stringMatching(/it needs .*router-settings in the inventory's allow/),
    'MESH-01': expect.stringMatching(
      /not applicable: \S+strict.yaml is of topology bgp, and the claim of mesh/,
    ),
    'L2-02': expect.stringMatching(
      /not applicable: this lab cannot: configure \(not allowed \(configure\)\)/,
    ),
  });
});

test('a disruptive claim that is asked for by name runs', async ({ theirs }) => {
  const gentle = theirs.stage.write('gentle.yaml', text =>
    text.replace(/^disruptive: .*$/m, 'disruptive: []'),
  );

  const run = await theirs.run(['BGP-12', 'BGP-13'], {
    inventory: gentle,
    env: { LAB_DISRUPTIVE: 'BGP-13' },
  });

  expect(verdictsOf(run, ['BGP-12', 'BGP-13'])).toEqual({
    'BGP-12': expect.stringContaining('LAB_DISRUPTIVE=BGP-12'),
    'BGP-13': 'passed: ',
  });
});

test('what another changes meanwhile is shown, and not taken back', async ({ theirs }) => {
  const { ended } = theirs.start(['BGP-05']);
  await until('the run to have begun', 60_000, async () => {
    const ours = await theirs.kube.list(pods, { namespace: recordedNamespace });
    return ours.length > 0 ? true : undefined;
  });
  await rack(theirs, 'r8');

  const { code, printed } = await ended;

  expect(printed).toMatch(
    /is not as it was before the run:\s+changed: cluster default: Node k8s-w1: was …[^…]*…, is …[^…]*r8/,
  );
  expect(code).not.toBe(0);
  expect((await theirs.kube.get(nodes, 'k8s-w1'))?.metadata.labels?.rack).toBe('r8');
  expect(await enabled(theirs)).toBeUndefined();
  await theirs.command(['restore']);
});

test('what would be in the way is told before anything is changed', async ({ theirs }) => {
  const pool = { cidr: '198.51.100.64/28' };
  await theirs.kube.create(loadBalancerIpPools, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumLoadBalancerIPPool',
    metadata: { name: 'for-everybody' },
    spec: { blocks: [pool] },
  });

  const { code, printed } = await theirs.run(['BGP-05']);

  await theirs.kube.delete(loadBalancerIpPools, 'for-everybody');
  expect(printed).toMatch(
    /nothing was changed:\s+cluster default: CiliumLoadBalancerIPPool for-everybody selects every service/,
  );
  expect(code).not.toBe(0);
  expect(await enabled(theirs)).toBeUndefined();
});
