import { echoes, expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'MESH-06',
    'Pod to pod across clusters is direct: source address kept, TTL 62 on arrival, and only the two end nodes see it',
  ),
  async ({ mesh, capture }) => {
    const nodes = mesh.clusters.flatMap(cluster => cluster.nodes);

    for (const [here, other] of mesh.sides) {
      for (const [index, from] of here.clients.entries()) {
        const to = other.clients[(index + 1) % other.clients.length] ?? other.clients[0];
        await expect(await echoes(capture, nodes, { from, to })).toGoDirectly();
      }
    }
  },
);
