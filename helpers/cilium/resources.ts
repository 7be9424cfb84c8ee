import type { Condition, KubeObject, LabelSelector, ResourceType } from '../kube/types.ts';

/** Cilium's custom resources, `cilium.io/v2`, as far as the suite uses them. */

export interface BgpClusterConfig extends KubeObject {
  spec: {
    nodeSelector?: LabelSelector;
    bgpInstances: {
      name: string;
      localASN?: number;
      localPort?: number;
      peers?: {
        name: string;
        peerAddress?: string;
        peerASN?: number;
        peerConfigRef?: { name: string };
      }[];
    }[];
  };
  status?: { conditions?: Condition[] };
}

export interface BgpFamily {
  afi: 'ipv4' | 'ipv6';
  safi: 'unicast';
}

export interface BgpPeerConfig extends KubeObject {
  spec: {
    timers?: { connectRetryTimeSeconds?: number; holdTimeSeconds?: number; keepAliveTimeSeconds?: number };
    transport?: { peerPort?: number };
    authSecretRef?: string;
    ebgpMultihop?: number;
    gracefulRestart?: { enabled: boolean; restartTimeSeconds?: number };
    families?: (BgpFamily & { advertisements?: LabelSelector })[];
  };
  status?: { conditions?: Condition[] };
}

export type ServiceAddressType = 'LoadBalancerIP' | 'ClusterIP' | 'ExternalIP';

export interface BgpAdvertisement extends KubeObject {
  spec: {
    advertisements: {
      advertisementType: 'PodCIDR' | 'CiliumPodIPPool' | 'Service' | 'Interface';
      service?: {
        addresses: ServiceAddressType[];
        aggregationLengthIPv4?: number;
        aggregationLengthIPv6?: number;
      };
      interface?: { name: string };
      selector?: LabelSelector;
      attributes?: {
        communities?: { standard?: string[]; wellKnown?: string[]; large?: string[] };
        localPreference?: number;
      };
    }[];
  };
}

export interface BgpNodeConfigOverride extends KubeObject {
  spec: {
    bgpInstances: {
      name: string;
      routerID?: string;
      localPort?: number;
      localASN?: number;
      peers?: { name: string; localAddress?: string; localPort?: number }[];
    }[];
  };
}

export interface BgpNodeConfig extends KubeObject {
  spec: {
    bgpInstances: {
      name: string;
      localASN?: number;
      localPort?: number;
      routerID?: string;
      peers?: {
        name: string;
        peerAddress?: string;
        peerASN?: number;
        localAddress?: string;
        peerConfigRef?: { name: string };
      }[];
    }[];
  };
  status?: {
    bgpInstances?: {
      name: string;
      localASN?: number;
      peers?: {
        name: string;
        peerAddress?: string;
        peerASN?: number;
        peeringState?: string;
        establishedTime?: string;
        routeCount?: (BgpFamily & { advertised?: number; received?: number })[];
        timers?: { appliedHoldTimeSeconds?: number; appliedKeepaliveSeconds?: number };
      }[];
    }[];
    conditions?: Condition[];
  };
}

export interface LoadBalancerIpPool extends KubeObject {
  spec: {
    allowFirstLastIPs?: 'Yes' | 'No';
    blocks?: { cidr?: string; start?: string; stop?: string }[];
    disabled?: boolean;
    serviceSelector?: LabelSelector;
  };
  status?: { conditions?: Condition[] };
}

export interface L2AnnouncementPolicy extends KubeObject {
  spec?: {
    externalIPs?: boolean;
    loadBalancerIPs?: boolean;
    /** Regular expressions; none: all. */
    interfaces?: string[];
    nodeSelector?: LabelSelector;
    serviceSelector?: LabelSelector;
  };
  status?: { conditions?: Condition[] };
}

export interface CiliumNode extends KubeObject {
  spec: {
    addresses?: { type: string; ip: string }[];
    ipam?: { podCIDRs?: string[] };
    [other: string]: unknown;
  };
  status?: Record<string, unknown>;
}

export interface CiliumEndpoint extends KubeObject {
  status?: {
    id?: number;
    state?: string;
    identity?: { id: number; labels?: string[] };
    networking?: { addressing: { ipv4?: string }[]; node?: string };
    [other: string]: unknown;
  };
}

export interface CiliumIdentity extends KubeObject {
  'security-labels': Record<string, string>;
}

function ciliumIo<T extends KubeObject>(
  plural: string,
  kind: string,
  scope: 'namespaced' | 'cluster' = 'cluster',
): ResourceType<T> {
  return { group: 'cilium.io', version: 'v2', plural, kind, namespaced: scope === 'namespaced' };
}

export const bgpClusterConfigs = ciliumIo<BgpClusterConfig>(
  'ciliumbgpclusterconfigs',
  'CiliumBGPClusterConfig',
);
export const bgpPeerConfigs = ciliumIo<BgpPeerConfig>('ciliumbgppeerconfigs', 'CiliumBGPPeerConfig');
export const bgpAdvertisements = ciliumIo<BgpAdvertisement>(
  'ciliumbgpadvertisements',
  'CiliumBGPAdvertisement',
);
export const bgpNodeConfigs = ciliumIo<BgpNodeConfig>('ciliumbgpnodeconfigs', 'CiliumBGPNodeConfig');
export const bgpNodeConfigOverrides = ciliumIo<BgpNodeConfigOverride>(
  'ciliumbgpnodeconfigoverrides',
  'CiliumBGPNodeConfigOverride',
);
export const loadBalancerIpPools = ciliumIo<LoadBalancerIpPool>(
  'ciliumloadbalancerippools',
  'CiliumLoadBalancerIPPool',
);
export const ciliumNodes = ciliumIo<CiliumNode>('ciliumnodes', 'CiliumNode');
export const ciliumEndpoints = ciliumIo<CiliumEndpoint>('ciliumendpoints', 'CiliumEndpoint', 'namespaced');
export const ciliumIdentities = ciliumIo<CiliumIdentity>('ciliumidentities', 'CiliumIdentity');

/** Served as v2alpha1 only. */
export const l2AnnouncementPolicies: ResourceType<L2AnnouncementPolicy> = {
  ...ciliumIo<L2AnnouncementPolicy>('ciliuml2announcementpolicies', 'CiliumL2AnnouncementPolicy'),
  version: 'v2alpha1',
};
