import { expect, type Train, test } from '../../fixtures/index.ts';
import { geneveDsr } from '../../lab/topologies/manifests.ts';
import { claim } from '../claim.ts';

test.use({ configuration: geneveDsr });

test(
  ...claim('DSR-07', 'Maglev: whatever node a connection enters at, the same backend is chosen'),
  async ({ bgp, router, announced, webpod, train }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });

    // Left to itself the router spreads the same clients over the nodes: the entry is its choice, and not Maglev's.
    const first = await train.spread(service.address, { requests: 60, reset: true });
    await expect(first).toEnterBy(bgp.nodes);

    const trains: Train[] = [first];
    for (const node of bgp.nodes) {
      await router.steer(service.prefix, node);
      const steered = await train.send(service.address, { again: first });
      await expect(steered).toEnterBy([node]);
      trains.push(steered);
    }

    await expect(trains).toReachTheSameReplicas(await webpod.replicas());
  },
);

test(
  ...claim('DSR-08', 'A backend that goes moves few of the other connections'),
  async ({ announced, webpod, train }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });
    const before = await train.send(service.address, { requests: 200, reset: true });
    await expect(before).toBeAnsweredBy((await webpod.replicas()).map(({ name }) => name));

    const staying = await webpod.scale(2);

    const after = await train.send(service.address, { again: before });
    await expect(after).toBeAnsweredBy(staying.map(({ name }) => name));
    await expect(after).toHaveMovedFew(before);
  },
);

test(
  ...claim(
    'DSR-09',
    'When a next hop goes, each connection that is open goes on by another node or is reset within seconds: none falls silent',
  ),
  async ({ bgp, router, announced, openConnections }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });
    await router.setHashPolicy('addresses and ports');
    const [leaving, ...staying] = bgp.nodes;
    const open = await openConnections.to(service.address, 60);

    await router.shutDown(leaving);

    await expect(router).toRouteExactly(service.prefix, { via: staying });
    await expect(open).toGoOnOrBeReset();
  },
);
