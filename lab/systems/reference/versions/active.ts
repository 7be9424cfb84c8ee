import { isAtLeast } from '../../../../helpers/version.ts';
import type { FaultName, Faults } from '../faults.ts';

/** What of other faults these switch on: always, or from a version on as `NAME@1.18` does. */
const made: Partial<Record<FaultName, string>> = {
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
