import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'L2-01',
    "With a policy the router's ARP resolves the address to the MAC of exactly one node, the lease holder",
  ),
  async ({ l2, router, segment }) => {
    await l2.enable();
    const service = await l2.expose();

    await l2.announce();

    const leader = await l2.leader(service);
    await expect(service).toBeResolvedTo([leader], segment);
    await expect(router).toHaveNeighbour(service, leader);
  },
);

test(
  ...claim('L2-02', 'Before the policy the address does not answer from the router; after it, it does'),
  async ({ l2, router, segment, staticRoutes }) => {
    await staticRoutes.toPodNetwork();
    await l2.enable();
    const service = await l2.expose();
    await router.resolve(service.address, segment.on);
    await expect(router).toGetNoAnswerAt(service.address);

    await l2.announce();

    await expect(router).toBeAnsweredAt(service.address);
  },
);

test(...claim('L2-03', 'A node that the node selector leaves out never leads'), async ({ l2 }) => {
  await l2.enable();
  const service = await l2.expose();
  const [, ...chosen] = l2.nodes;

  for (let election = 0; election < 5; election++) {
    await l2.announce({ by: chosen });
    await expect(l2).toBeLedBy(service, chosen);
    await l2.withdraw();
  }
});

test(...claim('L2-04', 'The first node to take the Kubernetes lease leads'), async ({ l2, segment }) => {
  await l2.enable();
  const service = await l2.expose();
  await expect(service).toBeResolvedTo([], segment);
  const [first, ...later] = l2.nodes;

  // The others come when the lease is taken, however fast they are to answer.
  await l2.announce({ by: [first] });
  await expect(l2).toBeLedBy(service, [first]);
  await l2.announce({ by: [first, ...later] });

  await expect(service).toBeResolvedTo([first], segment);
  await expect(l2).toBeLedBy(service, [first]);
});

test(
  ...claim(
    'L2-05',
    'When the leader dies another node takes over within the lease duration plus or minus the renew deadline, and says so by gratuitous ARP',
  ),
  async ({ l2, agents, router, segment, capture }) => {
    const times = { leaseDuration: 6, renewDeadline: 5, retryPeriod: 1 };
    await l2.enable(times);
    const service = await l2.expose();
    await l2.announce();
    const leader = await l2.leader(service);
    await expect(service).toBeResolvedTo([leader], segment);
    const others = l2.nodes.filter(node => node !== leader);
    const wire = await capture.on(router.host, segment.on, 'arp');

    await agents.stop([leader]);
    const { renewedMs } = await l2.leaseTimes(service);
    await expect(l2).toBeLedBy(service, others);

    const successor = await l2.leader(service);
    await expect(wire).toCarryGratuitousArp(service, { from: successor, l2 });
    await expect(router).toHaveNeighbour(service, successor);
    const { acquiredMs } = await l2.leaseTimes(service);
    const takeoverSeconds = (acquiredMs - renewedMs) / 1_000;
    expect(takeoverSeconds).toBeGreaterThanOrEqual(times.leaseDuration - times.renewDeadline);
    expect(takeoverSeconds).toBeLessThanOrEqual(times.leaseDuration + times.renewDeadline);
  },
);

test(
  ...claim('L2-06', 'All traffic for the address enters the cluster by the leader'),
  async ({ l2, segment, train, webpod, staticRoutes }) => {
    await staticRoutes.toPodNetwork();
    await l2.enable();
    const service = await l2.expose();
    await l2.announce();
    const leader = await l2.leader(service);
    // The router may still know somebody else who had the address before.
    await expect(service).toBeResolvedTo([leader], segment);

    const requests = await train.send(service.address);

    await expect(requests).toEnterBy([leader]);
    await expect(requests).toBeAnsweredBy((await webpod.replicas()).map(({ name }) => name));
  },
);

test(
  ...claim('L2-07', 'Interfaces are chosen by regular expression: on the others ARP stays silent'),
  async ({ l2, segment }) => {
    await l2.enable();
    const service = await l2.expose();
    const [node] = l2.nodes;

    await l2.announce({ by: [node], interfaces: ['^lo$'] });
    await expect(l2).toBeLedBy(service, [node]);
    await expect(service).toBeResolvedTo([], segment);

    await l2.announce({ by: [node], interfaces: [`^${node.interface}$`] });
    await expect(service).toBeResolvedTo([node], segment);
  },
);

test(
  ...claim('L2-08', 'An address that two services share is answered for as long as one of them is there'),
  async ({ l2, pools, segment }) => {
    await l2.enable();
    const [node] = l2.nodes;
    const one = await l2.expose({ name: 'webpod-l2-one', port: 80, sharingKey: 'one address' });
    const other = await l2.expose({ name: 'webpod-l2-other', port: 81, sharingKey: 'one address' });
    expect(other.address).toBe(one.address);
    await l2.announce({ by: [node] });
    await expect(other).toBeResolvedTo([node], segment);

    await pools.deleteService(one.name);

    await expect(other).toBeResolvedTo([node], segment);
  },
);
