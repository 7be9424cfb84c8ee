import type { FaultTable } from '../fault.ts';
import { ctr, segment, w1 } from '../places.ts';
import { about, inside, missing, tooMany } from '../reason.ts';

/** Deliberate deviations of L2 announcements. */
export const l2Faults = {
  'l2-two-nodes-answer': {
    description: 'every node that a policy selects answers ARP, leading or not',
    kills: { 'L2-01': { ...about`ARP answers for \S+ `, ...tooMany`k8s-` } },
  },
  'l2-not-enabled': {
    description: 'l2announcements.enabled has no effect',
    kills: { 'L2-02': { ...about`request of router`, ...tooMany`curl: .* ${inside(segment)} ` } },
  },
  'l2-selector-ignored': {
    description: 'every node runs for the leases, whatever the nodeSelector says',
    kills: { 'L2-03': { ...about`leader of service `, ...tooMany`${ctr.name}` } },
  },
  'l2-answers-without-lease': {
    description: 'the second node answers ARP, whoever holds the lease',
    kills: { 'L2-04': { ...about`ARP answers for \S+ `, ...tooMany`${w1.name}` } },
  },
  'l2-no-takeover': {
    description: 'nobody takes the lease of a leader that is gone',
    kills: { 'L2-05': { ...about`leader of service`, ...missing`k8s-` } },
  },
  'l2-no-gratuitous-arp': {
    description: 'a node that takes over does not say so',
    kills: { 'L2-05': { ...about`last gratuitous ARP for \S+ `, ...missing`k8s-` } },
  },
  'l2-leader-flaps': {
    description: 'a leader gives the lease away at once',
    kills: {
      'L2-06': { ...about`(?:ARP answers for \S+|nodes by which requests entered) `, ...tooMany`k8s-` },
    },
  },
  'l2-interfaces-ignored': {
    description: 'addresses are announced on all interfaces',
    kills: { 'L2-07': { ...about`ARP answers for \S+ `, ...tooMany`k8s-` } },
  },
  'cilium-32115': {
    description: 'deleting one of two services on one address ends the answers to ARP for it',
    kills: { 'L2-08': { ...about`ARP answers for \S+ `, ...missing`${ctr.name}` } },
  },
} as const satisfies FaultTable;
