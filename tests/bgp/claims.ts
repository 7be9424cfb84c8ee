import { claimsOf } from '../catalogue/claim.ts';
import { cite, upstream } from '../catalogue/documents.ts';

const setup = cite('bgpSetup', 'podCIDR 대역 BGP 설정');
const peering = cite('bgpStudy', 'cilium에 BGP 설정');
const reached = cite('bgpStudy', '통신확인');
const repaired = cite('bgpStudy', '문제 해결 후 통신 확인');
const week5Peering = cite('week5', 'Cilium에 BGP 설정');
const week5Reached = cite('week5', '통신 확인');
const week5Spread = cite('week5', 'BGP 정보전달 확인');
const week5Repaired = cite('week5', '문제 해결 후 통신 확인');
const week5Maintenance = cite('week5', 'Node 유지보수시');

const peeringAndRoutes = claimsOf('BGP', { needs: ['router'] }, [
  {
    id: 'BGP-01',
    title: 'Every node labelled enable-bgp=true has an established session with the router',
    sources: [setup, peering, week5Reached],
    shownBy:
      "the router's neighbour state and remote AS; one TCP connection to port 179 on the node; the node config's status",
  },
  {
    id: 'BGP-02',
    title:
      "The node dials: an ephemeral port of its own to the router's port 179, and no BGP port it listens on",
    sources: [week5Reached, upstream('bgp')],
    shownBy: 'sockets on node and router',
  },
  {
    id: 'BGP-03',
    title: 'A node without the label has no CiliumBGPNodeConfig and no session',
    sources: [peering, week5Peering],
    shownBy: "the Kubernetes API and the router's neighbours",
  },
  {
    id: 'BGP-04',
    title: 'The session negotiates the hold time of 9 s and the keepalive of 3 s that the peer config sets',
    sources: [peering, week5Peering],
    shownBy: "the router's neighbour detail, the OPEN message on the wire, the timers in the API status",
  },
  {
    id: 'BGP-05',
    title:
      'Each node advertises its own PodCIDR and no other prefix: one path each, next hop the node, AS path 65001, origin IGP',
    sources: [setup, reached, week5Reached],
    shownBy: "the router's whole BGP table",
  },
  {
    id: 'BGP-06',
    title: 'The router installs every PodCIDR in its kernel table as a BGP route out of the right interface',
    sources: [setup, reached, week5Reached],
    shownBy: "the router's kernel routes",
  },
  {
    id: 'BGP-07',
    title: "Nodes receive the other nodes' prefixes, yet install none of them in their kernel table",
    sources: [setup, cite('bgpStudy', 'BGP 정보 전달 확인'), week5Spread],
    disruptive: true,
    shownBy: 'UPDATE messages captured while the router restarts; the kernel routes of every node',
  },
  {
    id: 'BGP-08',
    title:
      'With sessions up and no static route a pod reaches the pods of its own node only: other requests leave by the default route (eth0), not by the cluster network (eth1)',
    sources: [setup, cite('notes', 'Cilium Routing: autoDirectNodeRoutes')],
    shownBy: "requests from a pod; captures on its node's eth0 and eth1",
  },
  {
    id: 'BGP-09',
    title:
      'A static route for the cluster PodCIDR by way of the router on every node lets every pod reach every pod',
    sources: [setup, repaired, week5Repaired],
    disruptive: true,
    shownBy: 'requests answered by every replica',
  },
  {
    id: 'BGP-10',
    title: "Pod to pod traffic is not translated: the server sees the client pod's own address",
    sources: [cite('notes', 'Cilium Masquerading')],
    disruptive: true,
    shownBy: "the remote address the server reports; a capture on the server's node",
  },
  {
    id: 'BGP-11',
    title: 'After its restart the router gets End-of-RIB from every node and has learnt all routes again',
    sources: [cite('week5', 'Cilium에 BGP 설정')],
    disruptive: true,
    shownBy: "End-of-RIB markers on the wire, or the router's log; its BGP table before and after",
  },
  {
    id: 'BGP-12',
    title: 'Neighbours written into frr.conf before a restart, or typed into vtysh, give the same sessions',
    sources: [
      setup,
      cite('bgpStudy', 'Cilium 노드 연동 설정 방안1, 방안2'),
      cite('week5', 'Cilium 노드 연동 설정'),
    ],
    disruptive: true,
    shownBy: "the router's neighbours and BGP table after either way",
  },
  {
    id: 'BGP-13',
    title:
      "Maintenance: draining a node and setting enable-bgp=false removes its config, session and prefix, and leaves the others' alone",
    sources: [week5Maintenance],
    disruptive: true,
    shownBy: "the router's BGP table and neighbours before and after; the API",
  },
  {
    id: 'BGP-14',
    title: 'After maintenance: labelling the node again and uncordoning it brings session and prefix back',
    sources: [week5Maintenance],
    disruptive: true,
    shownBy: "the router's BGP table and neighbours before and after; the API",
  },
  {
    id: 'BGP-15',
    title:
      'With status reporting switched off the status of every CiliumBGPNodeConfig is empty, and sessions stay up',
    sources: [cite('week5', 'CRD Status Report')],
    needs: ['router', 'configure'],
    disruptive: true,
    shownBy: "the API and the router's neighbours",
  },
  {
    id: 'BGP-16',
    title: 'Route policies: one export policy per advertisement, accepting exactly the advertised prefixes',
    sources: [cite('bgpStudy', 'Cilium BGP 광고'), week5Spread],
    shownBy: "the agent's route policies, against the router's BGP table",
  },
]);

const operationAndConfiguration = claimsOf('BGP', { level: 'extended', needs: ['router'] }, [
  {
    id: 'BGP-20',
    title: "With graceful restart an agent's restart withdraws no route, and traffic goes on",
    sources: [upstream('bgp-operation', 'Cilium Agent Down')],
    needs: ['router', 'restart-agents'],
    disruptive: true,
    shownBy: 'the router keeps the routes as stale; a client probe loses nothing',
  },
  {
    id: 'BGP-21',
    title: 'With graceful restart an agent that stays away longer than the restart time loses its routes',
    sources: [upstream('bgp-operation', 'Cilium Agent Down')],
    needs: ['router', 'restart-agents'],
    disruptive: true,
    shownBy: 'the time of the withdrawal on the router lies within its bounds',
  },
  {
    id: 'BGP-22',
    title: "Without graceful restart an agent's restart withdraws its routes at once",
    sources: [upstream('bgp-operation', 'Cilium Agent Down')],
    needs: ['router', 'restart-agents'],
    disruptive: true,
    shownBy: "the router's routes, with times",
  },
  {
    id: 'BGP-23',
    title:
      'When the path is lost silently the routes go within the hold time, plus the restart time with graceful restart',
    sources: [upstream('bgp-operation', 'Peering Link Down')],
    needs: ['router', 'cut-links'],
    disruptive: true,
    shownBy: "the link cut in the middle, and the time until the router's routes are gone",
  },
  {
    id: 'BGP-24',
    title: 'With an MD5 password the right one establishes the session and a wrong one does not',
    sources: [upstream('bgp-configuration', 'MD5 Password')],
    disruptive: true,
    shownBy: "the router's neighbour state in both cases",
  },
  {
    id: 'BGP-25',
    title:
      'A configuration that cannot work says why: NoMatchingNode, MissingPeerConfigs, ConflictingClusterConfig, MissingAuthSecret',
    sources: [
      upstream('bgp-operation', 'CiliumBGPClusterConfig Status'),
      upstream('bgp-operation', 'CiliumBGPPeerConfig Status'),
    ],
    shownBy: 'conditions in the API',
  },
  {
    id: 'BGP-26',
    title: "A node's override sets its router id, local port, local AS number and local address",
    sources: [upstream('bgp-configuration', 'BGP Configuration Override')],
    disruptive: true,
    shownBy: "the router's neighbour detail",
  },
  {
    id: 'BGP-27',
    title:
      'Standard, well-known and large communities arrive; local preference is not sent to an external peer',
    sources: [upstream('bgp-configuration', 'BGP Attributes')],
    shownBy: "path attributes in the router's BGP table",
  },
  {
    id: 'BGP-28',
    title:
      'Communities of overlapping advertisements are united from Cilium 1.18 on; before, the last one wins',
    sources: [upstream('bgp-configuration', 'Overlapping Advertisements')],
    shownBy: "communities in the router's BGP table, per version",
  },
  {
    id: 'BGP-29',
    title: 'With no matching advertisement the session is established and no prefix is sent',
    sources: [upstream('bgp-configuration', 'BGP Advertisements')],
    shownBy: "the router's neighbour state and BGP table",
  },
  {
    id: 'BGP-30',
    title: "After a change of the peer's address the router holds the same prefixes with the same attributes",
    sources: [upstream('bgp-operation', 'Policies')],
    disruptive: true,
    shownBy: "the router's BGP table before and after, with a service advertised",
  },
]);

export const bgpClaims = [...peeringAndRoutes, ...operationAndConfiguration];
