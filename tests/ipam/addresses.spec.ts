import { expect, ipamAnnotations, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim('IPAM-01', 'Without a pool a LoadBalancer service stays pending, and its condition says why'),
  async ({ pools }) => {
    const service = await pools.service('pending');
    await expect(pools).toStayPending(service);

    await pools.create('pool-of-others', {
      blocks: [{ cidr: '172.16.9.0/24' }],
      serviceSelector: { matchLabels: { app: 'other' } },
    });
    await expect(pools).toSayWhyPending(service, ['no_pool', 'pool_selector_mismatch']);
    await expect(pools).toStayPending(service);

    await pools.create('pool', { blocks: [{ start: '172.16.1.7', stop: '172.16.1.7' }] });
    await expect(pools).toAssign([service], ['172.16.1.7']);
  },
);

test(
  ...claim(
    'IPAM-02',
    'The pool 172.16.1.0/24 without its first and last address has 254 to give; the first service takes one and 253 remain',
  ),
  async ({ pools }) => {
    await pools.create('pool', { allowFirstLastIPs: 'No', blocks: [{ cidr: '172.16.1.0/24' }] });
    await expect(pools).toHaveAvailable('pool', 254);

    const service = await pools.service('first');

    await expect(pools).toAssignBetween(service, '172.16.1.1', '172.16.1.254');
    await expect(pools).toHaveAvailable('pool', 253);
  },
);

test(
  ...claim('IPAM-03', 'A block given by start and stop hands out addresses inside it only'),
  async ({ pools }) => {
    await pools.create('pool', { blocks: [{ start: '172.16.1.20', stop: '172.16.1.22' }] });

    const served = await Promise.all(['a', 'b', 'c'].map(name => pools.service(name)));
    await expect(pools).toAssign(served, ['172.16.1.20', '172.16.1.21', '172.16.1.22']);

    const oneTooMany = await pools.service('d');
    await expect(pools).toSayWhyPending(oneTooMany, ['out_of_ips']);
    await expect(pools).toStayPending(oneTooMany);
  },
);

test(
  ...claim('IPAM-04', 'Blocks given by prefix and blocks given by start and stop mix in one pool'),
  async ({ pools }) => {
    await pools.create('pool', {
      allowFirstLastIPs: 'No',
      blocks: [{ cidr: '172.16.2.0/30' }, { start: '172.16.3.10', stop: '172.16.3.11' }],
    });

    const served = await Promise.all(['a', 'b', 'c', 'd'].map(name => pools.service(name)));

    await expect(pools).toAssign(served, ['172.16.2.1', '172.16.2.2', '172.16.3.10', '172.16.3.11']);
  },
);

test(
  ...claim('IPAM-05', 'A pool is written with blocks; the older field cidrs is not accepted'),
  async ({ pools }) => {
    const asDocumented = { cidrs: [{ cidr: '172.16.1.0/24' }] };
    const answer = pools.create('refused', asDocumented, { strict: true });
    await expect(answer, 'a pool written with cidrs is refused').rejects.toThrow(/unknown field.*cidrs/);

    const service = await pools.service('pending');
    await pools.create('without-effect', asDocumented).catch(() => {});
    await expect(pools).toStayPending(service);

    await pools.create('pool', { blocks: [{ start: '172.16.1.7', stop: '172.16.1.7' }] });
    await expect(pools).toAssign([service], ['172.16.1.7']);
  },
);

test(...claim('IPAM-06', 'When a service goes its address returns to the pool'), async ({ pools }) => {
  await pools.create('pool', { blocks: [{ start: '172.16.1.30', stop: '172.16.1.30' }] });
  const first = await pools.service('first');
  await expect(pools).toAssign([first], ['172.16.1.30']);
  await expect(pools).toHaveAvailable('pool', 0);

  await pools.deleteService(first);

  await expect(pools).toHaveAvailable('pool', 1);
  const second = await pools.service('second');
  await expect(pools).toAssign([second], ['172.16.1.30']);
});

test(
  ...claim(
    'IPAM-07',
    'The annotation lbipam.cilium.io/ips requests one address, also of a service that already has another',
  ),
  async ({ pools }) => {
    await pools.create('pool', { allowFirstLastIPs: 'No', blocks: [{ cidr: '172.16.1.0/24' }] });

    const asked = await pools.service('asked', {
      annotations: { [ipamAnnotations.addresses]: '172.16.1.77' },
    });
    await expect(pools).toAssign([asked], ['172.16.1.77']);

    const live = await pools.service('live');
    await expect(pools).toAssignBetween(live, '172.16.1.1', '172.16.1.254');
    await pools.annotate(live, { [ipamAnnotations.addresses]: '172.16.1.88' });
    await expect(pools).toAssign([live], ['172.16.1.88']);
  },
);

test(
  ...claim(
    'IPAM-08',
    'The annotation lbipam.cilium.io/sharing-key puts services with different ports on one address; the same port does not share',
  ),
  async ({ pools, clients, staticRoutes }) => {
    await staticRoutes.toPodNetwork();
    await pools.create('pool', { blocks: [{ start: '172.16.1.40', stop: '172.16.1.41' }] });
    const sharing = { annotations: { [ipamAnnotations.sharingKey]: 'key' } };
    const request = { [ipamAnnotations.addresses]: '172.16.1.40' };
    const first = await pools.service('port-80', {
      annotations: { ...sharing.annotations, ...request },
    });
    await expect(pools).toAssign([first], ['172.16.1.40']);

    const second = await pools.service('port-8080', { ...sharing, port: 8080 });
    await expect(pools).toAssign([second], ['172.16.1.40']);
    const [client] = clients;
    await expect(client).toBeAnsweredAt('172.16.1.40');
    await expect(client).toBeAnsweredAt('172.16.1.40:8080');

    const samePort = await pools.service('port-80-again', sharing);
    await expect(pools).toAssign([samePort], ['172.16.1.41']);
  },
);

test(
  ...claim('IPAM-09', 'Before it is announced an address answers inside the cluster and not from the router'),
  async ({ pools, clients, router, webpod, staticRoutes }) => {
    await staticRoutes.toPodNetwork();
    await pools.create('pool', { blocks: [{ start: '172.16.1.50', stop: '172.16.1.50' }] });
    const service = await pools.service('unannounced');
    await expect(pools).toAssign([service], ['172.16.1.50']);

    for (const client of clients) await expect(client).toBeAnsweredAt('172.16.1.50');

    const [replica] = await webpod.replicas();
    await expect(router).toBeAnsweredAt(replica?.address ?? 'no replica');
    await expect(router).toGetNoAnswerAt('172.16.1.50');
  },
);

test(
  ...claim(
    'IPAM-11',
    'A service that is deleted and created again with its sharing key gets the address of its group back',
  ),
  async ({ pools }) => {
    await pools.create('pool', { allowFirstLastIPs: 'No', blocks: [{ cidr: '172.16.1.0/24' }] });
    const sharing = { annotations: { [ipamAnnotations.sharingKey]: 'key' } };
    const first = await pools.service('port-80', {
      annotations: { ...sharing.annotations, [ipamAnnotations.addresses]: '172.16.1.60' },
    });
    await expect(pools).toAssign([first], ['172.16.1.60']);
    const second = await pools.service('port-8080', { ...sharing, port: 8080 });
    await expect(pools).toAssign([first, second], ['172.16.1.60', '172.16.1.60']);

    await pools.deleteService(second);
    await pools.service('port-8080', { ...sharing, port: 8080 });

    await expect(pools).toAssign([first, second], ['172.16.1.60', '172.16.1.60']);
  },
);
