import { expect, selectApp, test } from '../../fixtures/index.ts';
import { isAtLeast } from '../../helpers/version.ts';
import { bgpNodeLabel, clusterConfigName, peerConfig } from '../../lab/topologies/manifests.ts';
import { claim } from '../claim.ts';

test(
  ...claim('BGP-24', 'With an MD5 password the right one establishes the session and a wrong one does not'),
  async ({ bgp, router }) => {
    test.slow(); // it waits for timers of the protocol
    await expect(router).toHaveEstablished(bgp.nodes);
    await router.setPassword('right');
    await expect(router).toHaveEstablished([]);

    await bgp.createSecret('bgp-auth-secret', 'right');
    await bgp.configurePeers({ authSecretRef: 'bgp-auth-secret' });
    await expect(router).toHaveEstablished(bgp.nodes);
    await expect(router).toHavePaths(bgp.podCidrPaths);

    await bgp.changeSecret('bgp-auth-secret', 'wrong');
    await expect(router).toStayWithoutSessions();

    await bgp.changeSecret('bgp-auth-secret', 'right');
    await expect(router).toHaveEstablished(bgp.nodes);
  },
);

test(
  ...claim(
    'BGP-25',
    'A configuration that cannot work says why: NoMatchingNode, MissingPeerConfigs, ConflictingClusterConfig, MissingAuthSecret',
  ),
  async ({ bgp }) => {
    const instance = (peerConfigName: string) => ({
      name: 'instance',
      localASN: 65002,
      peers: [
        { name: 'peer', peerASN: 65000, peerAddress: '192.0.2.1', peerConfigRef: { name: peerConfigName } },
      ],
    });
    await expect(bgp).toComplainOf({ kind: 'cluster', name: clusterConfigName }, []);
    await expect(bgp).toComplainOf({ kind: 'peer', name: peerConfig.metadata.name }, []);

    await bgp.createClusterConfig('nowhere', {
      nodeSelector: { matchLabels: { rack: 'none' } },
      bgpInstances: [instance('to-come')],
    });
    await expect(bgp).toComplainOf({ kind: 'cluster', name: 'nowhere' }, [
      'NoMatchingNode',
      'MissingPeerConfigs',
    ]);

    await bgp.createPeerConfig('to-come', { authSecretRef: 'also-to-come' });
    await expect(bgp).toComplainOf({ kind: 'cluster', name: 'nowhere' }, ['NoMatchingNode']);
    await expect(bgp).toComplainOf({ kind: 'peer', name: 'to-come' }, ['MissingAuthSecret']);

    await bgp.createSecret('also-to-come', 'password');
    await expect(bgp).toComplainOf({ kind: 'peer', name: 'to-come' }, []);

    await bgp.createClusterConfig('rival', {
      nodeSelector: { matchLabels: { [bgpNodeLabel.key]: bgpNodeLabel.value } },
      bgpInstances: [instance('to-come')],
    });
    await expect(bgp).toComplainOf({ kind: 'cluster', name: 'rival' }, ['ConflictingClusterConfig']);
  },
);

test(
  ...claim('BGP-26', "A node's override sets its router id, local port, local AS number and local address"),
  async ({ bgp, router }) => {
    const [node, ...others] = bgp.nodes;
    await expect(router).toHavePaths(bgp.podCidrPaths);
    const localAddress = await bgp.addAddress(node);
    await router.addNeighbor(localAddress);

    await bgp.override(node, { routerID: '10.20.30.40', localPort: 1790, localASN: 65010, localAddress });

    await expect(router).toHaveSessionsWith([
      { address: localAddress, asn: 65010, routerId: '10.20.30.40' },
      ...others.map(({ address, asn }) => ({ address, asn, routerId: address })),
    ]);
    await expect(node).toListenOn(1790);
    await expect(router).toHavePaths([
      { prefix: node.podCidr, nextHop: localAddress, asPath: [65010] },
      ...bgp.podCidrPathsOf(others),
    ]);
  },
);

test(
  ...claim(
    'BGP-27',
    'Standard, well-known and large communities arrive; local preference is not sent to an external peer',
  ),
  async ({ bgp, router, balancer, capture }) => {
    await expect(router).toHavePaths(bgp.podCidrPaths);
    const wire = await capture.onEach(router.host, router.interfaces, 'tcp port 179');
    const communities = { standard: ['65001:100'], wellKnown: ['no-export'], large: ['65001:1:2'] };
    const attributes = { communities, localPreference: 200 };

    await bgp.setPodCidrAttributes(attributes);
    await balancer.advertise('coloured', [
      {
        advertisementType: 'Service',
        service: { addresses: ['LoadBalancerIP'] },
        selector: selectApp('coloured'),
        attributes,
      },
    ]);
    const service = await balancer.expose({ app: 'coloured' });

    const arrived = { communities: ['65001:100', 'no-export'], large: communities.large };
    for (const node of bgp.nodes) await expect(router).toHoldWith(node.podCidr, { via: [node], ...arrived });
    await expect(router).toHoldWith(service.prefix, { via: bgp.nodes, ...arrived });
    await expect(wire).toAnnounceWith(service.prefix, {
      from: bgp.nodes,
      attributes: ['origin', 'as-path', 'communities', 'large-communities'],
    });
  },
);

test(
  ...claim(
    'BGP-28',
    'Communities of overlapping advertisements are united from Cilium 1.18 on; before, the last one wins',
  ),
  async ({ lab, bgp, router, balancer }) => {
    const entry = (community: string) => ({
      advertisementType: 'Service' as const,
      service: { addresses: ['LoadBalancerIP' as const] },
      selector: selectApp('overlapping'),
      attributes: { communities: { standard: [community] } },
    });
    await balancer.advertise('overlapping', [entry('65001:1'), entry('65001:2')]);

    const service = await balancer.expose({ app: 'overlapping' });

    const communities = isAtLeast(lab.system.version, '1.18') ? ['65001:1', '65001:2'] : ['65001:2'];
    await expect(router).toHoldWith(service.prefix, { via: bgp.nodes, communities });
  },
);

test(
  ...claim('BGP-29', 'With no matching advertisement the session is established and no prefix is sent'),
  async ({ bgp, router }) => {
    const [node] = bgp.nodes;
    await expect(router).toHavePaths(bgp.podCidrPaths);
    const sessions = await router.sessionNumbers(bgp.nodes);

    await bgp.stopAdvertising();
    await expect(router).toHavePaths([]);
    expect(await router.sessionNumbers(bgp.nodes)).toEqual(sessions);

    await router.resetSession(node);
    await expect(router).toHaveEstablished(bgp.nodes);
    await expect(router).toHavePaths([]);
  },
);

test(
  ...claim(
    'BGP-30',
    "After a change of the peer's address the router holds the same prefixes with the same attributes",
  ),
  async ({ bgp, router, balancer }) => {
    const communities = ['65001:100'];
    await balancer.advertise('coloured', [
      {
        advertisementType: 'Service',
        service: { addresses: ['LoadBalancerIP'] },
        selector: selectApp('coloured'),
        attributes: { communities: { standard: communities } },
      },
    ]);
    const service = await balancer.expose({ app: 'coloured' });
    await expect(router).toHaveSessionsAt(router.peerAddress, bgp.nodes);
    await expect(router).toHoldWith(service.prefix, { via: bgp.nodes, communities });

    await bgp.setPeerAddress(router.otherAddress);

    await expect(router).toHaveSessionsAt(router.otherAddress, bgp.nodes);
    await expect(router).toHoldWith(service.prefix, { via: bgp.nodes, communities });
    for (const node of bgp.nodes)
      await expect(router).toHoldWith(node.podCidr, { via: [node], communities: [] });
  },
);
