import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim('MESH-10', 'affinity=local: local backends while one is left, remote ones only when none is'),
  async ({ mesh }) => {
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
  },
);

test(...claim('MESH-11', 'affinity=remote: remote backends while one is left'), async ({ mesh }) => {
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

test(
  ...claim(
    'MESH-14',
    'The affinity "none" spelt out, or a value that means nothing, is the same as no affinity',
  ),
  async ({ mesh }) => {
    const { west, east } = mesh;
    const service = await mesh.expose({ west: { global: 'true', affinity: 'none' } });

    await expect(west).toBeServedBy(service, await mesh.replicas());
    await west.webpod.scale(0);
    await expect(west).toBeServedBy(service, await mesh.replicas(east));

    await service.annotate(west, { affinity: 'nearest' });
    await west.webpod.scale(2);
    await expect(west).toBeServedBy(service, await mesh.replicas());
  },
);
