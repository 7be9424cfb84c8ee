import type { Claim } from './claim.ts';
import { areas } from './claim.ts';
import { type Body, sentenceProblem } from './sentences.ts';

export interface Fault {
  readonly name: string;
  readonly description: string;
  /** Ids of the claims it must turn red. */
  readonly kills?: readonly string[];
}

/** What is wrong with catalogue, tests and faults taken together, one sentence each. */
export function lint(claims: readonly Claim[], bodies: readonly Body[], faults?: readonly Fault[]): string[] {
  return [...entryProblems(claims), ...bodyProblems(claims, bodies), ...faultProblems(claims, faults)];
}

function entryProblems(claims: readonly Claim[]): string[] {
  return claims.flatMap(claim => {
    const found: string[] = [];
    const [area, number] = claim.id.split('-');
    if (area !== claim.area || !(claim.area in areas) || !/^\d\d$/.test(number ?? '')) {
      found.push(`${claim.id}: an id is its area, a hyphen and two digits, e.g. ${claim.area}-07`);
    }
    if (claims.find(other => other.id === claim.id) !== claim) {
      found.push(`${claim.id}: two entries have this id`);
    }
    if ((claim.status === 'corrected') !== (claim.correction !== undefined)) {
      found.push(`${claim.id}: status ${claim.status} and its correction contradict each other`);
    }
    if (/\.$/.test(claim.title)) found.push(`${claim.id}: the title ends with a full stop`);
    if (claim.planned !== undefined && claim.planned.trim() === '') {
      found.push(`${claim.id}: planned without a reason`);
    }
    return found;
  });
}

function bodyProblems(claims: readonly Claim[], bodies: readonly Body[]): string[] {
  const known = new Map(claims.map(claim => [claim.id, claim]));
  const seen = new Map<string, string>();
  const found: string[] = [];
  for (const { id, file, sentence } of bodies) {
    const entry = known.get(id);
    const problem = entry === undefined ? undefined : sentenceProblem(entry, sentence);
    if (entry === undefined) found.push(`${file}: claim ${JSON.stringify(id)} is not in tests/catalogue`);
    if (problem !== undefined) found.push(`${file}: ${problem}`);
    if (entry?.planned !== undefined) {
      found.push(`${id}: has a test in ${file} and is still planned; remove \`planned\``);
    }
    const first = seen.get(id);
    if (first !== undefined) found.push(`${id}: two tests, in ${first} and ${file}`);
    seen.set(id, file);
  }
  for (const claim of claims) {
    if (claim.planned === undefined && !seen.has(claim.id)) {
      found.push(`${claim.id}: no test; write one, or set \`planned\` with the reason`);
    }
  }
  return found;
}

/** Planned claims may name faults that are still to be made. */
function faultProblems(claims: readonly Claim[], faults: readonly Fault[] | undefined): string[] {
  if (faults === undefined) return [];
  const found: string[] = [];
  const names = new Set(faults.map(fault => fault.name));
  if (names.size < faults.length) {
    const twice = faults.map(fault => fault.name).filter((name, index, all) => all.indexOf(name) < index);
    found.push(`faults defined twice: ${twice.join(', ')}`);
  }
  for (const claim of claims.filter(entry => entry.planned === undefined)) {
    for (const name of claim.faults.filter(fault => !names.has(fault))) {
      found.push(`${claim.id}: its fault ${name} does not exist in the reference system`);
    }
  }
  for (const fault of faults) {
    for (const id of fault.kills ?? []) {
      const killed = claims.find(claim => claim.id === id);
      if (killed === undefined)
        found.push(`fault ${fault.name} kills ${id}, which is not in tests/catalogue`);
      else if (!killed.faults.includes(fault.name)) {
        found.push(`fault ${fault.name} kills ${id}, whose entry does not name it`);
      }
    }
  }
  return found;
}
