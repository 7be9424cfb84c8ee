import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

// Under policy Cluster a node hands requests on to pods of other nodes: as in the documents, it has to know the way.
test.beforeEach(({ staticRoutes }) => staticRoutes.toPodNetwork());

test(
  ...claim('LB-03', 'The address answers from the router, and every backend answers in turn'),
  async ({ announced, webpod, train }) => {
    const service = await announced.byEveryNode();

    const replicas = await webpod.replicas();
    await expect(await train.send(service.address)).toBeAnsweredBy(replicas.map(({ name }) => name));
  },
);

test(
  ...claim(
    'LB-05',
    "Policy Cluster: a request that enters at one node and is served on another carries the entry node's address as source, and the reply returns through it",
  ),
  async ({ bgp, announced, webpod, train }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });
    const nodeOf = await webpod.nodeOf();

    const sent = await train.spread(service.address);

    await expect(sent).toEnterBy(bgp.nodes);
    await expect(sent).toBeSeenBy(nodeOf, (client, entry, server) =>
      entry === server ? client : entry.address,
    );
    await expect(sent).toBeRepliedThroughTheEntryNode();
  },
);

test(
  ...claim('LB-07', "Policy Local: the pod sees the client's own address"),
  async ({ bgp, announced, webpod, train }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Local' });
    const nodeOf = await webpod.nodeOf();

    const sent = await train.spread(service.address);

    await expect(sent).toEnterBy(bgp.nodes);
    await expect(sent).toBeSeenBy(nodeOf, client => client);
  },
);

test(
  ...claim(
    'LB-08',
    'Hash policy 0 (addresses only): one client and one address always take the same next hop',
  ),
  async ({ router, announced, train }) => {
    const service = await announced.byEveryNode();
    await router.setHashPolicy('addresses');

    const sent = await train.send(service.address);

    const entries = new Set(sent.trips.map(trip => trip.entry?.name));
    expect(entries.size, `nodes by which requests entered: ${[...entries].join(', ')}`).toBe(1);
    expect(entries).not.toContain(undefined);
  },
);

test(
  ...claim('LB-09', 'Hash policy 1 (addresses and ports): the same requests spread over all next hops'),
  async ({ bgp, router, announced, train }) => {
    const service = await announced.byEveryNode();
    await router.setHashPolicy('addresses and ports');

    await expect(await train.send(service.address)).toBalanceAcross(bgp.nodes);
  },
);

test(
  ...claim('LB-11', 'Under hash policy 0 another source address may take another next hop'),
  async ({ bgp, router, announced, train, staticRoutes }) => {
    const service = await announced.byEveryNode();
    await router.setHashPolicy('addresses');
    // Replies to the router's loopback networks would leave by the nodes' default route.
    await staticRoutes.toClientNetworks();
    const sources = await router.addClientAddresses(16);

    const sent = await train.send(service.address, { sources, requests: 4 });

    await expect(sent).toEnterBy(bgp.nodes);
    for (const source of sources) {
      const entries = sent.trips.filter(trip => trip.source === source).map(trip => trip.entry?.name);
      expect(new Set(entries).size, `${source} entered at ${entries.join(', ')}`).toBe(1);
    }
  },
);

test(
  ...claim('LB-14', "The address need not lie in any node's subnet"),
  async ({ bgp, router, balancer, webpod, train }) => {
    const service = await balancer.expose();
    for (const node of bgp.nodes) await expect(node).toHaveNoSubnetWith(service.address);

    await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });

    const replicas = await webpod.replicas();
    await expect(await train.send(service.address)).toBeAnsweredBy(replicas.map(({ name }) => name));
  },
);

test(
  ...claim(
    'LB-18',
    'Policy Cluster: when all backends are gone a request to the address is refused by the node it enters at, and handed on to nobody',
  ),
  async ({ bgp, router, balancer, webpod, train }) => {
    const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });
    await webpod.scale(0);
    await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });

    const sent = await train.spread(service.address, { until: 'refused', uplinks: true });

    await expect(sent).toEnterBy(bgp.nodes);
    await expect(sent).toGoNoFurther();
    await expect(sent).toBeRefused();
  },
);

test(
  ...claim('LB-21', 'Replies leave by the node and the interface their request came in on'),
  async ({ bgp, announced, train }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });

    const sent = await train.spread(service.address, { uplinks: true });

    await expect(sent).toEnterBy(bgp.nodes);
    await expect(sent).toBeRepliedThroughTheEntryNode();
  },
);
