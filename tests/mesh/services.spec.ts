import { claim, expect, test } from '../../fixtures/index.ts';

test(...claim('MESH-07'), async ({ mesh }) => {
  const service = await mesh.expose();

  for (const cluster of mesh.clusters) await expect(cluster).toBeServedBy(service, await mesh.replicas());
});
