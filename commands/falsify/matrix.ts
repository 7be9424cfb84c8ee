import { nearest } from '../../helpers/nearest.ts';
import type { NamedFault } from '../../lab/providers/netns/faults.ts';
import type { Claim } from '../../tests/catalogue/index.ts';

/** A fault, and what it is to be shown on. */
export interface Row {
  readonly fault: NamedFault;
  /** Claims it must turn red, or that it keeps from being judged. */
  readonly claims: readonly string[];
  /** Those of them that have no test yet. */
  readonly unwritten: readonly string[];
}

/** A fault, what it is to be shown on, and what must not notice it. */
export interface Plan extends Row {
  /** Claims that must stay green: what turns everything red proves nothing about the claim it is for. */
  readonly neighbours: readonly string[];
}

export interface Matrix {
  readonly rows: readonly Row[];
  /** Claims with a test that no fault turns red: nobody has seen their check fail. */
  readonly unproven: readonly string[];
}

/**
 * A fault of each kind of observation (sockets, API, BGP table, kernel table, wire, answers), the quick ones of each:
 * what `npm test` can afford.
 */
export const quickFaults: readonly string[] = [
  'bgp-node-listens-179',
  'bgp-selector-ignored',
  'bgp-leaked-prefix',
  'bgp-policy-missing',
  'bgp-no-end-of-rib',
  'router-drops-next-hop',
  'lab-captures-see-nothing',
];

/**
 * Which fault is run against which claims.
 * @param wanted names of faults, ids of claims (`BGP-05`) or areas (`BGP`); empty: everything
 * @throws Error for a name that is none of these
 */
export function matrixOf(
  faults: readonly NamedFault[],
  claims: readonly Pick<Claim, 'id' | 'area'>[],
  written: ReadonlySet<string>,
  wanted: readonly string[] = [],
): Matrix {
  const isFault = (name: string): boolean => faults.some(fault => fault.name === name);
  const covers = (name: string, id: string): boolean => id === name || id.startsWith(`${name}-`);
  const unknown = wanted.find(name => !isFault(name) && !claims.some(({ id }) => covers(name, id)));
  if (unknown !== undefined) {
    const names = [...faults.map(({ name }) => name), ...claims.map(({ id }) => id)];
    throw new Error(
      `neither a fault, a claim nor an area: ${unknown}; near it: ${nearest(unknown, names).join(', ')}`,
    );
  }
  const isWanted = ({ name }: NamedFault, id: string): boolean =>
    wanted.length === 0 || wanted.includes(name) || wanted.some(each => !isFault(each) && covers(each, id));
  const rows = faults.flatMap(fault => {
    const touched = touchedBy(fault).filter(id => isWanted(fault, id));
    if (touched.length === 0) return [];
    return [
      {
        fault,
        claims: touched.filter(id => written.has(id)),
        unwritten: touched.filter(id => !written.has(id)),
      },
    ];
  });
  const killed = new Set(faults.flatMap(({ kills = {} }) => Object.keys(kills)));
  const unproven = claims.filter(({ id }) => written.has(id) && !killed.has(id)).map(({ id }) => id);
  return { rows, unproven };
}

const touchedBy = ({ kills = {}, blinds = {} }: NamedFault): string[] => [
  ...Object.keys(kills),
  ...Object.keys(blinds),
];

/**
 * Gives each fault the claim nearest to those it kills that it must leave alone: of every area it kills in, the one that
 * passed fastest without a fault. A fault of the lab alone leaves nothing that could be judged.
 * @param durations of the claims that passed in the control run, milliseconds
 */
export function withNeighbours(
  row: Row,
  claims: readonly Pick<Claim, 'id' | 'area'>[],
  durations: ReadonlyMap<string, number>,
): Plan {
  const { may = [], blinds } = row.fault;
  const areas = new Set(claims.filter(({ id }) => row.claims.includes(id)).map(({ area }) => area));
  const touched = new Set([...touchedBy(row.fault), ...may]);
  const neighbours = [...areas].flatMap(area => {
    const candidates = claims.filter(claim => claim.area === area && !touched.has(claim.id));
    const timed = candidates.flatMap(({ id }) => {
      const ms = durations.get(id);
      return ms === undefined ? [] : [{ id, ms }];
    });
    const [fastest] = timed.sort((a, b) => a.ms - b.ms || a.id.localeCompare(b.id));
    return fastest === undefined ? [] : [fastest.id];
  });
  return { ...row, neighbours: blinds === undefined ? neighbours : [] };
}

/** What `--grep` takes to choose exactly these claims: their titles begin with the id. */
export function grepFor(claims: readonly string[]): string {
  return `\\b(?:${claims.join('|')}) `;
}
