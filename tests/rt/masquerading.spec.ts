import { claim, expect, test } from '../../fixtures/index.ts';

test(...claim('RT-08'), async ({ router, system, clients, capture }) => {
  const [client] = clients;
  await system.configure({
    'ipMasqAgent.enabled': true,
    'ipMasqAgent.config.nonMasqueradeCIDRs': `{${router.peerAddress}/32}`,
  });
  const wire = await capture.on(router.host, router.interfaceTo(client.node), 'tcp port 8080');

  // Nothing listens there: that it was asked, and by whom, is what is looked at.
  await client.request(`${router.peerAddress}:8080`);
  await client.request(`${router.otherAddress}:8080`);

  await expect(wire).toCarrySynsOnly([
    { from: client.address, to: router.peerAddress },
    { from: client.node.address, to: router.otherAddress },
  ]);
});

test(...claim('RT-12'), async ({ router, system, clients, capture }) => {
  const [client] = clients;
  await system.configure({ 'ipMasqAgent.enabled': true });
  const wire = await capture.on(router.host, router.interfaceTo(client.node), 'tcp port 8080');

  await client.request(`${router.peerAddress}:8080`);
  await client.request(`${router.otherAddress}:8080`);

  await expect(wire).toCarrySynsOnly([
    { from: client.address, to: router.peerAddress },
    { from: client.address, to: router.otherAddress },
  ]);
});
