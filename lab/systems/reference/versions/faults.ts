import type { FaultTable } from '../fault.ts';
import { missing, tooMany } from '../reason.ts';

/** What an upgrade can do wrong, and regressions that come with a version. */
export const upgradeFaults = {
  'upgrade-regression': {
    description: 'from 1.18 on, a node that lost its last local backend goes on advertising',
    kills: { 'UPG-01': tooMany`LB-06 .*passed → failed` },
  },
  'upgrade-resets-connections': {
    description: 'an agent that is upgraded forgets the open connections of its node',
    kills: { 'UPG-02': tooMany`connection \d+ from .*: (?:reset|closed|timeout)` },
  },
  'upgrade-withdraws-routes': {
    description: 'an agent that is upgraded withdraws its routes, graceful restart or not',
    kills: { 'UPG-03': tooMany`/\d+.*: (?:deleted|fewer next hops)` },
  },
  'upgrade-loses-objects': {
    description: 'address pools that no service uses are gone after the upgrade',
    kills: { 'UPG-04': missing`CiliumLoadBalancerIPPool` },
  },
} as const satisfies FaultTable;
