import { cpus, release, totalmem, type } from 'node:os';
import type { LabInfo } from '../fixtures/evidence/record.ts';
import { type Claim, claims as catalogue, catalogueVersion } from '../tests/catalogue/index.ts';
import type { ClaimResult, Conformance, NotRun } from './conformance.ts';
import { describeClaim, schemaVersion, type verdicts } from './conformance.ts';

export interface Seen {
  readonly run: Conformance['run'];
  readonly labs: readonly LabInfo[];
  readonly claims: readonly ClaimResult[];
  /** Ids of claims whose tests were chosen and yet did not run, with the reason. */
  readonly unrun: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
  readonly playwright: string;
}

/** The report of a run, from what the reporter saw of it. */
export function summarise(seen: Seen): Conformance {
  const [lab] = seen.labs;
  const ran = new Set(seen.claims.map(claim => claim.id));
  const notRun = catalogue.filter(claim => !ran.has(claim.id)).map(claim => leftOut(claim, seen.unrun));
  const topologies = new Set(seen.labs.map(one => one.topology.name));
  const unobserved = [...notRun, ...seen.claims.filter(claim => claim.verdict === 'inconclusive')];
  const partial =
    seen.run.ended !== 'normally' ||
    seen.claims.length === 0 ||
    unobserved.some(claim => claim.level === 'core' && topologies.has(claim.topology)) ||
    seen.claims.some(claim => claim.level === 'core' && claim.verdict === 'not applicable');
  return {
    schemaVersion,
    catalogueVersion,
    run: seen.run,
    ...(lab === undefined ? {} : { lab: merge(lab, seen.labs) }),
    host: {
      os: type(),
      kernel: release(),
      cpus: cpus().length,
      memoryMb: Math.round(totalmem() / 2 ** 20),
      node: process.version,
      playwright: seen.playwright,
    },
    completeness: partial ? 'partial' : 'complete',
    counts: {
      ...countVerdicts(seen.claims),
      'not run': notRun.length,
    },
    claims: seen.claims.toSorted((a, b) => position(a.id) - position(b.id)),
    notRun,
    problems: seen.problems,
  };
}

function countVerdicts(results: readonly ClaimResult[]): Omit<Conformance['counts'], 'not run'> {
  const count = (verdict: (typeof verdicts)[number]): number =>
    results.filter(result => result.verdict === verdict).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    inconclusive: count('inconclusive'),
    'not applicable': count('not applicable'),
  };
}

function leftOut(claim: Claim, unrun: ReadonlyMap<string, string>): NotRun {
  return {
    ...describeClaim(claim),
    reason: unrun.get(claim.id) ?? claim.planned ?? 'not chosen for this run',
    planned: claim.planned !== undefined,
  };
}

function merge(first: LabInfo, labs: readonly LabInfo[]): NonNullable<Conformance['lab']> {
  const { provider, system } = first;
  const topologies = [...new Map(labs.map(one => [one.topology.name, one.topology])).values()];
  return { provider, system, versions: Object.assign({}, ...labs.map(one => one.versions)), topologies };
}

function position(id: string): number {
  return catalogue.findIndex(claim => claim.id === id);
}
