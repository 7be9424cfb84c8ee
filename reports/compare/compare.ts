import type { Conformance } from '../conformance.ts';
import { major } from '../read-report.ts';
import { type ClaimsCompared, compareClaims } from './claims.ts';
import { compareTimes, type TimesCompared } from './times.ts';

export interface Comparison extends ClaimsCompared, TimesCompared {
  /** Why the runs cannot be compared; empty when they can. */
  readonly incomparable: readonly string[];
  /** Why times were not compared, and what else the reader should know. */
  readonly notes: readonly string[];
  /** 0 nothing worse, 1 a claim that passed does not any more, 2 not comparable. */
  readonly exitCode: 0 | 1 | 2;
}

/** Compares two runs: claims, and the times they measured. */
export function compare(before: Conformance, after: Conformance): Comparison {
  const incomparable = obstacles(before, after);
  const claims = compareClaims(before, after);
  const elsewhere = otherMachine(before, after);
  const times =
    elsewhere.length > 0 ? { slower: [], faster: [], notJudged: [] } : compareTimes(before, after);
  return {
    incomparable,
    ...claims,
    ...times,
    notes: elsewhere.length > 0 ? [`times are not compared: ${elsewhere.join('; ')}`] : [],
    exitCode: incomparable.length > 0 ? 2 : claims.worse > 0 ? 1 : 0,
  };
}

function obstacles(before: Conformance, after: Conformance): string[] {
  const found: string[] = [];
  const differ = (what: string, of: (report: Conformance) => string): void => {
    const [one, other] = [of(before), of(after)];
    if (one !== other) found.push(`${what} differ: ${one} and ${other}`);
  };
  if (major(before.catalogueVersion) !== major(after.catalogueVersion)) {
    differ("the catalogue's major versions", report => report.catalogueVersion);
  }
  differ('the topologies', topologies);
  differ('the systems under test', report => report.lab?.system.name ?? 'none');
  differ('the shards', report => JSON.stringify(report.run.shard ?? null));
  for (const [name, report] of [
    ['baseline', before],
    ['candidate', after],
  ] as const) {
    if (report.run.ended !== 'normally') {
      found.push(`the ${name} is incomplete: its run ended ${report.run.ended}`);
    }
    if (report.claims.length === 0) found.push(`the ${name} is incomplete: no claim was run`);
  }
  return found;
}

function topologies(report: Conformance): string {
  const names = report.lab?.topologies.map(topology => topology.name).sort() ?? [];
  return names.join(' and ') || 'none';
}

/** Times of one machine say nothing about those of another. */
function otherMachine(before: Conformance, after: Conformance): string[] {
  const facts = ({ host, lab }: Conformance): Readonly<Record<string, string | number>> => ({
    provider: lab?.provider ?? 'none',
    CPUs: host.cpus,
    kernel: host.kernel,
  });
  const [one, other] = [facts(before), facts(after)];
  return Object.keys(one)
    .filter(name => one[name] !== other[name])
    .map(name => `${name} ${one[name]} and ${other[name]}`);
}
