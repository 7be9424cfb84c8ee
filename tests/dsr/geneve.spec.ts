import { claim, expect, test } from '../../fixtures/index.ts';
import { geneveDsr } from '../../lab/topologies/manifests.ts';

test.use({ configuration: geneveDsr });

test(...claim('DSR-02'), async ({ bgp }) => {
  for (const node of bgp.nodes) {
    await expect(node).toReportBalancing({
      mode: 'DSR',
      dispatch: 'Geneve',
      algorithm: 'Maglev',
      tableSize: 16_381,
    });
  }
});

test(...claim('DSR-03'), async ({ bgp, router, balancer, capture, train }) => {
  const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');

  const sent = await train.send(capture, service.address);

  await expect(sent).toEnterBy(bgp.nodes);
  await expect(sent).toCrossNodesInGeneve();
});

test(...claim('DSR-04'), async ({ bgp, router, balancer, capture, train }) => {
  const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');

  const sent = await train.send(capture, service.address);

  await expect(sent).toCarryDsrOption();
});

test(...claim('DSR-05'), async ({ bgp, router, balancer, capture, train }) => {
  const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');

  const sent = await train.send(capture, service.address);

  await expect(sent).toEnterBy(bgp.nodes);
  await expect(sent).toBeRepliedByTheServingNode();
});

test(...claim('DSR-06'), async ({ bgp, router, balancer, webpod, capture, train, staticRoutes }) => {
  await staticRoutes.toPodNetwork();
  const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');
  const nodeOf = await webpod.nodeOf();

  const sent = await train.send(capture, service.address);

  await expect(sent).toEnterBy(bgp.nodes);
  await expect(sent).toBeSeenBy(nodeOf, client => client);
});

test(...claim('DSR-10'), async ({ bgp, router, balancer, capture, train }) => {
  const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');

  const sent = await train.send(capture, service.address, { requests: 24, upload: 100_000 });

  await expect(sent).toEnterBy(bgp.nodes);
  await expect(sent).toUploadThroughGeneve(100_000);
});

test(...claim('DSR-11'), async ({ bgp, router, clients, capture, datagrams }) => {
  const service = await datagrams.expose();
  await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
  await router.setHashPolicy('addresses and ports');

  const sent = await datagrams.send(capture, service.address);

  await expect(sent).toCarryDsrOptionEach();
  await expect(sent).toBeAnsweredInTurnBy(clients);
});
