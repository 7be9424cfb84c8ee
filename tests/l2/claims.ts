import { claimsOf } from '../catalogue/claim.ts';
import { cite, upstream } from '../catalogue/documents.ts';

const l2 = cite('loadBalancer', 'Cilium L2 Announcement');
const calls = cite('loadBalancer', 'Cilium 의 IP 홍보방법');

export const l2Claims = claimsOf('L2', { needs: ['router', 'configure'] }, [
  {
    id: 'L2-01',
    title:
      "With a policy the router's ARP resolves the address to the MAC of exactly one node, the lease holder",
    sources: [l2],
    shownBy: 'counted ARP replies, the neighbour table, and the Lease',
  },
  {
    id: 'L2-02',
    title: 'Before the policy the address does not answer from the router; after it, it does',
    sources: [l2, calls],
    shownBy: 'requests from the router',
  },
  {
    id: 'L2-03',
    title: 'A node that the node selector leaves out never leads',
    sources: [l2],
    disruptive: true,
    shownBy: 'the lease holder over repeated elections',
  },
  {
    id: 'L2-04',
    title: 'The first node to take the Kubernetes lease leads',
    sources: [l2, upstream('l2-announcements', 'Leader Election')],
    correction: {
      documented: 'The node that answers ARP first leads.',
      true: 'The first node to take the Kubernetes lease leads, and only it answers ARP.',
      evidence: 'with the lease taken, a node that comes later neither leads nor answers',
      source: l2,
    },
    shownBy: 'the Lease, and ARP replies in a capture, before and after a second node comes',
  },
  {
    id: 'L2-05',
    title:
      'When the leader dies another node takes over within the lease duration plus or minus the renew deadline, and says so by gratuitous ARP',
    sources: [l2, upstream('l2-announcements', 'Failover')],
    needs: ['router', 'configure', 'restart-agents'],
    disruptive: true,
    shownBy: 'a capture on the router, and the time of the takeover',
  },
  {
    id: 'L2-06',
    title: 'All traffic for the address enters the cluster by the leader',
    sources: [l2],
    shownBy: 'captures on all nodes',
  },
  {
    id: 'L2-07',
    title: 'Interfaces are chosen by regular expression: on the others ARP stays silent',
    sources: [l2],
    shownBy: 'ARP replies in a capture, with the interface left out and chosen',
  },
  {
    id: 'L2-08',
    title: 'An address that two services share is answered for as long as one of them is there',
    sources: [upstream('l2-announcements')],
    level: 'extended',
    shownBy: 'ARP replies in a capture, before and after one of the services is deleted',
  },
]);
