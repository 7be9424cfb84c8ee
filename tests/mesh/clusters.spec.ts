import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'MESH-01',
    'Names, ids and PodCIDRs of the two clusters are distinct, and both hold the same certificate authority',
  ),
  async ({ mesh }) => {
    await expect(mesh).toBeConfigured('cluster-name', cluster => cluster.spec.name);
    await expect(mesh).toBeConfigured('cluster-id', cluster => String(cluster.spec.id));
    await expect(mesh).toHaveDistinctPodCidrs();
    await expect(mesh).toShareAuthority();
  },
);

test(
  ...claim('MESH-02', 'The mesh API is a NodePort service on 32379 and wants a client certificate'),
  async ({ mesh }) => {
    const { nodePort } = mesh;
    for (const [here, other] of mesh.sides) {
      await expect(other).toOfferItsState({ nodePort });
      await expect(here).toBeMetAt(other, {
        nodePort,
        expected: { certified: 'admitted', anonymous: 'turned away' },
      });
    }
  },
);

test(...claim('MESH-03', 'Each side reports the other cluster ready: 1/1'), async ({ mesh }) => {
  for (const [here, other] of mesh.sides) await expect(here).toReportReady([other]);
});

test(
  ...claim('MESH-04', "Agents list the other cluster's nodes with source clustermesh, and its identities"),
  async ({ mesh }) => {
    for (const [here, other] of mesh.sides) {
      await expect(here).toListNodesOf(other);
      await expect(here).toListIdentitiesOf(other);
    }
  },
);

test(
  ...claim(
    'MESH-05',
    'Every node has a kernel route for every remote PodCIDR by way of the node that owns it',
  ),
  async ({ mesh }) => {
    for (const [here, other] of mesh.sides) {
      for (const node of here.nodes) {
        const neighbours = here.nodes.filter(each => each !== node);
        await expect(node).toRoutePodCidrs({ own: node.podCidr, direct: [...neighbours, ...other.nodes] });
      }
    }
  },
);
