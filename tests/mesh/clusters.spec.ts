import { claim, expect, test } from '../../fixtures/index.ts';

test(...claim('MESH-01'), async ({ mesh }) => {
  await expect(mesh).toBeConfigured('cluster-name', cluster => cluster.spec.name);
  await expect(mesh).toBeConfigured('cluster-id', cluster => String(cluster.spec.id));
  await expect(mesh).toHaveDistinctPodCidrs();
  await expect(mesh).toShareAuthority();
});

test(...claim('MESH-02'), async ({ mesh }) => {
  const { nodePort } = mesh;
  for (const [here, other] of mesh.sides) {
    await expect(other).toOfferItsState({ nodePort });
    await expect(here).toBeMetAt(other, {
      nodePort,
      expected: { certified: 'admitted', anonymous: 'turned away' },
    });
  }
});

test(...claim('MESH-03'), async ({ mesh }) => {
  for (const [here, other] of mesh.sides) await expect(here).toReportReady([other]);
});

test(...claim('MESH-04'), async ({ mesh }) => {
  for (const [here, other] of mesh.sides) {
    await expect(here).toListNodesOf(other);
    await expect(here).toListIdentitiesOf(other);
  }
});

test(...claim('MESH-05'), async ({ mesh }) => {
  for (const [here, other] of mesh.sides) {
    for (const node of here.nodes) {
      const neighbours = here.nodes.filter(each => each !== node);
      await expect(node).toRoutePodCidrs({ own: node.podCidr, direct: [...neighbours, ...other.nodes] });
    }
  }
});
