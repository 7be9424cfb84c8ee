import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'LB-01',
    'A Service advertisement selects services by label: the router gets the /32 of the chosen ones and of no other',
  ),
  async ({ bgp, router, balancer }) => {
    await expect(router).toHavePaths(bgp.podCidrPaths);
    const chosen = await balancer.expose({ name: 'webpod-chosen', app: 'webpod' });
    await balancer.expose({ name: 'webpod-other', app: 'other' });

    await expect(router).toRouteExactly(chosen.prefix, { via: bgp.nodes });
    await expect(router).toKnowServices([chosen.prefix], {
      within: [...router.originated, ...bgp.nodes.map(node => node.podCidr)],
    });
    await expect(router).toHavePaths([
      ...bgp.podCidrPaths,
      ...bgp.nodes.map(({ address, asn }) => ({ prefix: chosen.prefix, nextHop: address, asPath: [asn] })),
    ]);
  },
);

test(
  ...claim(
    'LB-02',
    'With externalTrafficPolicy Cluster every BGP node is a next hop: one kernel route with three next hops of equal weight',
  ),
  async ({ bgp, router, balancer }) => {
    const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });

    await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  },
);

test(
  ...claim('LB-04', 'With two replicas and policy Cluster a node without a backend is still a next hop'),
  async ({ bgp, router, announced, webpod }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });

    await webpod.scale(2);

    await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  },
);

test(
  ...claim('LB-06', 'Policy Local: only nodes with a ready backend are next hops'),
  async ({ router, announced, webpod }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });
    const nodes = (await webpod.scale(2)).map(replica => replica.node);

    const toLocal = await router.timing(service.prefix, () => service.setPolicy('Local'));
    await expect(router).toRouteExactly(service.prefix, { via: nodes });
    await toLocal.record('policy Local, from the API call to the kernel route');

    const toOne = await router.timing(service.prefix, () => webpod.requestScale(1));
    const [last] = await webpod.scale(1);
    await expect(router).toRouteExactly(service.prefix, { via: last === undefined ? [] : [last.node] });
    await toOne.record('scaling to one replica, from the API call to the kernel route');
  },
);

test(
  ...claim('LB-10', 'Scaling up brings next hops back, and the spread covers them'),
  async ({ bgp, router, balancer, webpod, train }) => {
    const service = await balancer.expose({ externalTrafficPolicy: 'Local' });
    const nodes = (await webpod.scale(2)).map(replica => replica.node);
    await expect(router).toRouteExactly(service.prefix, { via: nodes });

    const back = await router.timing(service.prefix, () => webpod.requestScale(3));
    await webpod.scale(3);
    await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
    await back.record('scaling up, from the API call to the kernel route');

    await expect(await train.spread(service.address)).toBalanceAcross(bgp.nodes);
  },
);

test(
  ...claim(
    'LB-12',
    'When all backends are gone policy Local withdraws the /32 everywhere and policy Cluster keeps it',
  ),
  async ({ bgp, router, balancer, webpod }) => {
    const cluster = await balancer.expose({ name: 'webpod-cluster', externalTrafficPolicy: 'Cluster' });
    const local = await balancer.expose({ name: 'webpod-local', externalTrafficPolicy: 'Local' });
    await expect(router).toRouteExactly(cluster.prefix, { via: bgp.nodes });
    await expect(router).toRouteExactly(local.prefix, { via: bgp.nodes });

    const gone = await router.timing(local.prefix, () => webpod.requestScale(0));
    await webpod.scale(0);

    await expect(router).toRouteExactly(local.prefix, { via: [] });
    await gone.record('last backend gone, from the API call to the withdrawal');
    await expect(router).toRouteExactly(cluster.prefix, { via: bgp.nodes });
  },
);

test(
  ...claim('LB-13', 'A service that is deleted, or is no longer of type LoadBalancer, is withdrawn'),
  async ({ bgp, router, balancer }) => {
    const deleted = await balancer.expose({ name: 'webpod-deleted' });
    const changed = await balancer.expose({ name: 'webpod-changed' });
    const kept = await balancer.expose({ name: 'webpod-kept' });
    await expect(router).toRouteExactly(deleted.prefix, { via: bgp.nodes });
    await expect(router).toRouteExactly(changed.prefix, { via: bgp.nodes });

    const withdrawal = await router.timing(deleted.prefix, () => deleted.delete());
    await expect(router).toRouteExactly(deleted.prefix, { via: [] });
    await withdrawal.record('service deleted, from the API call to the withdrawal');

    await changed.becomeClusterIp();
    await expect(router).toRouteExactly(changed.prefix, { via: [] });
    await expect(router).toRouteExactly(kept.prefix, { via: bgp.nodes });
  },
);

test(
  ...claim(
    'LB-16',
    'When one of two services on one address goes, the address stays announced for the other',
  ),
  async ({ bgp, router, balancer, clients, staticRoutes }) => {
    await staticRoutes.toPodNetwork();
    const first = await balancer.expose({ name: 'webpod-80', sharingKey: 'key' });
    const second = await balancer.expose({ name: 'webpod-8080', port: 8080, sharingKey: 'key' });
    expect(second.address).toBe(first.address);
    await expect(router).toRouteExactly(first.prefix, { via: bgp.nodes });

    await first.delete();

    await expect(router).toKeepRoute(second.prefix, { via: bgp.nodes });
    await expect(clients[0]).toBeAnsweredAt(`${second.address}:8080`);
  },
);

test(
  ...claim(
    'LB-17',
    'Policy Local: an address withdrawn with its only pod returns with the pod that takes its place',
  ),
  async ({ router, balancer, webpod }) => {
    const service = await balancer.expose({ externalTrafficPolicy: 'Local' });
    const [only] = await webpod.scale(1);
    let replica = only;

    for (let round = 0; round < 3 && replica !== undefined; round++) {
      await expect(router).toRouteExactly(service.prefix, { via: [replica.node] });
      replica = await webpod.replace(replica);
    }

    await expect(router).toRouteExactly(service.prefix, { via: replica === undefined ? [] : [replica.node] });
  },
);
