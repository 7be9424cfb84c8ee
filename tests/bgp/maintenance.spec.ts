import { expect, seen, test } from '../../fixtures/index.ts';
import { podReadyMs } from '../../helpers/timeouts.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'BGP-11',
    'After its restart the router gets End-of-RIB from every node and has learnt all routes again',
  ),
  async ({ bgp, router, capture }) => {
    const wire = await capture.onEach(router.host, router.interfaces, 'tcp port 179');

    await router.restart();

    await expect(router).toHavePaths(bgp.podCidrPaths);
    await expect(wire).toCarryEndOfRib({ from: bgp.nodes, to: router.peerAddress });
  },
);

test(
  ...claim(
    'BGP-13',
    "Maintenance: draining a node and setting enable-bgp=false removes its config, session and prefix, and leaves the others' alone",
  ),
  async ({ bgp, router, webpod }) => {
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
  },
);

test(
  ...claim(
    'BGP-14',
    'After maintenance: labelling the node again and uncordoning it brings session and prefix back',
  ),
  async ({ bgp, router, webpod }) => {
    const [returning, ...others] = bgp.nodes;
    await bgp.drain(returning);
    await bgp.label(returning, 'false');
    await expect(router).toHaveEstablished(others);

    await bgp.label(returning, 'true');
    await bgp.uncordon(returning);

    await expect(bgp).toHaveNodeConfigsFor(bgp.nodes);
    await expect(router).toHaveEstablished(bgp.nodes);
    await expect(router).toHavePaths(bgp.podCidrPaths);
    const ready = seen('ready replicas', async () => [String((await webpod.replicas()).length)]);
    await expect(ready).toBecome([String(bgp.nodes.length)], { withinMs: podReadyMs });
  },
);

test(
  ...claim(
    'BGP-16',
    'Route policies: one export policy per advertisement, accepting exactly the advertised prefixes',
  ),
  async ({ bgp, router }) => {
    for (const node of bgp.nodes) {
      await expect(node).toHaveExportPolicies([
        { advertisement: 'PodCIDR', peers: [router.peerAddress], prefixes: [node.podCidr] },
      ]);
    }
    await expect(router).toHavePaths(bgp.podCidrPaths);
  },
);
