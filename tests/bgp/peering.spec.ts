import { expect, seen, test } from '../../fixtures/index.ts';
import { immediateMs } from '../../helpers/timeouts.ts';
import { bgpTimers } from '../../lab/topologies/manifests.ts';
import { claim } from '../claim.ts';

test(
  ...claim('BGP-01', 'Every node labelled enable-bgp=true has an established session with the router'),
  async ({ bgp, router }) => {
    await expect(router).toHaveEstablished(bgp.nodes);

    for (const node of bgp.nodes) {
      await expect(node).toHaveDialled([router.peerAddress]);
      await expect(node).toReportPeerings(['established']);
    }
  },
);

test(
  ...claim(
    'BGP-02',
    "The node dials: an ephemeral port of its own to the router's port 179, and no BGP port it listens on",
  ),
  async ({ bgp, router }) => {
    await expect(router).toHaveEstablished(bgp.nodes);

    for (const node of bgp.nodes) {
      await expect(node).toHaveDialled([router.peerAddress]);
      const listeners = seen(`BGP listeners of ${node.name}`, () => node.listeners(179));
      await expect(listeners).toBecome([], { withinMs: immediateMs });
    }
    await expect(router).toHaveAcceptedFrom(bgp.nodes);
  },
);

test(
  ...claim('BGP-03', 'A node without the label has no CiliumBGPNodeConfig and no session'),
  async ({ bgp, router }) => {
    const [excluded, ...others] = bgp.nodes;

    await bgp.label(excluded, 'false');

    await expect(bgp).toHaveNodeConfigsFor(others);
    await expect(router).toHaveEstablished(others);
    await expect(excluded).toHaveDialled([]);
  },
);

test(
  ...claim(
    'BGP-04',
    'The session negotiates the hold time of 9 s and the keepalive of 3 s that the peer config sets',
  ),
  async ({ bgp, router, capture }) => {
    const [node] = bgp.nodes;
    await expect(router).toHaveEstablished(bgp.nodes);
    const wire = await capture.on(node.host, node.interface, 'tcp port 179');

    await router.resetSession(node);
    await expect(router).toHaveEstablished(bgp.nodes);

    await expect(wire).toCarryOpen({ from: node.address, holdTime: bgpTimers.hold });
    await expect(router).toHaveNegotiated([node], bgpTimers);
    await expect(node).toReportTimers(bgpTimers);
  },
);

test(
  ...claim(
    'BGP-12',
    'Neighbours written into frr.conf before a restart, or typed into vtysh, give the same sessions',
  ),
  async ({ bgp, router }) => {
    await router.removeNeighbors();
    await expect(router).toHaveEstablished([]);

    await router.addNeighborsByFile();
    await expect(router).toHaveEstablished(bgp.nodes);
    const byFile = await router.bgpConfiguration();

    await router.removeNeighbors();
    await expect(router).toHaveEstablished([]);

    await router.addNeighborsByVtysh();
    await expect(router).toHaveEstablished(bgp.nodes);
    await expect(router).toHavePaths(bgp.podCidrPaths);

    expect(await router.bgpConfiguration()).toBe(byFile);
  },
);

test(
  ...claim(
    'BGP-15',
    'With status reporting switched off the status of every CiliumBGPNodeConfig is empty, and sessions stay up',
  ),
  async ({ bgp, router, system }) => {
    await expect(router).toHaveEstablished(bgp.nodes);

    await system.configure({ 'bgpControlPlane.statusReport.enabled': false });

    await expect(router).toHaveEstablished(bgp.nodes);
    for (const node of bgp.nodes) await expect(node).toReportPeerings([]);
  },
);
