import { bgpFaults } from './bgp/faults.ts';
import { datapathFaults } from './datapath/faults.ts';
import { l2Faults } from './l2/faults.ts';
import { lbipamFaults } from './lbipam/faults.ts';
import { meshFaults } from './mesh/faults.ts';
import { upgradeFaults } from './versions/faults.ts';

/** Everything that can be made to go wrong in the reference system. */
export const referenceFaults = {
  ...bgpFaults,
  ...datapathFaults,
  ...lbipamFaults,
  ...l2Faults,
  ...meshFaults,
  ...upgradeFaults,
} as const;

export type FaultName = keyof typeof referenceFaults;

/** The switched-on faults, as they were written: a set of names. A name that no fault has does not compile. */
export interface Faults extends Iterable<string> {
  has(name: FaultName): boolean;
}
