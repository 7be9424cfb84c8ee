import { expect, ipamAnnotations, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'IPAM-10',
    'A service that finds its pool exhausted waits and says so, and is served as soon as the pool has more',
  ),
  async ({ pools }) => {
    await pools.create('pool', { blocks: [{ start: '172.16.1.70', stop: '172.16.1.70' }] });
    const first = await pools.service('first');
    await expect(pools).toAssign([first], ['172.16.1.70']);

    const late = await pools.service('late');
    await expect(pools).toSayWhyPending(late, ['out_of_ips']);
    await expect(pools).toStayPending(late);

    await pools.edit('pool', {
      blocks: [
        { start: '172.16.1.70', stop: '172.16.1.70' },
        { start: '172.16.1.71', stop: '172.16.1.71' },
      ],
    });
    await expect(pools).toAssign([late], ['172.16.1.71']);
    await expect(pools).toAssign([first], ['172.16.1.70']);
  },
);

test(
  ...claim('IPAM-12', 'A restart of the operator leaves every address with its service'),
  async ({ pools, operator }) => {
    await pools.create('pool', { allowFirstLastIPs: 'No', blocks: [{ cidr: '172.16.1.0/24' }] });
    const sharing = { [ipamAnnotations.sharingKey]: 'key' };
    await pools.service('port-80', {
      annotations: { ...sharing, [ipamAnnotations.addresses]: '172.16.1.60' },
    });
    await expect(pools).toAssign(['port-80'], ['172.16.1.60']);
    await pools.service('port-8080', { annotations: sharing, port: 8080 });
    await expect(pools).toAssign(['port-80', 'port-8080'], ['172.16.1.60', '172.16.1.60']);
    const alone = await pools.service('alone');
    await expect(pools).toAssignBetween(alone, '172.16.1.1', '172.16.1.254');
    const before = await pools.assignments(['port-80', 'port-8080', alone]);

    await operator.restart();
    const after = await pools.service('after');
    await expect(pools).toAssignBetween(after, '172.16.1.1', '172.16.1.254');

    await expect(pools).toKeep(before);
  },
);

test(
  ...claim('IPAM-13', 'A disabled pool hands out nothing new, and what it has given stays'),
  async ({ pools }) => {
    await pools.create('pool', { blocks: [{ start: '172.16.1.80', stop: '172.16.1.89' }] });
    await pools.service('before');
    await expect(pools).toAssignBetween('before', '172.16.1.80', '172.16.1.89');
    const given = await pools.assignments(['before']);

    // One more address in the same edit shows when it has been taken in: new services and edits overtake each other.
    await pools.edit('pool', {
      disabled: true,
      blocks: [
        { start: '172.16.1.80', stop: '172.16.1.89' },
        { start: '172.16.1.95', stop: '172.16.1.95' },
      ],
    });
    await expect(pools).toHaveAvailable('pool', 10);
    const waiting = await pools.service('while-disabled');
    await expect(pools).toSayWhyPending(waiting, ['no_pool']);
    await expect(pools).toStayPending(waiting);
    await expect(pools).toKeep(given);

    await pools.edit('pool', { disabled: false });
    await expect(pools).toAssignBetween(waiting, '172.16.1.80', '172.16.1.95');
    await expect(pools).toKeep(given);
  },
);

test(
  ...claim(
    'IPAM-14',
    'Of two pools that overlap the younger one is marked as conflicting and serves nobody until the other goes',
  ),
  async ({ pools }) => {
    await pools.create('older', { blocks: [{ start: '172.16.1.90', stop: '172.16.1.90' }] });
    const first = await pools.service('first');
    await expect(pools).toAssign([first], ['172.16.1.90']);

    await pools.createAfter('older', 'younger', { blocks: [{ start: '172.16.1.90', stop: '172.16.1.99' }] });
    await expect(pools).toConflict('younger', true);
    await expect(pools).toConflict('older', false);
    const waiting = await pools.service('waiting');
    await expect(pools).toStayPending(waiting);

    await pools.delete('older');
    await expect(pools).toConflict('younger', false);
    await expect(pools).toAssignBetween(waiting, '172.16.1.90', '172.16.1.99');
  },
);

test(
  ...claim(
    'IPAM-15',
    'A pool serves the services its selector matches, by label, by name or by namespace, and no others',
  ),
  async ({ pools }) => {
    const one = (address: string) => [{ start: address, stop: address }];
    await pools.create('by-label', {
      blocks: one('172.16.1.1'),
      serviceSelector: { matchLabels: { app: 'red' } },
    });
    await pools.create('by-name', {
      blocks: one('172.16.2.1'),
      serviceSelector: { matchLabels: { 'io.kubernetes.service.name': 'named' } },
    });
    const unselected = await pools.service('unselected', { app: 'blue' });
    await expect(pools).toSayWhyPending(unselected, ['no_pool', 'pool_selector_mismatch']);
    const named = await pools.service('named', { app: 'blue' });
    const labelled = await pools.service('labelled', { app: 'red' });

    await expect(pools).toAssign([labelled], ['172.16.1.1']);
    await expect(pools).toAssign([named], ['172.16.2.1']);
    await expect(pools).toStayPending(unselected);

    await pools.create('by-namespace', {
      blocks: one('172.16.3.1'),
      serviceSelector: { matchLabels: { 'io.kubernetes.service.namespace': 'default' } },
    });
    await expect(pools).toAssign([unselected], ['172.16.3.1']);
  },
);

test(...claim('IPAM-16', 'Widening a pool in use moves no address'), async ({ pools }) => {
  await pools.create('pool', { blocks: [{ start: '172.16.1.120', stop: '172.16.1.125' }] });
  const names = ['a', 'b', 'c'];
  for (const name of names) {
    await pools.service(name);
    await expect(pools).toAssignBetween(name, '172.16.1.120', '172.16.1.125');
  }
  const before = await pools.assignments(names);

  await pools.edit('pool', { blocks: [{ start: '172.16.1.117', stop: '172.16.1.125' }] });

  await expect(pools).toKeep(before);
  const after = await pools.service('after');
  await expect(pools).toAssignBetween(after, '172.16.1.117', '172.16.1.125');
  await expect(pools).toKeep(before);
});
