import { expect, test } from '../../fixtures/index.ts';
import { bgpRestartTime, bgpTimers } from '../../lab/topologies/manifests.ts';
import { claim } from '../claim.ts';

test(
  ...claim('BGP-20', "With graceful restart an agent's restart withdraws no route, and traffic goes on"),
  async ({ bgp, router, announced, webpod, agents }) => {
    // Cilium's default: an agent that takes longer than the documents' 15 s to come back is BGP-21's concern.
    await bgp.configurePeers({ gracefulRestart: { enabled: true, restartTimeSeconds: 120 } });
    await expect(router).toHaveNegotiatedRestartTime(bgp.nodes, 120);
    const service = await announced.byEveryNode({ externalTrafficPolicy: 'Local' });
    await router.setHashPolicy('addresses and ports');
    const [node] = bgp.nodes;
    const replicas = (await webpod.replicas()).map(replica => replica.name);
    const routes = await router.watchRoutes();
    const requests = await router.keepRequesting(service.address);

    await agents.stop([node]);
    await expect(router).toHoldStale(node, [node.podCidr, service.prefix]);
    await agents.start([node]);
    await expect(router).toHaveEstablished(bgp.nodes);

    await expect(router).toRouteExactly(service.prefix, { via: bgp.nodes });
    await expect(router).toHoldFresh(node, [node.podCidr, service.prefix]);
    await expect(routes).toShowNoChangeOf([node.podCidr, service.prefix]);
    await expect(await requests.stop()).toLoseNothing(replicas);
  },
);

test(
  ...claim(
    'BGP-21',
    'With graceful restart an agent that stays away longer than the restart time loses its routes',
  ),
  async ({ bgp, router, agents }) => {
    test.slow(); // it waits for timers of the protocol
    const [node, ...others] = bgp.nodes;
    await expect(router).toHavePaths(bgp.podCidrPaths);
    const routes = await router.watchRoutes();

    const since = await agents.stop([node]);

    await expect(router).toHoldStale(node, [node.podCidr]);
    await expect(routes).toWithdraw(node.podCidr, {
      since,
      notBefore: bgpRestartTime,
      within: bgpRestartTime,
    });
    await expect(router).toHavePaths(bgp.podCidrPathsOf(others));

    await agents.start([node]);
    await expect(router).toHavePaths(bgp.podCidrPaths);
  },
);

test(
  ...claim('BGP-22', "Without graceful restart an agent's restart withdraws its routes at once"),
  async ({ bgp, router, agents }) => {
    const [node, ...others] = bgp.nodes;
    await bgp.configurePeers({ gracefulRestart: { enabled: false } });
    await expect(router).toHaveNegotiatedRestartTime(bgp.nodes, 0);
    await expect(router).toHavePaths(bgp.podCidrPaths);
    const routes = await router.watchRoutes();

    const since = await agents.stop([node]);

    await expect(routes).toWithdraw(node.podCidr, { since, within: 1 });
    await expect(router).toHavePaths(bgp.podCidrPathsOf(others));

    await agents.start([node]);
    await expect(router).toHavePaths(bgp.podCidrPaths);
  },
);

test(
  ...claim(
    'BGP-23',
    'When the path is lost silently the routes go within the hold time, plus the restart time with graceful restart',
  ),
  async ({ bgp, router, links }) => {
    test.slow(); // it waits for timers of the protocol
    const node = bgp.nodes.at(-1) ?? bgp.nodes[0];
    await expect(router).toHavePaths(bgp.podCidrPaths);
    const routes = await router.watchRoutes();

    const restarting = await links.cut(node);
    await expect(routes).toWithdraw(node.podCidr, {
      since: restarting,
      within: bgpTimers.hold + bgpRestartTime,
    });
    await links.mend(node);
    await expect(router).toHavePaths(bgp.podCidrPaths);

    await bgp.configurePeers({ gracefulRestart: { enabled: false } });
    await expect(router).toHaveNegotiatedRestartTime(bgp.nodes, 0);
    await expect(router).toHavePaths(bgp.podCidrPaths);

    const plain = await links.cut(node);
    await expect(routes).toWithdraw(node.podCidr, { since: plain, within: bgpTimers.hold });
    await links.mend(node);
    await expect(router).toHavePaths(bgp.podCidrPaths);
  },
);
