import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'MESH-07',
    'A global service has the backends of both clusters in both clusters, and requests reach all of them',
  ),
  async ({ mesh }) => {
    const service = await mesh.expose();

    for (const cluster of mesh.clusters) await expect(cluster).toBeServedBy(service, await mesh.replicas());
  },
);

test(
  ...claim(
    'MESH-12',
    'Without the global annotation nothing is shared; shared=false hides local backends from the other side',
  ),
  async ({ mesh }) => {
    const { west, east } = mesh;
    const service = await mesh.expose();
    const shared = async (): Promise<void> => {
      for (const cluster of mesh.clusters) await expect(cluster).toBeServedBy(service, await mesh.replicas());
    };
    const eachItsOwn = async (): Promise<void> => {
      for (const cluster of mesh.clusters)
        await expect(cluster).toBeServedBy(service, await mesh.replicas(cluster));
    };
    await shared();

    // One side keeps its backends to itself, and still uses the other's; back again.
    await service.annotate(west, { shared: 'false' });
    await expect(east).toBeServedBy(service, await mesh.replicas(east));
    await expect(west).toBeServedBy(service, await mesh.replicas());
    await service.annotate(west, { shared: 'true' });
    await shared();

    await service.annotate(west, { shared: 'false' });
    await service.annotate(east, { shared: 'false' });
    await eachItsOwn();
    await service.annotate(west, { shared: null });
    await service.annotate(east, { shared: null });
    await shared();

    for (const [here] of mesh.sides) {
      await service.annotate(here, { global: null });
      await eachItsOwn();
      await service.annotate(here, { global: 'true' });
      await shared();
    }
  },
);

test(
  ...claim('MESH-15', 'Each of two ports with one target port has the backends of both clusters'),
  async ({ mesh }) => {
    const ports = [
      { name: 'http', port: 80, targetPort: 80 },
      { name: 'alternative', port: 8080, targetPort: 80 },
    ];
    const service = await mesh.expose({}, ports);

    for (const cluster of mesh.clusters) {
      for (const { port } of ports) {
        await expect(cluster).toBeServedBy(service, await mesh.replicas(), { port });
      }
    }
  },
);

test(
  ...claim(
    'MESH-18',
    'A backend that is not ready counts as gone, for its own cluster, the other, and affinity',
  ),
  async ({ mesh }) => {
    const { west, east } = mesh;
    const service = await mesh.expose({ west: { global: 'true', affinity: 'local' } });
    await expect(west).toBeServedBy(service, await mesh.replicas(west));

    await west.webpod.scale(0);
    for (const cluster of mesh.clusters) await cluster.runUnready(service);

    for (const cluster of mesh.clusters)
      await expect(cluster).toBeServedBy(service, await mesh.replicas(east));
  },
);
