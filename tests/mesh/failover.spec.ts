import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'MESH-08',
    'With no local backend left the other cluster serves the requests, and none fails once it has converged',
  ),
  async ({ mesh }) => {
    const { west } = mesh;
    const service = await mesh.expose();
    await expect(west).toBeServedBy(service, await mesh.replicas());
    const watch = await mesh.watch(west, service);

    for (const count of [1, 0, 2]) {
      await watch.step(`west scaled to ${count}`, async () => {
        await west.webpod.scale(count);
        await expect(west).toBeServedBy(service, await mesh.replicas());
      });
    }

    await expect(await watch.stop(await mesh.nameOf())).toBeAnsweredOnceSettled([
      { after: 'nothing yet', by: ['west', 'east'] },
      { after: 'west scaled to 1', by: ['west', 'east'] },
      { after: 'west scaled to 0', by: ['east'] },
      { after: 'west scaled to 2', by: ['west', 'east'] },
    ]);
  },
);

test(...claim('MESH-09', 'Scaling up again brings the local backends back'), async ({ mesh }) => {
  const { west, east } = mesh;
  const service = await mesh.expose();
  await west.webpod.scale(0);
  for (const cluster of mesh.clusters) await expect(cluster).toBeServedBy(service, await mesh.replicas(east));

  await west.webpod.scale(2);

  for (const cluster of mesh.clusters) await expect(cluster).toBeServedBy(service, await mesh.replicas());
});

test(
  ...claim(
    'MESH-13',
    'When the other cluster is out of reach its last known backends stay; when it is back the two synchronise again',
  ),
  async ({ mesh }) => {
    const { west, east } = mesh;
    const service = await mesh.expose();
    const before = await mesh.replicas();
    const own = await mesh.replicas(west);
    await expect(west).toBeServedBy(service, before);

    await mesh.cut();
    await east.webpod.scale(1);

    await expect(west).toBeServedBy(service, own, { besides: 'no answer' });
    await expect(west).toKnowBackends(service, before, { andKeep: true });

    await mesh.mend();
    for (const cluster of mesh.clusters) await expect(cluster).toBeServedBy(service, await mesh.replicas());
    await expect(west).toKnowBackends(service, await mesh.replicas());
  },
);

test(
  ...claim('MESH-16', 'A backend that went while an agent was down is gone once the agent is back'),
  async ({ mesh, agents }) => {
    const { west, east } = mesh;
    const service = await mesh.expose();
    await expect(west).toBeServedBy(service, await mesh.replicas());

    const { node } = west.clients[0];
    await agents.stop([node]);
    await east.webpod.scale(1);
    await expect(east).toBeServedBy(service, await mesh.replicas());
    await agents.start([node]);

    await expect(west).toBeServedBy(service, await mesh.replicas());
    await expect(west).toKnowBackends(service, await mesh.replicas());
  },
);

test(
  ...claim(
    'MESH-17',
    'Requests to backends of the other cluster go on without a loss while the agent restarts',
  ),
  async ({ mesh, agents }) => {
    const { west, east } = mesh;
    const service = await mesh.expose();
    await west.webpod.scale(0);
    await expect(west).toBeServedBy(service, await mesh.replicas(east));
    const [pod] = await mesh.replicas(east);
    if (pod === undefined) throw new Error('east has no pod');
    const control = await mesh.watch(west, pod);
    const watch = await mesh.watch(west, service);

    const { node } = west.clients[0];
    await watch.step('the agent restarted', async () => {
      await agents.stop([node]);
      await agents.start([node]);
    });

    // The pod behind the service, without the service: what is lost there too is none of the service's.
    await expect(await control.stop()).toLoseNoRequest();
    await expect(await watch.stop(await mesh.nameOf())).toLoseNoRequest();
  },
);
