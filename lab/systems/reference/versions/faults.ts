import { isAtLeast } from '../../../../helpers/version.ts';
import type { FaultTable } from '../fault.ts';
import type { Faults } from '../faults.ts';
import { cluster, poolAddress } from '../places.ts';
import { inside, missing, tooMany } from '../reason.ts';

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
    kills: {
      'UPG-03': tooMany`${inside(cluster.podCidr)}/24: (?:deleted|fewer next hops)|${poolAddress}/32: (?:deleted|fewer next hops)`,
    },
  },
  'upgrade-loses-objects': {
    description: 'address pools that no service uses are gone after the upgrade',
    kills: { 'UPG-04': missing`CiliumLoadBalancerIPPool` },
  },
} as const satisfies FaultTable;

/** What of other faults these switch on: always, or from a version on as `NAME@1.18` does. */
const made: Partial<Record<keyof typeof upgradeFaults, string>> = {
  'upgrade-regression': 'lb-local-keeps-next-hop@1.18',
  'upgrade-withdraws-routes': 'bgp-routes-withdrawn-at-restart',
};

/** The name of a fault without the version it is active from: `cilium-44803@1.19` is `cilium-44803`. */
export function faultName(written: string): string {
  return written.split('@')[0] ?? written;
}

/** The faults that are on in a version, of those switched on: `NAME`, or `NAME@1.19` from that minor version on. */
export function activeFaults(written: Faults, version: string): Faults {
  return new Set(
    [...written].flatMap(one => {
      const [name = one, since = '0.0'] = (made[one as keyof typeof made] ?? one).split('@');
      const [major = '0', minor = '0'] = since.split('.');
      return isAtLeast(version, `${Number(major)}.${Number(minor)}`) ? [faultName(one), name] : [];
    }),
  );
}
