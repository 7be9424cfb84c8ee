import { dsrFaults } from './dsr/faults.ts';

/** Deliberate deviations of the datapath: each must turn the claims it kills red. */
export const datapathFaults = [
  {
    name: 'masquerade-inside-native-cidr',
    description: "pods' requests to other nodes' pods get the node's address as source",
    kills: ['BGP-10', 'RT-07'],
    because: {
      'BGP-10': /address under which replicas see curl-pod [\s\S]*too many:\s[\s\S]*sees (?!172\.20\.0\.)\d/,
    },
  },
  {
    name: 'lb-source-kept-under-cluster',
    description: 'a request served on another node keeps its source under policy Cluster',
    kills: ['LB-05'],
  },
  {
    name: 'lb-local-snat',
    description: "the client's address is replaced under policy Local",
    kills: ['LB-07'],
  },
  {
    name: 'lb-backend-missing',
    description: 'one backend of every service never gets a request',
    kills: ['LB-03', 'LB-14'],
  },
  {
    name: 'lb-nothing-before-announcement',
    description: 'LoadBalancer addresses answer nobody until services are announced by BGP',
    kills: ['IPAM-09'],
  },
  {
    name: 'lb-address-loops',
    description: 'packets for an address no service serves go back to the router',
    kills: ['LB-18'],
  },
  ...dsrFaults,
] as const;
