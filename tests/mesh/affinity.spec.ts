import { claim, expect, test } from '../../fixtures/index.ts';

test(...claim('MESH-10'), async ({ mesh }) => {
  const { west, east } = mesh;
  const service = await mesh.expose({ west: { global: 'true', affinity: 'local' } });

  await expect(west).toBeServedBy(service, await mesh.replicas(west));
  await expect(east).toBeServedBy(service, await mesh.replicas());

  await west.webpod.scale(1);
  await expect(west).toBeServedBy(service, await mesh.replicas(west));
  await west.webpod.scale(0);
  await expect(west).toBeServedBy(service, await mesh.replicas(east));
  await west.webpod.scale(2);
  await expect(west).toBeServedBy(service, await mesh.replicas(west));
});

test(...claim('MESH-11'), async ({ mesh }) => {
  const { west, east } = mesh;
  const service = await mesh.expose({ west: { global: 'true', affinity: 'remote' } });

  await expect(west).toBeServedBy(service, await mesh.replicas(east));
  await expect(east).toBeServedBy(service, await mesh.replicas());

  await east.webpod.scale(1);
  await expect(west).toBeServedBy(service, await mesh.replicas(east));
  await east.webpod.scale(0);
  await expect(west).toBeServedBy(service, await mesh.replicas(west));
  await east.webpod.scale(2);
  await expect(west).toBeServedBy(service, await mesh.replicas(east));
});

test(...claim('MESH-14'), async ({ mesh }) => {
  const { west, east } = mesh;
  const service = await mesh.expose({ west: { global: 'true', affinity: 'none' } });

  await expect(west).toBeServedBy(service, await mesh.replicas());
  await west.webpod.scale(0);
  await expect(west).toBeServedBy(service, await mesh.replicas(east));

  await service.annotate(west, { affinity: 'nearest' });
  await west.webpod.scale(2);
  await expect(west).toBeServedBy(service, await mesh.replicas());
});
