import type { CelRules } from '../../../kubernetes/api/schema/validate.ts';

/** The validation rules of the definitions, by their text, for an API server that does not interpret CEL. */

interface Timers {
  readonly holdTimeSeconds?: number;
  readonly keepAliveTimeSeconds?: number;
}

interface Advertisement {
  readonly advertisementType?: string;
  readonly service?: unknown;
  readonly selector?: unknown;
}

const advertisement =
  (type: string, holds: (self: Advertisement) => boolean) =>
  (self: unknown): boolean =>
    (self as Advertisement).advertisementType !== type || holds(self as Advertisement);

export const celRules: CelRules = {
  'self.keepAliveTimeSeconds <= self.holdTimeSeconds': self => {
    const { keepAliveTimeSeconds = 30, holdTimeSeconds = 90 } = self as Timers;
    return keepAliveTimeSeconds <= holdTimeSeconds;
  },
  "self.advertisementType != 'Service' || has(self.service)": advertisement(
    'Service',
    self => self.service !== undefined,
  ),
  "self.advertisementType != 'PodCIDR' || !has(self.selector)": advertisement(
    'PodCIDR',
    self => self.selector === undefined,
  ),
};
