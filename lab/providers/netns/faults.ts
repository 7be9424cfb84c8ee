import { nearest } from '../../../helpers/nearest.ts';
import { datapathFaults } from '../../systems/reference/datapath/faults.ts';
import { bgpFaults, type Fault } from '../../systems/reference/faults.ts';
import { l2Faults } from '../../systems/reference/l2/faults.ts';
import { lbipamFaults } from '../../systems/reference/lbipam/faults.ts';
import { meshFaults } from '../../systems/reference/mesh/faults.ts';
import { faultName, upgradeFaults } from '../../systems/reference/versions/faults.ts';
import { labOnlyFaults } from './lab-faults.ts';
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
  const known = labFaults.map(fault => fault.name);
  const unknown = names.map(faultName).find(name => !known.includes(name));
  if (unknown === undefined) return;
  throw new Error(
    `the lab has no fault ${unknown}; near it: ${nearest(unknown, known).join(', ')}. ` +
      'All of them: npm run falsify -- --list',
  );
}
