import type { Fault } from '../faults.ts';

/** Deliberate deviations of L2 announcements: each must turn the claims it kills red. */
export const l2Faults = [
  {
    name: 'l2-two-nodes-answer',
    description: 'every node that a policy selects answers ARP, leading or not',
    kills: ['L2-01'],
    because: /ARP answers for \S+[\s\S]*too many:\s+k8s-/,
  },
  {
    name: 'l2-not-enabled',
    description: 'l2announcements.enabled has no effect',
    kills: ['L2-02'],
    because: /request of router[\s\S]*missing:\s+answered/,
  },
  {
    name: 'l2-selector-ignored',
    description: 'every node runs for the leases, whatever the nodeSelector says',
    kills: ['L2-03'],
    because: /leader of service[\s\S]*too many:\s+k8s-ctr/,
  },
  {
    name: 'l2-answers-without-lease',
    description: 'the second node answers ARP, whoever holds the lease',
    kills: ['L2-04'],
    because: /ARP answers for \S+[\s\S]*too many:\s+k8s-w1/,
  },
  {
    name: 'l2-no-takeover',
    description: 'nobody takes the lease of a leader that is gone',
    kills: ['L2-05'],
    because: /leader of service[\s\S]*missing:\s+k8s-/,
  },
  {
    name: 'l2-no-gratuitous-arp',
    description: 'a node that takes over does not say so',
    kills: ['L2-05'],
    because: /last gratuitous ARP for \S+[\s\S]*missing:\s+k8s-/,
  },
  {
    name: 'l2-leader-flaps',
    description: 'a leader gives the lease away at once',
    kills: ['L2-06'],
    because: /(?:ARP answers for \S+|nodes by which requests entered)[\s\S]*too many:\s+k8s-/,
  },
  {
    name: 'l2-interfaces-ignored',
    description: 'addresses are announced on all interfaces',
    kills: ['L2-07'],
    because: /ARP answers for \S+[\s\S]*too many:\s+k8s-/,
  },
  {
    name: 'cilium-32115',
    description: 'deleting one of two services on one address ends the answers to ARP for it',
    kills: ['L2-08'],
    because: /ARP answers for \S+[\s\S]*missing:\s+k8s-ctr/,
  },
] as const satisfies readonly Fault[];
