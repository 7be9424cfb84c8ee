import type { Source } from '../tests/catalogue/index.ts';
import { type Conformance, coreNotRun, type Verdict } from './conformance.ts';

/** How results are put in words and signs, the same in every report. */
export const signs: Readonly<Record<Verdict | 'not run', string>> = {
  passed: '✓',
  failed: '✗',
  inconclusive: '?',
  'not applicable': '–',
  'not run': '·',
};

/** The sign of a verdict that comes from a file. */
export function signOf(verdict: string): string {
  return Object.entries(signs).find(([name]) => name === verdict)?.[1] ?? '';
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

export function sourceText(source: Source): string {
  return 'cilium' in source ? `Cilium: ${source.cilium}` : `${source.document}, “${source.section}”`;
}

/** A source as a link of Markdown, or as text where it has no address. */
export function sourceLink(source: Source): string {
  const text = sourceText(source);
  return source.url === undefined ? text : `[${text.replaceAll(/[[\]]/g, '\\$&')}](${source.url})`;
}

export function countsText(counts: Readonly<Record<Verdict | 'not run', number>>): string {
  return (Object.entries(counts) as [string, number][])
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(', ');
}

/** Which core claims a partial run lacks; undefined for one that lacks none, because it was interrupted or tested nothing. */
export function whyPartial(report: Conformance): string | undefined {
  const notRun = coreNotRun(report);
  const inapplicable = report.claims.filter(
    ({ level, verdict }) => level === 'core' && verdict === 'not applicable',
  );
  const parts = [
    { what: 'not run', claims: notRun },
    { what: 'not applicable', claims: inapplicable },
  ].filter(({ claims }) => claims.length > 0);
  if (parts.length === 0) return undefined;
  return `core claims ${parts.map(({ what, claims }) => `${what}: ${ranges(claims.map(({ id }) => id))}`).join('; ')}`;
}

/** `BGP-01…16, LB-03`: consecutive numbers of an area drawn together. */
export function ranges(ids: readonly string[]): string {
  const runs: { area: string; from: number; to: number }[] = [];
  for (const id of ids) {
    const [area = '', number = ''] = id.split('-');
    const last = runs.at(-1);
    if (last?.area === area && last.to + 1 === Number(number)) last.to++;
    else runs.push({ area, from: Number(number), to: Number(number) });
  }
  const two = (number: number): string => String(number).padStart(2, '0');
  return runs
    .map(({ area, from, to }) => `${area}-${two(from)}${from === to ? '' : `…${two(to)}`}`)
    .join(', ');
}
