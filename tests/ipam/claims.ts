import { claimsOf } from '../catalogue/claim.ts';
import { cite, upstream } from '../catalogue/documents.ts';

const pools = cite('loadBalancer', 'Cilium LoadBalancer IPAM (서비스의 IP 분배 방법)');
const intro = cite('loadBalancer', 'LoadBalancer 서비스 타입');

export const ipamClaims = claimsOf('IPAM', {}, [
  {
    id: 'IPAM-01',
    title: 'Without a pool a LoadBalancer service stays pending, and its condition says why',
    sources: [intro, upstream('lb-ipam', 'Pools')],
    shownBy: "the service's status and conditions",
  },
  {
    id: 'IPAM-02',
    title:
      'The pool 172.16.1.0/24 without its first and last address has 254 to give; the first service takes one and 253 remain',
    sources: [
      cite('bgpStudy', 'Cilium Load Balancer IP Pool (CiliumLoadBalancerIPPool) 설정'),
      cite('week5', 'Service(LoadBalancer - ExternalIP) IPs 를 BGP로 광고'),
    ],
    shownBy: "the pool's conditions and the service's status",
  },
  {
    id: 'IPAM-03',
    title: 'A block given by start and stop hands out addresses inside it only',
    sources: [pools],
    shownBy: 'addresses of as many services as the block has, and one more',
  },
  {
    id: 'IPAM-04',
    title: 'Blocks given by prefix and blocks given by start and stop mix in one pool',
    sources: [pools],
    shownBy: "the pool's conditions and the services' addresses",
  },
  {
    id: 'IPAM-05',
    title: 'A pool is written with blocks; the older field cidrs is not accepted',
    sources: [pools, upstream('lb-ipam', 'Pools')],
    correction: {
      documented: 'A pool is written with spec.cidrs.',
      true: 'The current API has spec.blocks, each with cidr or with start and stop; it does not take spec.cidrs.',
      evidence: "the API's answer to a pool written with cidrs, and to the same pool written with blocks",
      source: pools,
    },
    shownBy: "the API's answer to both spellings",
  },
  {
    id: 'IPAM-06',
    title: 'When a service goes its address returns to the pool',
    sources: [pools],
    shownBy: "the pool's conditions before and after; the address is given again",
  },
  {
    id: 'IPAM-07',
    title:
      'The annotation lbipam.cilium.io/ips requests one address, also of a service that already has another',
    sources: [cite('loadBalancer', 'Requesting IPs')],
    shownBy: "the service's status before and after",
  },
  {
    id: 'IPAM-08',
    title:
      'The annotation lbipam.cilium.io/sharing-key puts services with different ports on one address; the same port does not share',
    sources: [cite('loadBalancer', 'Sharing Keys'), upstream('lb-ipam', 'Sharing Keys')],
    shownBy: "the services' addresses, and requests to both ports",
  },
  {
    id: 'IPAM-11',
    title:
      'A service that is deleted and created again with its sharing key gets the address of its group back',
    sources: [upstream('lb-ipam', 'Sharing Keys')],
    shownBy: "the services' addresses before and after",
  },
  {
    // Services that wait together are served in no order (operator/pkg/lbipam, a Go map; seen on 1.19.4): one that shares
    // an address has to be made after the other has its own.
    id: 'IPAM-12',
    title: 'A restart of the operator leaves every address with its service',
    sources: [upstream('lb-ipam')],
    level: 'extended',
    needs: ['restart-operator'],
    disruptive: true,
    shownBy: "the services' addresses before and after",
  },
  {
    id: 'IPAM-09',
    title: 'Before it is announced an address answers inside the cluster and not from the router',
    sources: [cite('bgpSetup', 'Service IP BGP 설정'), pools],
    needs: ['router'],
    shownBy: 'requests from a pod and from the router',
  },
  {
    id: 'IPAM-10',
    title:
      'A service that finds its pool exhausted waits and says so, and is served as soon as the pool has more',
    sources: [upstream('lb-ipam')],
    level: 'extended',
    shownBy: "the service's condition and address before and after another block is added",
  },
  {
    id: 'IPAM-13',
    title: 'A disabled pool hands out nothing new, and what it has given stays',
    sources: [upstream('lb-ipam', 'Disabling a Pool')],
    level: 'extended',
    shownBy: "services' addresses and conditions while the pool is disabled and after",
  },
  {
    id: 'IPAM-14',
    title:
      'Of two pools that overlap the younger one is marked as conflicting and serves nobody until the other goes',
    sources: [upstream('lb-ipam', 'Conflicts')],
    level: 'extended',
    shownBy: "the pools' conditions, and a service that waits and is served",
  },
  {
    id: 'IPAM-15',
    title:
      'A pool serves the services its selector matches, by label, by name or by namespace, and no others',
    sources: [upstream('lb-ipam', 'Service Selectors')],
    level: 'extended',
    shownBy: "services' addresses out of pools of one address each",
  },
  {
    id: 'IPAM-16',
    title: 'Widening a pool in use moves no address',
    sources: [upstream('lb-ipam', 'Pools')],
    level: 'extended',
    shownBy: "services' addresses before the edit, all through it, and after",
  },
]);
