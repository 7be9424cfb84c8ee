import { claim, expect, test } from '../../fixtures/index.ts';

// Under policy Cluster a node hands requests on to pods of other nodes: as in the documents, it has to know the way.
test.beforeEach(({ staticRoutes }) => staticRoutes.toPodNetwork());

test(...claim('LB-03'), async ({ bgp, router, balancer, webpod, capture, train }) => {
  const service = await balancer.expose();
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });

  const replicas = await webpod.replicas();
  await expect(await train.send(capture, service.address)).toBeAnsweredBy(replicas.map(({ name }) => name));
});

test(...claim('LB-05'), async ({ bgp, router, balancer, webpod, capture, train }) => {
  const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');
  const nodeOf = await webpod.nodeOf();

  const sent = await train.send(capture, service.address);

  await expect(sent).toEnterBy(bgp.nodes);
  await expect(sent).toBeSeenBy(nodeOf, (client, entry, server) =>
    entry === server ? client : entry.address,
  );
  await expect(sent).toBeRepliedThroughTheEntryNode();
});

test(...claim('LB-07'), async ({ bgp, router, balancer, webpod, capture, train }) => {
  const service = await balancer.expose({ externalTrafficPolicy: 'Local' });
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');
  const nodeOf = await webpod.nodeOf();

  const sent = await train.send(capture, service.address);

  await expect(sent).toEnterBy(bgp.nodes);
  await expect(sent).toBeSeenBy(nodeOf, client => client);
});

test(...claim('LB-08'), async ({ bgp, router, balancer, capture, train }) => {
  const service = await balancer.expose();
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses');

  const sent = await train.send(capture, service.address);

  const entries = new Set(sent.trips.map(trip => trip.entry?.name));
  expect(entries.size, `nodes by which requests entered: ${[...entries].join(', ')}`).toBe(1);
  expect(entries).not.toContain(undefined);
});

test(...claim('LB-09'), async ({ bgp, router, balancer, capture, train }) => {
  const service = await balancer.expose();
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');

  await expect(await train.send(capture, service.address)).toBalanceAcross(bgp.nodes);
});

test(...claim('LB-11'), async ({ bgp, router, balancer, capture, train, staticRoutes }) => {
  const service = await balancer.expose();
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses');
  // Replies to the router's loopback networks would leave by the nodes' default route.
  await staticRoutes.toClientNetworks();
  const sources = await router.addClientAddresses(16);

  const sent = await train.send(capture, service.address, { sources, requests: 4 });

  await expect(sent).toEnterBy(bgp.nodes);
  for (const source of sources) {
    const entries = sent.trips.filter(trip => trip.source === source).map(trip => trip.entry?.name);
    expect(new Set(entries).size, `${source} entered at ${entries.join(', ')}`).toBe(1);
  }
});

test(...claim('LB-14'), async ({ bgp, router, balancer, webpod, capture, train }) => {
  const service = await balancer.expose();
  for (const node of bgp.nodes) await expect(node).toHaveNoSubnetWith(service.address);

  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });

  const replicas = await webpod.replicas();
  await expect(await train.send(capture, service.address)).toBeAnsweredBy(replicas.map(({ name }) => name));
});

test(...claim('LB-18'), async ({ bgp, router, balancer, webpod, capture, train }) => {
  const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });
  await webpod.scale(0);
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');

  const sent = await train.send(capture, service.address, { until: 'refused', uplinks: true });

  await expect(sent).toEnterBy(bgp.nodes);
  await expect(sent).toBeRefused();
  await expect(sent).toGoNoFurther();
});

test(...claim('LB-21'), async ({ bgp, router, balancer, capture, train }) => {
  const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');

  const sent = await train.send(capture, service.address, { uplinks: true });

  await expect(sent).toEnterBy(bgp.nodes);
  await expect(sent).toBeRepliedThroughTheEntryNode();
});
