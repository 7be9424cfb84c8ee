import { claimsOf } from '../catalogue/claim.ts';
import { cite, upstream } from '../catalogue/documents.ts';

const setup = cite('bgpSetup', 'Service IP BGP 설정');
const advertisement = cite('bgpStudy', 'Cilium BGP 광고');
const routing = cite('bgpStudy', 'BGP 라우팅 확인');
const calls = cite('bgpStudy', '라우터에서 LB EX-IP 호출 확인');
const local = cite('bgpStudy', 'External Traffic Policy (Local) : 소스 IP 보존');
const week5 = cite('week5', 'Service(LoadBalancer - ExternalIP) IPs 를 BGP로 광고');
const week5Calls = cite('week5', 'Router에서 LB EX-IP 호출');
const week5Ecmp = cite('week5', 'ECMP');
const week5Techniques = cite('week5', '외부 인입 관련 다양한 기법들의 비교');

export const lbClaims = claimsOf('LB', { needs: ['router'] }, [
  {
    id: 'LB-01',
    title:
      'A Service advertisement selects services by label: the router gets the /32 of the chosen ones and of no other',
    sources: [setup, advertisement, week5],
    shownBy: "the router's BGP table",
  },
  {
    id: 'LB-02',
    title:
      'With externalTrafficPolicy Cluster every BGP node is a next hop: one kernel route with three next hops of equal weight',
    sources: [routing, week5],
    shownBy: "multipath flags in the router's BGP table, and its kernel routes",
  },
  {
    id: 'LB-03',
    title: 'The address answers from the router, and every backend answers in turn',
    sources: [setup, calls, week5Calls],
    shownBy: 'requests from the router, counted by the host name that answers',
  },
  {
    id: 'LB-04',
    title: 'With two replicas and policy Cluster a node without a backend is still a next hop',
    sources: [setup, calls, week5Calls],
    shownBy: "the router's BGP table and kernel routes",
  },
  {
    id: 'LB-05',
    title:
      "Policy Cluster: a request that enters at one node and is served on another carries the entry node's address as source, and the reply returns through it",
    sources: [setup, calls, week5Calls],
    shownBy: 'the remote address the server reports; both legs in a capture on the entry node',
  },
  {
    id: 'LB-06',
    title: 'Policy Local: only nodes with a ready backend are next hops',
    sources: [setup, local, week5Ecmp],
    shownBy: "the router's BGP table and kernel routes, and the time they take",
  },
  {
    id: 'LB-07',
    title: "Policy Local: the pod sees the client's own address",
    sources: [local, week5Ecmp],
    correction: {
      documented:
        "Under policy Local the node rewrites the source to its own address, so that the client's is lost.",
      true: "Under policy Local the client's address reaches the pod unchanged.",
      evidence: 'the remote address the server reports for requests from the router',
      source: week5Techniques,
    },
    shownBy: 'the remote address the server reports',
  },
  {
    id: 'LB-08',
    title: 'Hash policy 0 (addresses only): one client and one address always take the same next hop',
    sources: [setup, week5Ecmp],
    shownBy: 'requests counted by the node they enter at: one node only',
  },
  {
    id: 'LB-09',
    title: 'Hash policy 1 (addresses and ports): the same requests spread over all next hops',
    sources: [setup, week5Ecmp],
    shownBy: 'requests counted by the node they enter at, judged by a chi-square test',
  },
  {
    id: 'LB-10',
    title: 'Scaling up brings next hops back, and the spread covers them',
    sources: [setup],
    shownBy: "the router's kernel routes; requests counted by the node they enter at",
  },
  {
    id: 'LB-11',
    title: 'Under hash policy 0 another source address may take another next hop',
    sources: [
      cite('bgpStudy', '아래 실행 시 tcpdump 에 다른 노드 선택되는지 확인! 안될수도 있음!'),
      week5Ecmp,
    ],
    shownBy: "many sources out of the router's two loopback networks, counted by entry node",
  },
  {
    id: 'LB-12',
    title: 'When all backends are gone policy Local withdraws the /32 everywhere and policy Cluster keeps it',
    sources: [upstream('bgp-operation', 'Service Losing All Backends')],
    shownBy: "the router's BGP table under either policy",
  },
  {
    id: 'LB-13',
    title: 'A service that is deleted, or is no longer of type LoadBalancer, is withdrawn',
    sources: [upstream('bgp-configuration', 'Service Virtual IPs')],
    shownBy: "the router's BGP table",
  },
  {
    id: 'LB-16',
    title: 'When one of two services on one address goes, the address stays announced for the other',
    sources: [upstream('bgp-configuration', 'Service Virtual IPs'), upstream('lb-ipam', 'Sharing Keys')],
    shownBy: "the router's BGP and kernel tables, and a request to the port that is left",
  },
  {
    id: 'LB-17',
    title: 'Policy Local: an address withdrawn with its only pod returns with the pod that takes its place',
    sources: [upstream('bgp-operation', 'Service Losing All Backends')],
    shownBy: "the router's tables after the pod is deleted, several times, the service untouched",
  },
  {
    id: 'LB-18',
    title:
      'Policy Cluster: when all backends are gone a request to the address is refused by the node it enters at, and handed on to nobody',
    sources: [upstream('bgp-operation', 'Service Losing All Backends'), upstream('kubeproxy-free')],
    level: 'extended',
    disruptive: true,
    shownBy: "what clients get; captures on every node's interfaces, where each SYN is seen once",
  },
  {
    id: 'LB-21',
    title: 'Replies leave by the node and the interface their request came in on',
    sources: [upstream('kubeproxy-free')],
    level: 'extended',
    shownBy: "captures on every node's interfaces, the uplink with the default route among them",
  },
  {
    id: 'LB-14',
    title: "The address need not lie in any node's subnet",
    sources: [cite('bgpStudy', 'Cilium Load Balancer IP Pool (CiliumLoadBalancerIPPool) 설정')],
    shownBy: 'requests from the router to an address of 172.16.1.0/24, which is on no link',
  },
  {
    id: 'LB-15',
    title: 'External and cluster addresses of services are advertised when asked for, and only then',
    sources: [upstream('bgp-configuration', 'ExternalIP'), upstream('bgp-configuration', 'ClusterIP')],
    level: 'extended',
    shownBy: "the router's BGP table and kernel routes",
  },
  {
    id: 'LB-19',
    title: "A service of another controller's loadBalancerClass is neither given an address nor advertised",
    sources: [upstream('bgp-configuration', 'Load Balancer Class'), upstream('lb-ipam', 'LoadBalancerClass')],
    level: 'extended',
    shownBy: "the router's BGP table beside a service of Cilium's own class; the foreign service's status",
  },
  {
    id: 'LB-20',
    title:
      'With an aggregation length addresses are advertised as one wider prefix, except under policy Local',
    sources: [upstream('bgp-configuration', 'Prefix Aggregation')],
    level: 'extended',
    shownBy: "the router's BGP table and kernel routes",
  },
]);
