import { labOnlyFaults } from './lab-faults.ts';
import { datapathFaults } from './reference/datapath/faults.ts';
import { bgpFaults, type Fault } from './reference/faults.ts';
import { l2Faults } from './reference/l2/faults.ts';
import { lbipamFaults } from './reference/lbipam/faults.ts';
import { meshFaults } from './reference/mesh/faults.ts';
import { faultName, upgradeFaults } from './reference/versions/faults.ts';
import { routerFaults } from './router-faults.ts';

/** Everything that can be made to go wrong in the embedded lab, by name. */
export const labFaults: readonly Fault[] = [
  ...bgpFaults,
  ...datapathFaults,
  ...lbipamFaults,
  ...l2Faults,
  ...meshFaults,
  ...routerFaults,
  ...labOnlyFaults,
  ...upgradeFaults,
];

/** @throws Error for names that are no fault's: a fault that is not there would leave every claim green */
export function checkFaults(names: readonly string[]): void {
  const unknown = names.map(faultName).filter(name => !labFaults.some(fault => fault.name === name));
  if (unknown.length === 0) return;
  throw new Error(
    `the lab has no fault ${unknown.join(', ')}; it has: ${labFaults.map(fault => fault.name).join(', ')}`,
  );
}
