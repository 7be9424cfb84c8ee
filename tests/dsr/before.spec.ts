import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'DSR-01',
    'Before DSR the mode is SNAT with random backend selection: no Geneve on the wire, and replies return through the entry node',
  ),
  async ({ bgp, announced, train, staticRoutes }) => {
    await staticRoutes.toPodNetwork();
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Cluster' });

    for (const node of bgp.nodes) await expect(node).toReportBalancing({ mode: 'SNAT', algorithm: 'Random' });

    const sent = await train.spread(service.address);
    await expect(sent).toCrossNodesWithoutTunnel();
    await expect(sent).toBeRepliedThroughTheEntryNode();
  },
);
