import type {
  BgpAdvertisement,
  BgpClusterConfig,
  BgpPeerConfig,
  LoadBalancerIpPool,
} from '../../helpers/cilium/resources.ts';
import type { Deployment, Pod, Service } from '../../helpers/kube/resources.ts';
import type { Configuration } from '../contract/lab.ts';
import { type ClusterSpec, type HostSpec, hostSpec, type Topology } from '../contract/topology.ts';

/** What everything of ours carries, so that it can be told from what others own, and removed. */
export const ownedLabels = { 'app.kubernetes.io/managed-by': 'cilium-conformance' } as const;

/** The node label of the documents that puts a node under BGP. */
export const bgpNodeLabel = { key: 'enable-bgp', value: 'true' } as const;

/** Hold and keepalive time of the documents' peer configuration, in seconds. */
export const bgpTimers = { hold: 9, keepalive: 3 } as const;

/** The documents' graceful restart time, in seconds. */
export const bgpRestartTime = 15;

export const podCidrAdvertisement: BgpAdvertisement = {
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumBGPAdvertisement',
  metadata: { name: 'bgp-advertisements', labels: { ...ownedLabels, advertise: 'bgp' } },
  spec: { advertisements: [{ advertisementType: 'PodCIDR' }] },
};

export const peerConfig: BgpPeerConfig = {
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumBGPPeerConfig',
  metadata: { name: 'cilium-peer', labels: { ...ownedLabels } },
  spec: {
    // The documents leave the connect retry at its default of 120 s, which a session that misses its first
    // try waits for, up to twice. It is no part of any claim.
    timers: {
      connectRetryTimeSeconds: 5,
      holdTimeSeconds: bgpTimers.hold,
      keepAliveTimeSeconds: bgpTimers.keepalive,
    },
    ebgpMultihop: 2,
    gracefulRestart: { enabled: true, restartTimeSeconds: bgpRestartTime },
    families: [{ afi: 'ipv4', safi: 'unicast', advertisements: { matchLabels: { advertise: 'bgp' } } }],
  },
};

export const clusterConfigName = 'cilium-bgp';

/** @throws Error when the topology has no router or the cluster no AS number */
export function clusterConfig(topology: Topology, cluster: ClusterSpec): BgpClusterConfig {
  if (topology.router === undefined || cluster.asn === undefined) {
    throw new Error(`topology ${topology.name} has no BGP: no router, or no AS number for ${cluster.name}`);
  }
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumBGPClusterConfig',
    metadata: { name: clusterConfigName, labels: { ...ownedLabels } },
    spec: {
      nodeSelector: { matchLabels: { [bgpNodeLabel.key]: bgpNodeLabel.value } },
      bgpInstances: [
        {
          name: `instance-${cluster.asn}`,
          localASN: cluster.asn,
          peers: [
            {
              name: 'tor-switch',
              peerASN: topology.router.asn,
              peerAddress: topology.router.routerId,
              peerConfigRef: { name: peerConfig.metadata.name },
            },
          ],
        },
      ],
    },
  };
}

export const webpodDeployment = (replicas: number): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'webpod', namespace: 'default', labels: { ...ownedLabels } },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'webpod' } },
    template: {
      metadata: { labels: { app: 'webpod' } },
      spec: {
        containers: [{ name: 'webpod', image: 'traefik/whoami', ports: [{ containerPort: 80 }] }],
        // One replica per node before any node takes a second, as the documents mean it (their anti-affinity
        // names another application); a drained node does not count.
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'kubernetes.io/hostname',
            whenUnsatisfiable: 'DoNotSchedule',
            nodeTaintsPolicy: 'Honor',
            labelSelector: { matchLabels: { app: 'webpod' } },
          },
        ],
        terminationGracePeriodSeconds: 0,
      },
    },
  },
});

export const webpodService: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'webpod', namespace: 'default', labels: { ...ownedLabels, app: 'webpod' } },
  spec: {
    type: 'ClusterIP',
    selector: { app: 'webpod' },
    ports: [{ protocol: 'TCP', port: 80, targetPort: 80 }],
  },
};

/** A pod to run commands in on a node; the documents have one, on the control plane. */
export const clientPod = (name: string, node: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { ...ownedLabels, app: 'curl' } },
  spec: {
    nodeName: node,
    containers: [{ name: 'curl', image: 'nicolaka/netshoot', command: ['tail'], args: ['-f', '/dev/null'] }],
    terminationGracePeriodSeconds: 0,
  },
});

/** Number, and priority of the rule, of the table in which claims steer what the router sends. */
export const steeringTable = '1789';

/** A static route on a node, as `ip route add <to> via <via>`. */
export interface StaticRoute {
  readonly node: HostSpec['name'];
  readonly to: string;
  readonly via: string;
}

/** The documents' static routes: the pod network through the router's interface on the node's own segment. */
export function podNetworkRoutes(topology: Topology, cluster: ClusterSpec): StaticRoute[] {
  return cluster.nodes.map(node => ({ node, to: cluster.podCidr, via: routerOn(topology, node) }));
}

/** The router's loopback networks, through its interface on the node's own segment. */
export function clientNetworkRoutes(topology: Topology, cluster: ClusterSpec): StaticRoute[] {
  const loopbacks = topology.hosts.find(host => host.role === 'router')?.loopbacks ?? [];
  const networks = loopbacks.map(({ address }) => address.replace(/\d+\/(\d+)$/, '0/$1'));
  return cluster.nodes.flatMap(node => networks.map(to => ({ node, to, via: routerOn(topology, node) })));
}

function routerOn(topology: Topology, node: string): string {
  const networks = hostSpec(topology, node).interfaces.map(i => i.network);
  const router = topology.hosts.find(host => host.role === 'router');
  const shared = router?.interfaces.find(i => networks.includes(i.network));
  if (shared === undefined) throw new Error(`${node} shares no network with the router of ${topology.name}`);
  return shared.address.split('/')[0] as string;
}

/** The documents' pool: in no node's subnet. */
export const loadBalancerPool: LoadBalancerIpPool = {
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumLoadBalancerIPPool',
  metadata: { name: 'cilium-pool', labels: { ...ownedLabels } },
  spec: { allowFirstLastIPs: 'No', blocks: [{ cidr: '172.16.1.0/24' }] },
};

/** The documents' pool for L2 announcements: addresses of the control plane's own segment. */
export function segmentPool(topology: Topology): LoadBalancerIpPool['spec'] {
  const [cluster] = topology.clusters;
  const address = hostSpec(topology, cluster?.controlPlane ?? '').interfaces[0]?.address ?? '';
  const network = address.replace(/\d+\/\d+$/, '');
  return { blocks: [{ start: `${network}211`, stop: `${network}215` }] };
}

/** The documents' advertisement of webpod's LoadBalancer address. */
export const loadBalancerAdvertisement: BgpAdvertisement = {
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumBGPAdvertisement',
  metadata: { name: 'bgp-advertisements-lb-exip-webpod', labels: { ...ownedLabels, advertise: 'bgp' } },
  spec: {
    advertisements: [
      {
        advertisementType: 'Service',
        service: { addresses: ['LoadBalancerIP'] },
        selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['webpod'] }] },
      },
    ],
  },
};

/** The lab's own helm values and no others. */
export const asInstalled: Configuration = { values: {}, needs: [] };

/** The documents' overlay network. Where it is off, rules without connection tracking want native routing. */
const tunnel = (protocol: 'vxlan' | 'geneve'): Configuration => ({
  values: { routingMode: 'tunnel', tunnelProtocol: protocol, installNoConntrackIptablesRules: false },
  needs: ['configure', `${protocol}-tunnel`],
});

export const vxlanTunnel = tunnel('vxlan');
export const geneveTunnel = tunnel('geneve');

/** The documents' direct server return: Geneve dispatch, Maglev. */
export const geneveDsr: Configuration = {
  values: {
    tunnelProtocol: 'geneve',
    'loadBalancer.mode': 'dsr',
    'loadBalancer.dsrDispatch': 'geneve',
    'loadBalancer.algorithm': 'maglev',
  },
  needs: ['configure', 'geneve-dsr'],
};
