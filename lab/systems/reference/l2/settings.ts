import type { HelmValues } from '../../../contract/lab.ts';

/** Milliseconds. A follower takes over when it has seen no renewal for `leaseDuration`. */
export interface LeaseTimings {
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
}

export interface L2Settings extends LeaseTimings {
  readonly enabled: boolean;
}

/** The chart's defaults: off; 15, 5 and 2 seconds. @throws Error for a duration that is none */
export function l2Settings(values: HelmValues): L2Settings {
  const duration = (name: string, otherwise: string): number => {
    const text = String(values[`l2announcements.${name}`] ?? otherwise);
    const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
    if (count === undefined) throw new Error(`l2announcements.${name}: ${text} is no duration such as 15s`);
    return Number(count) * (unit === 'ms' ? 1 : unit === 's' ? 1_000 : 60_000);
  };
  return {
    enabled: String(values['l2announcements.enabled']) === 'true',
    leaseDuration: duration('leaseDuration', '15s'),
    renewDeadline: duration('leaseRenewDeadline', '5s'),
    retryPeriod: duration('leaseRetryPeriod', '2s'),
  };
}
