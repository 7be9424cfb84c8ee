import type { BgpAdvertisement, BgpPeerConfig } from '../../../../helpers/cilium/resources.ts';
import type { EndpointSlice, Service } from '../../../../helpers/kube/resources.ts';
import type { NodeInstance } from '../operator/node-config.ts';
import type { Advertisement } from './services.ts';
import type { NodeView } from './view.ts';

/** Objects as in the documents' BGP lab, for unit tests. */

export const instance: NodeInstance = {
  name: 'instance-65001',
  localASN: 65_001,
  peers: [
    {
      name: 'tor-switch',
      peerASN: 65_000,
      peerAddress: '192.168.10.200',
      peerConfigRef: { name: 'cilium-peer' },
    },
  ],
};

export const peerConfig = (spec: Partial<BgpPeerConfig['spec']> = {}): BgpPeerConfig => ({
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumBGPPeerConfig',
  metadata: { name: 'cilium-peer' },
  spec: {
    families: [{ afi: 'ipv4', safi: 'unicast', advertisements: { matchLabels: { advertise: 'bgp' } } }],
    ...spec,
  },
});

export const advertisement = (...advertisements: Advertisement[]): BgpAdvertisement => ({
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumBGPAdvertisement',
  metadata: { name: 'advertisement', labels: { advertise: 'bgp' } },
  spec: { advertisements },
});

export const podCidr: Advertisement = { advertisementType: 'PodCIDR' };

export const webpods = (more: Partial<Advertisement> = {}): Advertisement => ({
  advertisementType: 'Service',
  service: { addresses: ['LoadBalancerIP'] },
  selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['webpod'] }] },
  ...more,
});

export function service(name: string, spec: Partial<Service['spec']> = {}, ip = '172.16.1.1'): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', labels: { app: 'webpod' }, resourceVersion: '1' },
    spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.10'], ...spec },
    status: { loadBalancer: { ingress: [{ ip }] } },
  };
}

/** One ready endpoint of a service on each of these nodes. */
export function endpointsOn(name: string, ...nodes: string[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: nodes.map((nodeName, index) => ({ addresses: [`172.20.${index}.7`], nodeName })),
    ports: [{ port: 80 }],
  };
}

export const view = (more: Partial<NodeView> = {}): NodeView => ({
  node: 'k8s-ctr',
  cluster: {
    nodes: ['k8s-ctr', 'k8s-w1', 'k8s-w0'],
    podCidr: '172.20.0.0/16',
    serviceCidr: '10.96.0.0/16',
  },
  internalIp: '192.168.10.100',
  podCidrs: ['172.20.0.0/24'],
  firstPodCidrs: ['172.20.0.0/24'],
  peerConfigs: [peerConfig()],
  advertisements: [advertisement(podCidr)],
  services: [],
  slices: [],
  secrets: [],
  version: '1.18.0',
  faults: new Set(),
  establishedSince: undefined,
  ...more,
});
