import { expect, test } from '../../fixtures/index.ts';
import { volumeSyncMs } from '../../helpers/timeouts.ts';
import { claim } from '../claim.ts';

test(
  ...claim('RT-08', 'ip-masq-agent: a destination in nonMasqueradeCIDRs is not masqueraded, others are'),
  async ({ router, system, clients, capture }) => {
    const [client] = clients;
    const wire = await capture.on(router.host, router.interfaceTo(client.node), 'tcp port 8080');

    await system.configure({
      'ipMasqAgent.enabled': true,
      'ipMasqAgent.config.nonMasqueradeCIDRs': [`${router.peerAddress}/32`],
    });

    await expect(client).toCrossAs(wire, [
      { to: router.peerAddress, as: client.address },
      { to: router.otherAddress, as: client.node.address },
    ]);
  },
);

test(
  ...claim('RT-12', 'An ip-masq-agent without a list of its own does not masquerade to private addresses'),
  async ({ router, system, clients, capture }) => {
    const [client] = clients;
    const wire = await capture.on(router.host, router.interfaceTo(client.node), 'tcp port 8080');

    await system.configure({ 'ipMasqAgent.enabled': true });

    await expect(client).toCrossAs(wire, [
      { to: router.peerAddress, as: client.address },
      { to: router.otherAddress, as: client.address },
    ]);
  },
);

test(
  ...claim('RT-13', 'ip-masq-agent follows its list of nonMasqueradeCIDRs when that changes'),
  async ({ router, system, clients, capture }) => {
    const [client] = clients;
    const wire = await capture.on(router.host, router.interfaceTo(client.node), 'tcp port 8080');
    const exempt = (address: string) =>
      system.configure({
        'ipMasqAgent.enabled': true,
        'ipMasqAgent.config.nonMasqueradeCIDRs': [`${address}/32`],
      });
    await exempt(router.peerAddress);
    await expect(client).toCrossAs(wire, [
      { to: router.peerAddress, as: client.address },
      { to: router.otherAddress, as: client.node.address },
    ]);

    await exempt(router.otherAddress);

    const changed = [
      { to: router.peerAddress, as: client.node.address },
      { to: router.otherAddress, as: client.address },
    ];
    await expect(client).toCrossAs(wire, changed, { withinMs: volumeSyncMs });
  },
);
