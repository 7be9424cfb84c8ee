import { dsrFaults } from './dsr/faults.ts';
import { routingFaults } from './tunnel/faults.ts';

/** Deliberate deviations of the datapath: each must turn the claims it kills red. */
export const datapathFaults = [
  {
    name: 'masquerade-inside-native-cidr',
    description: "pods' requests to other nodes' pods get the node's address as source",
    kills: ['BGP-10', 'RT-07'],
    may: ['RT-05', 'RT-10'],
    because: {
      'RT-07': /address under which replicas see curl-pod [\s\S]*too many:\s[\s\S]*sees (?!172\.20\.0\.)\d/,
      'BGP-10': /address under which replicas see curl-pod [\s\S]*too many:\s[\s\S]*sees (?!172\.20\.0\.)\d/,
    },
  },
  {
    name: 'masquerade-missing',
    description: "pods' requests leave the cluster with the pods' own addresses",
    kills: ['RT-07'],
    may: ['RT-08'],
    because: /SYNs on \S+[\s\S]*too many:\s+172\.20\.0\.\d+ > 192\.168\.10\.200/,
  },
  {
    name: 'direct-routes-across-subnets',
    description: 'autoDirectNodeRoutes adds routes to nodes behind the router, too, through it',
    kills: ['RT-01'],
    because: /PodCIDRs routed by \S+[\s\S]*too many:\s+172\.20\.2\.0\/24 via 192\.168\.10\.200/,
  },
  {
    name: 'direct-routes-always',
    description: 'nodes of one segment get routes to each other without autoDirectNodeRoutes',
    kills: ['RT-02'],
    because: /PodCIDRs routed by \S+[\s\S]*too many:\s+172\.20\.1\.0\/24 via 192\.168\.10\.101/,
  },
  {
    name: 'cilium-28137',
    description: 'direct routes to a node that left while the agent was down stay',
    kills: ['RT-09'],
    because: /kernel routes of \S+ to \S+[\s\S]*too many:\s+172\.20\.250\.0\/24/,
  },
  {
    name: 'lb-source-kept-under-cluster',
    description: 'a request served on another node keeps its source under policy Cluster',
    kills: ['LB-05'],
    because: /how replicas see clients [\s\S]*too many:/,
  },
  {
    name: 'lb-local-snat',
    description: "the client's address is replaced under policy Local",
    kills: ['LB-07'],
    because: /how replicas see clients [\s\S]*too many:\s[\s\S]*seen as (?!192\.168\.10\.200)\d/,
  },
  {
    name: 'lb-backend-missing',
    description: 'one backend of every service never gets a request',
    kills: ['LB-03', 'LB-14'],
    because: /replicas that answered [\s\S]*missing:\s+webpod-/,
  },
  {
    name: 'lb-nothing-before-announcement',
    description: 'LoadBalancer addresses answer nobody until services are announced by BGP',
    kills: ['IPAM-09'],
    because: /request of curl-pod\S* to 172\.16\.1\.50 [\s\S]*too many:\s+curl: /,
  },
  {
    name: 'lb-address-loops',
    description: 'packets for an address that nothing serves are handed on by the default route',
    kills: ['LB-18'],
    because: /what requests came to [\s\S]*missing:\s+refused/,
  },
  {
    name: 'cilium-40521',
    description: 'replies of services leave by the default route, whatever interface the request came in on',
    kills: ['LB-21'],
    because: /replies from the service address [\s\S]*too many:\s[\s\S]* by k8s-\S+ eth0/,
  },
  ...dsrFaults,
  ...routingFaults,
] as const;
