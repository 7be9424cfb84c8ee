import { isAtLeast } from '../../../../helpers/version.ts';
import type { Fault, Faults } from '../faults.ts';

/** What an upgrade can do wrong, and regressions that come with a version. */
export const upgradeFaults: readonly Fault[] = [
  {
    name: 'upgrade-regression',
    description: 'from 1.18 on, a node that lost its last local backend goes on advertising',
    kills: ['UPG-01'],
    because: /LB-06[\s\S]*passed → failed/,
  },
  {
    name: 'upgrade-resets-connections',
    description: 'an agent that is upgraded forgets the open connections of its node',
    kills: ['UPG-02'],
    because: /connection \d+ from .*: (?:reset|closed|timeout)/,
  },
  {
    name: 'upgrade-withdraws-routes',
    description: 'an agent that is upgraded withdraws its routes, graceful restart or not',
    kills: ['UPG-03'],
    because: /(?:deleted|fewer next hops)/,
  },
  {
    name: 'upgrade-loses-objects',
    description: 'address pools that no service uses are gone after the upgrade',
    kills: ['UPG-04'],
    because: /missing:\s[\s\S]*CiliumLoadBalancerIPPool/,
  },
];

/** What of other faults these switch on: always, or from a version on as `NAME@1.18` does. */
const made: Readonly<Record<string, string>> = {
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
      const [name = one, since] = (made[one] ?? one).split('@');
      if (since === undefined) return [one, name];
      const [major = '0', minor = '0'] = since.split('.');
      return isAtLeast(version, `${Number(major)}.${Number(minor)}`) ? [one, name] : [];
    }),
  );
}
