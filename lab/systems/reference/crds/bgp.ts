import { customResource, type Version } from './definition.ts';
import {
  boolean,
  conditions,
  int32,
  int64,
  ipAddress,
  labelSelector,
  list,
  listBy,
  object,
  oneOf,
  port,
  type Schema,
  string,
} from './schema.ts';

/** Cilium's BGP resources: fields, limits and defaults as in pkg/k8s/apis/cilium.io/v2/bgp_*_types.go. */

const highestAsn = 4_294_967_295;
const asn = int64(1, highestAsn);
const name = string({ minLength: 1, maxLength: 255 });

const afi = oneOf('ipv4', 'ipv6', 'l2vpn', 'ls', 'opaque');
const safi = oneOf(
  ...['unicast', 'multicast', 'mpls_label', 'encapsulation', 'vpls', 'evpn', 'ls', 'sr_policy', 'mup'],
  ...[
    'mpls_vpn',
    'mpls_vpn_multicast',
    'route_target_constraints',
    'flowspec_unicast',
    'flowspec_vpn',
    'key_value',
  ],
);

const statusOfConditions = object({ conditions });

/** v2alpha1 was replaced by v2 in Cilium 1.18; both are served, and v2 is stored. */
function bothVersions(spec: Schema, status?: Schema, alphaSpec = spec): Version[] {
  const shared = status === undefined ? {} : { status };
  return [
    { name: 'v2', spec, ...shared },
    { name: 'v2alpha1', spec: alphaSpec, ...shared, deprecated: true },
  ];
}

const autoDiscovery = object({
  'mode!': oneOf('DefaultGateway'),
  defaultGateway: object({ 'addressFamily!': oneOf('ipv4', 'ipv6') }),
});

function clusterConfigSpec(peerConfigRef: Schema, more: Readonly<Record<string, Schema>>): Schema {
  const peer = object({
    'name!': name,
    peerAddress: ipAddress,
    peerASN: int64(0, highestAsn, { default: 0 }),
    peerConfigRef,
    ...more,
  });
  const instance = object({
    'name!': name,
    localASN: asn,
    localPort: port(),
    peers: listBy('name', peer),
  });
  return object({
    nodeSelector: labelSelector,
    'bgpInstances!': listBy('name', instance, { minItems: 1, maxItems: 16 }),
  });
}

export const clusterConfigs = customResource({
  kind: 'CiliumBGPClusterConfig',
  plural: 'ciliumbgpclusterconfigs',
  shortNames: ['cbgpcluster'],
  versions: bothVersions(
    clusterConfigSpec(object({ 'name!': string() }), { autoDiscovery }),
    statusOfConditions,
    clusterConfigSpec(
      object({
        'name!': string(),
        group: string({ default: 'cilium.io' }),
        kind: string({ default: 'CiliumBGPPeerConfig' }),
      }),
      {},
    ),
  ),
});

const timers = object(
  {
    connectRetryTimeSeconds: int32(1, 2_147_483_647, { default: 120 }),
    holdTimeSeconds: int32(3, 65_535, { default: 90 }),
    keepAliveTimeSeconds: int32(1, 65_535, { default: 30 }),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: 'self.keepAliveTimeSeconds <= self.holdTimeSeconds',
        message: 'keepAliveTimeSeconds can not be larger than holdTimeSeconds',
      },
    ],
  },
);

function peerConfigSpec(transport: Schema): Schema {
  return object({
    timers,
    transport,
    authSecretRef: string(),
    ebgpMultihop: int32(1, 255, { default: 1 }),
    gracefulRestart: object({
      'enabled!': boolean(),
      restartTimeSeconds: int32(1, 4095, { default: 120 }),
    }),
    families: list(object({ 'afi!': afi, 'safi!': safi, advertisements: labelSelector })),
  });
}

const peerPort = port({ default: 179 });

export const peerConfigs = customResource({
  kind: 'CiliumBGPPeerConfig',
  plural: 'ciliumbgppeerconfigs',
  shortNames: ['cbgppeer'],
  versions: bothVersions(
    peerConfigSpec(object({ peerPort })),
    statusOfConditions,
    peerConfigSpec(object({ peerPort, localPort: port() })),
  ),
});

const uint16 = '([0-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
const uint32 = [
  '([0-9]|[1-9][0-9]{1,8}|[1-3][0-9]{9}|4[01][0-9]{8}|42[0-8][0-9]{7}|429[0-3][0-9]{6}|4294[0-8][0-9]{5}',
  '|42949[0-5][0-9]{4}|429496[0-6][0-9]{3}|4294967[01][0-9]{2}|42949672[0-8][0-9]|429496729[0-5])',
].join('');

const communities = object({
  standard: list(string({ pattern: `^${uint32}$|^${uint16}:${uint16}$` })),
  wellKnown: list(
    oneOf(
      ...['internet', 'planned-shut', 'accept-own', 'route-filter-translated-v4', 'route-filter-v4'],
      ...['route-filter-translated-v6', 'route-filter-v6', 'llgr-stale', 'no-llgr', 'blackhole', 'no-export'],
      ...['no-advertise', 'no-export-subconfed', 'no-peer'],
    ),
  ),
  large: list(string({ pattern: `^${uint32}:${uint32}:${uint32}$` })),
});

const advertisement = object(
  {
    'advertisementType!': oneOf('PodCIDR', 'CiliumPodIPPool', 'Service'),
    service: object({
      'addresses!': list(oneOf('LoadBalancerIP', 'ClusterIP', 'ExternalIP'), { minItems: 1 }),
      aggregationLengthIPv4: int32(0, 31),
      aggregationLengthIPv6: int32(0, 127),
    }),
    selector: labelSelector,
    attributes: object({ communities, localPreference: int64() }),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: "self.advertisementType != 'Service' || has(self.service)",
        message: "service field is required for the 'Service' advertisementType",
      },
      {
        rule: "self.advertisementType != 'PodCIDR' || !has(self.selector)",
        message: "selector field is not allowed for the 'PodCIDR' advertisementType",
      },
    ],
  },
);

export const advertisements = customResource({
  kind: 'CiliumBGPAdvertisement',
  plural: 'ciliumbgpadvertisements',
  shortNames: ['cbgpadvert'],
  versions: bothVersions(object({ 'advertisements!': list(advertisement) })),
});

const nodePeer = object({
  'name!': string(),
  peerAddress: ipAddress,
  peerASN: int64(0, highestAsn),
  localAddress: ipAddress,
  peerConfigRef: object({ 'name!': string() }),
  autoDiscovery,
});

const nodePeerStatus = object({
  'name!': string(),
  'peerAddress!': string(),
  peerASN: int64(),
  peeringState: string(),
  establishedTime: string(),
  timers: object({ appliedHoldTimeSeconds: int32(), appliedKeepaliveSeconds: int32() }),
  routeCount: list(object({ 'afi!': afi, 'safi!': safi, advertised: int32(), received: int32() })),
});

export const nodeConfigs = customResource({
  kind: 'CiliumBGPNodeConfig',
  plural: 'ciliumbgpnodeconfigs',
  shortNames: ['cbgpnode'],
  versions: bothVersions(
    object({
      'bgpInstances!': listBy(
        'name',
        object({
          'name!': name,
          localASN: asn,
          localPort: port(),
          routerID: string({ format: 'ipv4' }),
          peers: listBy('name', nodePeer),
        }),
        { minItems: 1, maxItems: 16 },
      ),
    }),
    object({
      bgpInstances: listBy(
        'name',
        object({ 'name!': string(), localASN: int64(), peers: listBy('name', nodePeerStatus) }),
      ),
      conditions,
    }),
  ),
});

export const nodeConfigOverrides = customResource({
  kind: 'CiliumBGPNodeConfigOverride',
  plural: 'ciliumbgpnodeconfigoverrides',
  shortNames: ['cbgpnodeoverride'],
  versions: bothVersions(
    object({
      'bgpInstances!': listBy(
        'name',
        object({
          'name!': name,
          routerID: string({ format: 'ipv4' }),
          localPort: int32(),
          localASN: asn,
          peers: listBy('name', object({ 'name!': name, localAddress: ipAddress, localPort: int32() })),
        }),
        { minItems: 1 },
      ),
    }),
  ),
});
