import { claim, expect, test } from '../../fixtures/index.ts';

test(...claim('BGP-11'), async ({ bgp, router, capture }) => {
  const wire = await capture.onEach(router.host, router.interfaces, 'tcp port 179');

  await router.restart();

  await expect(router).toHavePaths(bgp.podCidrPaths);
  await expect(wire).toCarryEndOfRib({ from: bgp.nodes, to: router.peerAddress });
});

test(...claim('BGP-13'), async ({ bgp, router, webpod }) => {
  const [leaving, ...staying] = bgp.nodes;
  await expect(router).toHaveEstablished(bgp.nodes);
  const sessions = await router.sessionNumbers(staying);

  await bgp.drain(leaving);
  await bgp.label(leaving, 'false');

  await expect(bgp).toHaveNodeConfigsFor(staying);
  await expect(router).toHaveEstablished(staying);
  await expect(router).toHavePaths(bgp.podCidrPaths.filter(path => path.nextHop !== leaving.address));
  await expect(webpod).toRunOn(staying);
  expect(await router.sessionNumbers(staying)).toEqual(sessions);
});

test(...claim('BGP-14'), async ({ bgp, router, webpod }) => {
  const [returning, ...others] = bgp.nodes;
  await bgp.drain(returning);
  await bgp.label(returning, 'false');
  await expect(router).toHaveEstablished(others);

  await bgp.label(returning, 'true');
  await bgp.uncordon(returning);

  await expect(bgp).toHaveNodeConfigsFor(bgp.nodes);
  await expect(router).toHaveEstablished(bgp.nodes);
  await expect(router).toHavePaths(bgp.podCidrPaths);
  await expect(webpod).toHaveReady(bgp.nodes.length);
});

test(...claim('BGP-16'), async ({ bgp, router }) => {
  for (const node of bgp.nodes) {
    await expect(node).toHaveExportPolicies([
      { advertisement: 'PodCIDR', peers: [router.peerAddress], prefixes: [node.podCidr] },
    ]);
  }
  await expect(router).toHavePaths(bgp.podCidrPaths);
});
