import type { NamedFault } from '../../lab/providers/netns/faults.ts';
import type { Claim } from './claim.ts';
import { areas } from './claim.ts';
import { type Body, sentenceProblem } from './sentences.ts';

/** What is wrong with catalogue, tests and faults taken together, one sentence each. */
export function lint(
  claims: readonly Claim[],
  bodies: readonly Body[],
  faults: readonly NamedFault[] = [],
): string[] {
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

function faultProblems(claims: readonly Claim[], faults: readonly NamedFault[]): string[] {
  const ids = new Set(claims.map(({ id }) => id));
  return faults.flatMap(({ name, kills = {}, blinds = {}, may = [] }) =>
    [...Object.keys(kills), ...Object.keys(blinds), ...may]
      .filter(id => !ids.has(id))
      .map(id => `fault ${name} names ${id}, which is not in tests/catalogue`),
  );
}
