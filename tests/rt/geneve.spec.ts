import { expect, test, tunnelOverhead } from '../../fixtures/index.ts';
import { geneveTunnel } from '../../lab/topologies/manifests.ts';
import { claim } from '../claim.ts';

test.use({ configuration: geneveTunnel });

test(
  ...claim('RT-10', "Geneve is UDP 6081: outer addresses the nodes', inner the pods'"),
  async ({ nodes, webpod, clients, capture }) => {
    const [client] = clients;
    for (const node of nodes) await expect(node).toReportRouting('Tunnel [geneve]');
    const elsewhere = await webpod.elsewhere(client.node);
    const wire = await capture.on(client.node.host, client.node.interface, `udp or host ${client.address}`);

    await expect(client).toReach(elsewhere);

    await expect(wire).toCarryInTunnel('geneve', { from: client, to: elsewhere });
  },
);

test(
  ...claim('RT-11', 'Encapsulation in Geneve costs 50 bytes a packet, and pods and routes allow for them'),
  async ({ nodes, webpod, clients, capture }) => {
    const [client] = clients;
    const elsewhere = await webpod.elsewhere(client.node);
    const mtu = await client.node.mtu();
    const wire = await capture.on(client.node.host, client.node.interface, 'udp');

    await expect(client).toReach(elsewhere);
    await expect(client).toSendAtMost(mtu - tunnelOverhead, { to: elsewhere });

    await expect(wire).toCarryTunnelled('geneve', { adding: tunnelOverhead, longest: mtu });
    const others = nodes.filter(node => node !== client.node);
    await expect(client.node).toRouteAtMost(mtu - tunnelOverhead, { to: others });
  },
);
