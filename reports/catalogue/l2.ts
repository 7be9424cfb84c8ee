import { claimsOf } from './claim.ts';
import { cite, upstream } from './documents.ts';

const l2 = cite('loadBalancer', 'Cilium L2 Announcement');
const calls = cite('loadBalancer', 'Cilium 의 IP 홍보방법');

export const l2Claims = claimsOf(
  'L2',
  { needs: ['router'], planned: 'the reference system has no L2 announcements yet' },
  [
    {
      id: 'L2-01',
      title:
        "With a policy the router's ARP resolves the address to the MAC of exactly one node, the lease holder",
      sources: [l2],
      faults: ['two-nodes-answer-arp'],
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
      faults: ['l2-selector-ignored'],
      shownBy: 'the lease holder over repeated elections',
    },
    {
      id: 'L2-04',
      title: 'The first node to take the Kubernetes lease leads',
      sources: [l2, upstream('l2-announcements')],
      correction: {
        documented: 'The node that answers ARP first leads.',
        true: 'The first node to take the Kubernetes lease leads, and only it answers ARP.',
        evidence: 'the Lease exists before the first ARP reply, and its holder sends it',
        source: l2,
      },
      shownBy: 'times of the Lease and of ARP replies in a capture',
    },
    {
      id: 'L2-05',
      title:
        'When the leader dies another node takes over within the lease duration plus or minus the renew deadline, and says so by gratuitous ARP',
      sources: [l2, upstream('l2-announcements')],
      needs: ['router', 'restart-agents'],
      disruptive: true,
      faults: ['l2-no-takeover'],
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
      shownBy: 'ARP requests on either interface',
    },
  ],
);
