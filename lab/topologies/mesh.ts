import type { HelmValues } from '../../helpers/cilium/chart.ts';
import type { Topology } from '../contract/topology.ts';

/** Installed as in the documents: native routing, pods of both clusters reach each other under their own addresses. */
const values = (own: string, other: string): HelmValues => ({
  autoDirectNodeRoutes: true,
  ipv4NativeRoutingCIDR: own,
  'ipMasqAgent.enabled': true,
  'ipMasqAgent.config.nonMasqueradeCIDRs': [other],
});

const pods = { west: '10.0.0.0/16', east: '10.1.0.0/16' } as const;

/** The two clusters of the documents' mesh lab, on one node network. */
export const mesh: Topology = {
  name: 'mesh',
  networks: [{ name: 'kind', prefix: '172.18.0.0/16' }],
  hosts: (
    [
      ['west-control-plane', '172.18.0.3/16'],
      ['west-worker', '172.18.0.2/16'],
      ['east-control-plane', '172.18.0.5/16'],
      ['east-worker', '172.18.0.4/16'],
    ] as const
  ).map(([name, address]) => ({
    name,
    role: 'node',
    interfaces: [{ name: 'eth1', network: 'kind', address }],
  })),
  clusters: [
    {
      name: 'west',
      id: 1,
      controlPlane: 'west-control-plane',
      nodes: ['west-control-plane', 'west-worker'],
      podCidr: pods.west,
      podCidrMaskSize: 24,
      serviceCidr: '10.2.0.0/16',
      kubernetesVersion: 'v1.33.2',
      values: values(pods.west, pods.east),
    },
    {
      name: 'east',
      id: 2,
      controlPlane: 'east-control-plane',
      nodes: ['east-control-plane', 'east-worker'],
      podCidr: pods.east,
      podCidrMaskSize: 24,
      serviceCidr: '10.3.0.0/16',
      kubernetesVersion: 'v1.33.2',
      values: values(pods.east, pods.west),
    },
  ],
  mesh: { nodePort: 32379 },
};
