import { expect, selectApp, test } from '../../fixtures/index.ts';
import { claim } from '../claim.ts';

test(
  ...claim(
    'LB-15',
    'External and cluster addresses of services are advertised when asked for, and only then',
  ),
  async ({ bgp, router, balancer }) => {
    const known = { within: [...router.originated, ...bgp.nodes.map(node => node.podCidr)] };
    const entry = (address: 'ExternalIP' | 'ClusterIP') => [
      {
        advertisementType: 'Service' as const,
        service: { addresses: [address] },
        selector: selectApp('plain'),
      },
    ];
    const service = await balancer.pools.service('plain', {
      spec: { type: 'ClusterIP', externalIPs: ['172.16.7.7'] },
    });
    const external = '172.16.7.7/32';
    const cluster = `${await balancer.pools.clusterAddressOf(service)}/32`;

    await balancer.advertise('external', entry('ExternalIP'));
    await expect(router).toRouteExactly(external, { via: bgp.nodes });
    await expect(router).toKnowServices([external], known);

    await balancer.advertise('cluster', entry('ClusterIP'));
    await expect(router).toRouteExactly(cluster, { via: bgp.nodes });
    await expect(router).toKnowServices([external, cluster], known);
  },
);

test(
  ...claim(
    'LB-19',
    "A service of another controller's loadBalancerClass is neither given an address nor advertised",
  ),
  async ({ bgp, router, balancer }) => {
    const foreign = await balancer.pools.service('webpod-foreign', {
      app: 'webpod',
      spec: { loadBalancerClass: 'example.com/another-controller' },
    });
    await balancer.pools.giveAddress(foreign, '172.16.1.200');

    const ours = await balancer.expose({ loadBalancerClass: 'io.cilium/bgp-control-plane' });
    await expect(router).toRouteExactly(ours.prefix, { via: bgp.nodes });

    await expect(router).toKnowServices([ours.prefix], {
      within: [...router.originated, ...bgp.nodes.map(node => node.podCidr)],
    });
    await expect(balancer.pools).toAssign([foreign], ['172.16.1.200']);
  },
);

test(
  ...claim(
    'LB-20',
    'With an aggregation length addresses are advertised as one wider prefix, except under policy Local',
  ),
  async ({ bgp, router, balancer }) => {
    await balancer.advertise('aggregated', [
      {
        advertisementType: 'Service',
        service: { addresses: ['LoadBalancerIP'], aggregationLengthIPv4: 24 },
        selector: selectApp('aggregated'),
      },
    ]);

    await balancer.expose({ name: 'webpod-cluster', app: 'aggregated' });
    const local = await balancer.expose({
      name: 'webpod-local',
      app: 'aggregated',
      externalTrafficPolicy: 'Local',
    });

    await expect(router).toRouteExactly('172.16.1.0/24', { via: bgp.nodes });
    await expect(router).toRouteExactly(local.prefix, { via: bgp.nodes });
    await expect(router).toKnowServices(['172.16.1.0/24', local.prefix], {
      within: [...router.originated, ...bgp.nodes.map(node => node.podCidr)],
    });
  },
);
