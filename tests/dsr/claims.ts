import { claimsOf } from '../catalogue/claim.ts';
import { cite, source, upstream } from '../catalogue/documents.ts';

const setup = cite('bgpSetup', 'Service IP BGP 설정: (3) DSR + Maglev');
const study = cite('bgpStudy', '인입시 다양한 방식 비교');
const week5 = cite('week5', '외부 인입 관련 다양한 기법들의 비교');
const geneve = cite('week5', 'Geneve 터널링 패킷 구조');

export const dsrClaims = claimsOf(
  'DSR',
  {
    needs: ['router', 'configure', 'geneve-dsr'],
  },
  [
    {
      id: 'DSR-01',
      title:
        'Before DSR the mode is SNAT with random backend selection: no Geneve on the wire, and replies return through the entry node',
      sources: [setup, study, week5],
      needs: ['router'],
      shownBy: 'the agent status; captures on all nodes',
    },
    {
      id: 'DSR-02',
      title:
        'Setting mode dsr, dispatch geneve and algorithm maglev gives mode DSR, dispatch Geneve and Maglev with a table of 16381',
      sources: [study, week5],
      shownBy: 'the agent status on every node',
    },
    {
      id: 'DSR-03',
      title:
        "A request that enters at one node and is served on another crosses between them as Geneve on UDP 6081: outer addresses the nodes', inner source the client's, inner destination the pod's",
      sources: [setup, study, geneve],
      shownBy: 'a capture on the entry node, decoded to the inner TCP header',
    },
    {
      id: 'DSR-04',
      title: "The Geneve option of the SYN carries the service's address and port",
      sources: [setup, study, geneve, source('bpf/lib/nodeport.h')],
      correction: {
        documented: "The client's details travel in the Geneve header.",
        true: "The client's address stays in the inner IP header; the option (class 0x014B, type 0x81, 8 bytes) carries the service's address and port, and rides on the SYN only.",
        evidence: 'the decoded option and the inner headers of every packet of a connection',
        source: geneve,
      },
      shownBy: 'a capture between entry node and serving node, decoded',
    },
    {
      id: 'DSR-05',
      title:
        'The serving node answers the client itself: the source is the service address, and no frame of the reply passes the entry node',
      sources: [setup, study, week5],
      shownBy: 'captures on both nodes, joined by 5-tuple, every packet of the reply',
    },
    {
      id: 'DSR-06',
      title: "With DSR the pod sees the client's address although the policy is Cluster",
      sources: [week5],
      shownBy: 'the remote address the server reports',
    },
    {
      id: 'DSR-07',
      title: 'Maglev: whatever node a connection enters at, the same backend is chosen',
      sources: [setup, study],
      correction: {
        documented: 'The router picks the node by Maglev.',
        true: 'The router picks the next hop by its own ECMP hash; Maglev is how the nodes pick the backend.',
        evidence: "the router's hash policy decides the entry node while the backend stays the same",
        source: week5,
      },
      shownBy: 'one 5-tuple steered through each node in turn',
    },
    {
      id: 'DSR-08',
      title: 'A backend that goes moves few of the other connections',
      sources: [upstream('kubeproxy-free', 'Maglev Consistent Hashing')],
      level: 'extended',
      shownBy: 'the share of 5-tuples that moved, against a stated bound',
    },
    {
      id: 'DSR-09',
      title:
        'When a next hop goes, each connection that is open goes on by another node or is reset within seconds: none falls silent',
      sources: [
        upstream('kubeproxy-free', 'Maglev Consistent Hashing'),
        upstream('bgp-operation', 'Failure Scenarios'),
      ],
      level: 'extended',
      disruptive: true,
      shownBy:
        'open connections with a request on each ten times a second, while the route of one node is withdrawn',
    },
    {
      id: 'DSR-10',
      title: 'Uploads whose packets leave no room for Geneve get to the serving node all the same',
      sources: [upstream('kubeproxy-free', 'Direct Server Return (DSR) with Geneve')],
      level: 'extended',
      shownBy: 'uploads of many full packets, answered; their bytes in the captures between the nodes',
    },
    {
      id: 'DSR-11',
      title: "UDP: every datagram between nodes carries the option, and is answered in the service's name",
      sources: [geneve, upstream('kubeproxy-free', 'Direct Server Return (DSR) with Geneve')],
      level: 'extended',
      shownBy: 'three datagrams from each source port, their answers, and captures on all nodes',
    },
  ],
);
