import type { HelmValues } from '../../../../helpers/cilium/chart.ts';

/** Milliseconds. A follower takes over when it has seen no renewal for `leaseDuration`. */
export interface LeaseTimings {
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
}

export interface L2Settings extends LeaseTimings {
  readonly enabled: boolean;
}

/** The chart's defaults: off; 15, 5 and 2 seconds. @throws Error for text that is not a duration */
export function l2Settings(values: HelmValues): L2Settings {
  const duration = (
    name: 'leaseDuration' | 'leaseRenewDeadline' | 'leaseRetryPeriod',
    otherwise: string,
  ): number => {
    const text = values[`l2announcements.${name}`] ?? otherwise;
    const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
    if (count === undefined)
      throw new Error(`helm value l2announcements.${name}=${text}: expected a duration such as 15s`);
    return Number(count) * (unit === 'ms' ? 1 : unit === 's' ? 1_000 : 60_000);
  };
  return {
    enabled: values['l2announcements.enabled'] ?? false,
    leaseDuration: duration('leaseDuration', '15s'),
    renewDeadline: duration('leaseRenewDeadline', '5s'),
    retryPeriod: duration('leaseRetryPeriod', '2s'),
  };
}
