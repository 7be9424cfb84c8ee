import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim('RT-01', 'autoDirectNodeRoutes adds PodCIDR routes between nodes of one L2 segment only'),
  async ({ nodes, system }) => {
    await system.configure({
      autoDirectNodeRoutes: true,
      // Nodes behind a router are left out instead of being an error.
      directRoutingSkipUnreachable: true,
    });

    for (const node of nodes) {
      const neighbours = nodes.filter(other => other !== node && other.network === node.network);
      await expect(node).toRoutePodCidrs({ own: node.podCidr, direct: neighbours });
    }
  },
);

test(
  ...claim('RT-02', 'Without autoDirectNodeRoutes a node knows its own PodCIDR only'),
  async ({ nodes }) => {
    for (const node of nodes) await expect(node).toRoutePodCidrs({ own: node.podCidr, direct: [] });
  },
);

test(
  ...claim(
    'RT-09',
    'The direct route to a node that left while an agent was down is gone once the agent is back',
  ),
  async ({ bgp, system, agents, stranger }) => {
    const [node] = bgp.nodes;
    await system.configure({ autoDirectNodeRoutes: true, directRoutingSkipUnreachable: true });
    await stranger.join();
    await expect(node).toHaveRouteTo(stranger.podCidr, { via: stranger.address });
    await expect(node).toHaveNoted(stranger);

    await agents.stop([node]);
    await stranger.leave();
    await agents.start([node]);

    await expect(node).toHaveNoRouteTo([stranger.podCidr]);
  },
);

test(
  ...claim(
    'RT-03',
    'Without routes a cross-subnet packet reaches the router and leaves it by its default route',
  ),
  async ({ router, webpod, clients, staticRoutes, capture }) => {
    await router.removeNeighbors();
    await expect(router).toInstallFromBgp([]);
    await staticRoutes.toPodNetwork();
    const [client] = clients;
    const across = (await webpod.replicas()).filter(({ node }) => node.network !== client.node.network);
    const inwards = await capture.on(router.host, router.interfaceTo(client.node), 'tcp port 80');
    const byDefault = await capture.on(router.host, await router.defaultInterface(), 'tcp port 80');

    await expect(client).toNotReach(across);

    await expect(inwards).toCarrySynFrom(client.address, { to: across });
    await expect(byDefault).toCarrySynFrom(client.address, { to: across });
  },
);

test(
  ...claim(
    'RT-07',
    "Pod to outside is masqueraded to the node's address; inside the native routing CIDR it is not",
  ),
  async ({ router, webpod, clients, staticRoutes, capture }) => {
    await staticRoutes.toPodNetwork();
    const [client] = clients;
    const inside = await webpod.elsewhere(client.node);
    const outside = await capture.on(router.host, router.interfaceTo(client.node), 'tcp port 8080');

    await expect(client).toBeSeenAs(client.address, { by: inside });

    // Nothing listens there: that it was asked, and by whom, is what is looked at.
    await client.request(`${router.peerAddress}:8080`);
    await expect(outside).toCarrySynsOnly([{ from: client.node.address, to: router.peerAddress }]);
  },
);
