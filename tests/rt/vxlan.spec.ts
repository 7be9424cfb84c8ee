import { expect, test, tunnelOverhead } from '../../fixtures/index.ts';
import { vxlanTunnel } from '../../lab/topologies/manifests.ts';
import { claim } from '../claim.ts';

test.use({ configuration: vxlanTunnel });

test(
  ...claim(
    'RT-04',
    'Tunnel mode: every node routes every PodCIDR through its own cilium_host address, and pods reach each other though the router knows no PodCIDR',
  ),
  async ({ nodes, router, webpod, clients }) => {
    await router.removeNeighbors();
    await expect(router).toInstallFromBgp([]);

    for (const node of nodes) {
      await expect(node).toRouteThroughCiliumHost(nodes);
      await expect(node).toReportRouting('Tunnel [vxlan]');
    }
    for (const client of clients) await expect(client).toReach(await webpod.elsewhere(client.node));
  },
);

test(
  ...claim('RT-05', "VXLAN is UDP 8472: outer addresses the nodes', inner the pods'"),
  async ({ webpod, clients, capture }) => {
    const [client] = clients;
    const elsewhere = await webpod.elsewhere(client.node);
    const wire = await capture.on(client.node.host, client.node.interface, `udp or host ${client.address}`);

    await expect(client).toReach(elsewhere);

    await expect(wire).toCarryInTunnel('vxlan', { from: client, to: elsewhere });
  },
);

test(
  ...claim('RT-06', 'Encapsulation in VXLAN costs 50 bytes a packet, and pods and routes allow for them'),
  async ({ nodes, webpod, clients, capture }) => {
    const [client] = clients;
    const elsewhere = await webpod.elsewhere(client.node);
    const mtu = await client.node.mtu();
    const wire = await capture.on(client.node.host, client.node.interface, 'udp');

    await expect(client).toReach(elsewhere);
    await expect(client).toSendAtMost(mtu - tunnelOverhead, { to: elsewhere });

    await expect(wire).toCarryTunnelled('vxlan', { adding: tunnelOverhead, longest: mtu });
    const others = nodes.filter(node => node !== client.node);
    await expect(client.node).toRouteAtMost(mtu - tunnelOverhead, { to: others });
  },
);
