import { expect, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'BGP-05',
    'Each node advertises its own PodCIDR and no other prefix: one path each, next hop the node, AS path 65001, origin IGP',
  ),
  async ({ bgp, router }) => {
    await expect(router).toHavePaths(bgp.podCidrPaths);
  },
);

test(
  ...claim(
    'BGP-06',
    'The router installs every PodCIDR in its kernel table as a BGP route out of the right interface',
  ),
  async ({ bgp, router }) => {
    await expect(router).toHavePaths(bgp.podCidrPaths);

    await expect(router).toInstallFromBgp(
      bgp.nodes.map(node => ({ prefix: node.podCidr, via: [node.address], dev: router.interfaceTo(node) })),
    );
  },
);

test(
  ...claim(
    'BGP-07',
    "Nodes receive the other nodes' prefixes, yet install none of them in their kernel table",
  ),
  async ({ bgp, router, capture }) => {
    const watched = await Promise.all(
      bgp.nodes.map(async node => ({
        node,
        wire: await capture.on(node.host, node.interface, 'tcp port 179'),
        routes: await node.routes(),
      })),
    );

    await router.restart();
    await expect(router).toHavePaths(bgp.podCidrPaths);

    for (const { node, wire, routes } of watched) {
      const others = bgp.nodes.filter(other => other !== node).map(other => other.podCidr);
      await expect(wire).toCarryPrefixes({
        from: router.peerAddress,
        to: node.address,
        prefixes: [...router.originated, ...others],
        besides: [node.podCidr],
      });
      await expect(node).toHaveRoutes(routes);
      await expect(node).toHaveNoRouteTo(others);
    }
  },
);

test(
  ...claim(
    'BGP-08',
    'With sessions up and no static route a pod reaches the pods of its own node only: other requests leave by the default route (eth0), not by the cluster network (eth1)',
  ),
  async ({ bgp, router, webpod, clients, capture }) => {
    await expect(router).toHavePaths(bgp.podCidrPaths);
    const [client] = clients;
    const near = await webpod.on(client.node);
    const far = await webpod.elsewhere(client.node);
    const uplink = await capture.on(client.node.host, 'eth0', 'tcp port 80');
    const cluster = await capture.on(client.node.host, client.node.interface, 'tcp port 80');

    await expect(client).toReach(near);
    await expect(client).toNotReach(far);

    await expect(uplink).toCarrySynFrom(client.address, { to: far });
    await expect(cluster).toCarrySynFrom(client.address, { to: [] });
  },
);

test(
  ...claim(
    'BGP-09',
    'A static route for the cluster PodCIDR by way of the router on every node lets every pod reach every pod',
  ),
  async ({ bgp, router, webpod, clients, staticRoutes }) => {
    await expect(router).toHavePaths(bgp.podCidrPaths);
    await staticRoutes.toPodNetwork();

    const replicas = await webpod.replicas();
    for (const client of clients) {
      await expect(client).toReach(replicas);
      await expect(client).toReachThrough(await webpod.clusterAddress(), replicas);
    }
  },
);

test(
  ...claim('BGP-10', "Pod to pod traffic is not translated: the server sees the client pod's own address"),
  async ({ bgp, router, webpod, clients, staticRoutes, capture }) => {
    await expect(router).toHavePaths(bgp.podCidrPaths);
    await staticRoutes.toPodNetwork();
    const [client] = clients;
    const far = await webpod.elsewhere(client.node);
    const wires = await Promise.all(
      far.map(async replica => ({
        replica,
        wire: await capture.on(replica.node.host, replica.node.interface, 'tcp port 80'),
      })),
    );

    await expect(client).toBeSeenAs(client.address, { by: far });

    for (const { replica, wire } of wires) {
      await expect(wire).toCarrySynFrom(client.address, { to: [replica] });
    }
  },
);
