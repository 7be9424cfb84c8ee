import { claimsOf } from './claim.ts';
import { cite } from './documents.ts';

const native = cite('notes', 'Cilium Routing: autoDirectNodeRoutes');
const overlay = cite('notes', 'Encapsulation (Overlay Network)');
const masquerading = cite('notes', 'Cilium Masquerading');

export const rtClaims = claimsOf('RT', {}, [
  {
    // Switched off again, the routes stay until somebody removes them (seen on 1.19.4): the test does.
    id: 'RT-01',
    title: 'autoDirectNodeRoutes adds PodCIDR routes between nodes of one L2 segment only',
    sources: [native],
    needs: ['configure'],
    disruptive: true,
    faults: ['direct-routes-across-subnets'],
    shownBy: 'kernel routes of every node',
  },
  {
    id: 'RT-02',
    title: 'Without autoDirectNodeRoutes a node knows its own PodCIDR only',
    sources: [cite('week5', 'Cilium 설치 정보 확인')],
    faults: ['direct-routes-always'],
    shownBy: 'kernel routes of every node',
  },
  {
    id: 'RT-03',
    title: 'Without routes a cross-subnet packet reaches the router and leaves it by its default route',
    sources: [native],
    needs: ['router'],
    disruptive: true,
    faults: ['router-discards-unknown'],
    shownBy: "captures on the router's interfaces",
  },
  {
    id: 'RT-04',
    planned: 'the reference system has no tunnel mode',
    title:
      'Tunnel mode: every node routes every PodCIDR through its own cilium_host address, and pods reach each other though the router knows no PodCIDR',
    sources: [overlay],
    needs: ['router', 'configure'],
    disruptive: true,
    shownBy: 'kernel routes of nodes and router; requests',
  },
  {
    id: 'RT-05',
    planned: 'the reference system has no tunnel mode',
    title: "VXLAN is UDP 8472 and Geneve UDP 6081: outer addresses the nodes', inner the pods'",
    sources: [overlay, cite('notes', '1. 캡슐화(Encapsulation) 방식')],
    needs: ['router', 'configure'],
    disruptive: true,
    shownBy: 'captures, decoded to the inner headers',
  },
  {
    id: 'RT-06',
    planned: 'the reference system has no tunnel mode',
    title: 'Encapsulation costs 50 bytes a packet',
    sources: [cite('notes', '1. 캡슐화(Encapsulation) 방식')],
    needs: ['configure'],
    disruptive: true,
    shownBy: 'outer minus inner length in captures; path MTU',
  },
  {
    id: 'RT-07',
    title: "Pod to outside is masqueraded to the node's address; inside the native routing CIDR it is not",
    sources: [masquerading],
    needs: ['router'],
    faults: ['masquerade-inside-native-cidr', 'masquerade-missing'],
    shownBy: 'the remote address that replicas inside report; SYNs that arrive at the router for outside',
  },
  {
    id: 'RT-08',
    planned: 'the reference system has no ip-masq-agent',
    title: 'ip-masq-agent: a destination in nonMasqueradeCIDRs is not masqueraded',
    sources: [cite('bgpStudy', '실습환경'), masquerading],
    needs: ['configure'],
    shownBy: 'the remote address that servers report',
  },
  {
    id: 'RT-09',
    title: 'The direct route to a node that left while an agent was down is gone once the agent is back',
    sources: [native],
    level: 'extended',
    needs: ['configure', 'restart-agents'],
    disruptive: true,
    faults: ['cilium-28137'],
    shownBy: 'kernel routes of a node, before and after its agent was down',
  },
]);
