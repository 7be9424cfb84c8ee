import { nearest } from '../../../helpers/nearest.ts';
import type { Fault } from '../../systems/reference/fault.ts';
import { referenceFaults } from '../../systems/reference/faults.ts';
import { faultName } from '../../systems/reference/versions/active.ts';
import { labOnlyFaults } from './lab-faults.ts';
import { routerFaults } from './router-faults.ts';

const table = { ...referenceFaults, ...routerFaults, ...labOnlyFaults } as const;

export interface NamedFault extends Fault {
  readonly name: string;
}

/** Everything that can be made to go wrong in the embedded lab. */
export const labFaults: readonly NamedFault[] = Object.entries(table).map(([name, fault]) => ({
  name,
  ...fault,
}));

/** The names of the faults that must turn a claim red. */
export function faultsOf(claim: string): string[] {
  return labFaults.filter(({ kills }) => kills !== undefined && claim in kills).map(({ name }) => name);
}

/** @throws Error for names that are no fault's: a fault that is not there would leave every claim green */
export function checkFaults(names: readonly string[]): void {
  const unknown = names.map(faultName).find(name => !(name in table));
  if (unknown === undefined) return;
  throw new Error(
    `the lab has no fault ${unknown}; near it: ${nearest(unknown, Object.keys(table)).join(', ')}. ` +
      'All of them: npm run falsify -- --list',
  );
}
