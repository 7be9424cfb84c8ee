import { expect, test } from '../../fixtures/index.ts';
import { geneveDsr } from '../../lab/topologies/manifests.ts';
import { claim } from '../claim.ts';

test.use({ configuration: geneveDsr });

test(
  ...claim(
    'DSR-02',
    'Setting mode dsr, dispatch geneve and algorithm maglev gives mode DSR, dispatch Geneve and Maglev with a table of 16381',
  ),
  async ({ bgp }) => {
    for (const node of bgp.nodes) {
      await expect(node).toReportBalancing({
        mode: 'DSR',
        dispatch: 'Geneve',
        algorithm: 'Maglev',
        tableSize: 16_381,
      });
    }
  },
);

test(
  ...claim(
    'DSR-03',
    "A request that enters at one node and is served on another crosses between them as Geneve on UDP 6081: outer addresses the nodes', inner source the client's, inner destination the pod's",
  ),
  async ({ bgp, announced, train }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });

    const sent = await train.spread(service.address);

    await expect(sent).toEnterBy(bgp.nodes);
    await expect(sent).toCrossNodesInGeneve();
  },
);

test(
  ...claim('DSR-04', "The Geneve option of the SYN carries the service's address and port"),
  async ({ announced, train }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });

    const sent = await train.spread(service.address);

    await expect(sent).toCarryDsrOption();
  },
);

test(
  ...claim(
    'DSR-05',
    'The serving node answers the client itself: the source is the service address, and no frame of the reply passes the entry node',
  ),
  async ({ bgp, announced, train }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });

    const sent = await train.spread(service.address);

    await expect(sent).toEnterBy(bgp.nodes);
    await expect(sent).toBeRepliedByTheServingNode();
  },
);

test(
  ...claim('DSR-06', "With DSR the pod sees the client's address although the policy is Cluster"),
  async ({ bgp, announced, webpod, train, staticRoutes }) => {
    await staticRoutes.toPodNetwork();
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });
    const nodeOf = await webpod.nodeOf();

    const sent = await train.spread(service.address);

    await expect(sent).toEnterBy(bgp.nodes);
    await expect(sent).toBeSeenBy(nodeOf, client => client);
  },
);

test(
  ...claim('DSR-10', 'Uploads whose packets leave no room for Geneve get to the serving node all the same'),
  async ({ bgp, announced, train }) => {
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });

    const sent = await train.spread(service.address, { requests: 24, upload: 100_000 });

    await expect(sent).toEnterBy(bgp.nodes);
    await expect(sent).toUploadThroughGeneve(100_000);
  },
);

test(
  ...claim(
    'DSR-11',
    "UDP: every datagram between nodes carries the option, and is answered in the service's name",
  ),
  async ({ bgp, router, clients, datagrams }) => {
    const service = await datagrams.expose();
    await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
    await router.setHashPolicy('addresses and ports');

    const sent = await datagrams.send(service.address);

    await expect(sent).toCarryDsrOptionEach();
    await expect(sent).toBeAnsweredInTurnBy(clients);
  },
);
