import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'DSR-01',
    'Before DSR the mode is SNAT with random backend selection: no Geneve on the wire, and replies return through the entry node',
  ),
  async ({ bgp, router, balancer, capture, train, staticRoutes }) => {
    await staticRoutes.toPodNetwork();
    const service = await balancer.expose({ externalTrafficPolicy: 'Cluster' });
    await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
    await router.setHashPolicy('addresses and ports');

    for (const node of bgp.nodes) await expect(node).toReportBalancing({ mode: 'SNAT', algorithm: 'Random' });

    const sent = await train.send(capture, service.address);
    await expect(sent).toCrossNodesWithoutTunnel();
    await expect(sent).toBeRepliedThroughTheEntryNode();
  },
);
