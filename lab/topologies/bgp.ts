import type { Topology } from '../contract/topology.ts';

/**
 * The BGP lab of the documents: two subnets joined by a router that speaks BGP with FRR, three nodes,
 * one of them in the far subnet, so that no two of the three PodCIDRs are reachable without a route.
 */
export const bgp: Topology = {
  name: 'bgp',
  networks: [
    { name: 'lan10', prefix: '192.168.10.0/24' },
    { name: 'lan20', prefix: '192.168.20.0/24' },
  ],
  hosts: [
    {
      name: 'router',
      role: 'router',
      interfaces: [
        { name: 'eth1', network: 'lan10', address: '192.168.10.200/24' },
        { name: 'eth2', network: 'lan20', address: '192.168.20.200/24' },
      ],
      loopbacks: [
        { name: 'loop1', address: '10.10.1.200/24' },
        { name: 'loop2', address: '10.10.2.200/24' },
      ],
    },
    {
      name: 'k8s-ctr',
      role: 'node',
      interfaces: [{ name: 'eth1', network: 'lan10', address: '192.168.10.100/24' }],
      routes: [{ to: '192.168.20.0/24', via: '192.168.10.200' }],
    },
    {
      name: 'k8s-w1',
      role: 'node',
      interfaces: [{ name: 'eth1', network: 'lan10', address: '192.168.10.101/24' }],
      routes: [{ to: '192.168.20.0/24', via: '192.168.10.200' }],
    },
    {
      name: 'k8s-w0',
      role: 'node',
      interfaces: [{ name: 'eth1', network: 'lan20', address: '192.168.20.100/24' }],
      routes: [{ to: '192.168.10.0/24', via: '192.168.20.200' }],
    },
  ],
  router: {
    host: 'router',
    asn: 65000,
    routerId: '192.168.10.200',
    networks: ['10.10.1.0/24'],
    maximumPaths: 4,
  },
  clusters: [
    {
      name: 'default',
      id: 0,
      controlPlane: 'k8s-ctr',
      nodes: ['k8s-ctr', 'k8s-w1', 'k8s-w0'],
      podCidr: '172.20.0.0/16',
      podCidrMaskSize: 24,
      serviceCidr: '10.96.0.0/16',
      kubernetesVersion: 'v1.33.2',
      asn: 65001,
    },
  ],
};
