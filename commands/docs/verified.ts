import type { ClaimResult, Conformance, Verdict } from '../../reports/conformance.ts';
import { ranges } from '../../reports/words.ts';
import { areas } from '../../tests/catalogue/index.ts';

const columns: readonly Verdict[] = ['passed', 'failed', 'inconclusive', 'not applicable'];

/**
 * A run as `docs/verified/` keeps it: verdicts and reasons, without evidence, sources and times. It still matches the
 * report's schema, so that the gate compares it.
 * @param origin where the system's files come from, where the run's own word for it says too little
 */
export function reduced(report: Conformance, origin?: string): Conformance {
  const { lab } = report;
  if (lab === undefined) throw new Error(`run ${report.run.id} saw no lab`);
  const { name, version, label } = lab.system;
  return {
    ...report,
    lab: {
      ...lab,
      system: { name, version, label, ...(origin === undefined ? {} : { origin }) },
      topologies: lab.topologies.map(topology => ({ ...topology, hosts: [], networks: [] })),
    },
    claims: report.claims.map(({ proofs: _, ...claim }) => ({
      ...claim,
      ...(claim.reason === undefined ? {} : { reason: shortened(claim.reason) }),
      evidence: [],
      repetitions: claim.repetitions.map(repetition => ({ ...repetition, measured: [] })),
    })),
  };
}

/** `docs/verified.md`: what was run on which system, newest first. */
export function verifiedPage(runs: readonly Conformance[], notStored: string): string {
  const newest = [...runs].sort((a, b) => b.run.startedAt.localeCompare(a.run.startedAt));
  return `${[
    '# What was verified where',
    'Generated from the runs in `docs/verified/` by `npm run docs`; do not edit. To add a run: ' +
      '`npm run docs -- --add RUN`, with `--origin TEXT` to say where the files of Cilium came from.',
    table(
      ['system under test', 'date', 'provider', 'kernel', ...columns],
      newest.map(run => [
        systemText(run),
        run.run.startedAt.slice(0, 10),
        run.lab?.provider ?? '',
        kernelOf(run),
        ...columns.map(verdict => String(run.claims.filter(claim => claim.verdict === verdict).length)),
      ]),
    ),
    notStored.trim(),
    ...newest.map(runView),
  ].join('\n\n')}\n`;
}

function runView(report: Conformance): string {
  const { claims, completeness, host, lab, problems, run } = report;
  const versions = Object.entries(lab?.versions ?? {}).filter(
    ([name]) => name !== 'node' && name !== 'kernel',
  );
  const facts = [
    `System under test: ${lab?.system.label ?? 'unknown'}`,
    ...(lab?.system.origin === undefined ? [] : [`Origin: ${lab.system.origin}`]),
    `Topologies: ${lab?.topologies.map(({ name }) => name).join(', ')}; provider ${lab?.provider}`,
    `Kernel ${kernelOf(report)}; ${versions.map(([name, version]) => `${name} ${version}`).join(', ')}`,
    `${host.cpus} CPUs, ${host.memoryMb} MB; ${Math.round(run.durationMs / 60_000)} min; ended ${run.ended}; ${completeness}`,
    ...problems.map(problem => `Problem: ${shortened(problem)}`),
  ];
  const byArea = Object.keys(areas).flatMap(area => {
    const own = claims.filter(claim => claim.area === area);
    if (own.length === 0) return [];
    const counts = columns.map(verdict => own.filter(claim => claim.verdict === verdict).length);
    return [[area, ...counts.map(String)]];
  });
  return [
    `## ${lab?.system.name} ${lab?.system.version}, ${run.startedAt.slice(0, 10)} (${run.id})`,
    facts.map(fact => `- ${plain(fact)}`).join('\n'),
    table(['area', ...columns], byArea),
    ...(['failed', 'inconclusive', 'not applicable'] as const).flatMap(verdict => reasons(claims, verdict)),
  ].join('\n\n');
}

/** The claims with a verdict, by their reason. */
function reasons(claims: readonly ClaimResult[], verdict: Verdict): string[] {
  const found = claims.filter(claim => claim.verdict === verdict);
  if (found.length === 0) return [];
  const why = [...new Set(found.map(({ reason = 'no reason given' }) => firstLine(reason)))];
  const idsOf = (reason: string): string =>
    ranges(found.filter(each => firstLine(each.reason ?? 'no reason given') === reason).map(({ id }) => id));
  return [
    `${verdict.slice(0, 1).toUpperCase()}${verdict.slice(1)}:`,
    why.map(reason => `- ${idsOf(reason)}: ${plain(reason)}`).join('\n'),
  ];
}

function systemText(report: Conformance): string {
  const { system } = report.lab ?? {};
  return [`${system?.name} ${system?.version}`, originOf(report) ?? []].flat().join(', ');
}

/** What `--origin` said; else what the system's label has in brackets. */
function originOf({ lab }: Conformance): string | undefined {
  return lab?.system.origin ?? /\((.*)\)$/.exec(lab?.system.label ?? '')?.[1];
}

function kernelOf({ host, lab }: Conformance): string {
  return lab?.versions.kernel ?? host.kernel;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [line(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(line)].join('\n');
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

function shortened(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)} …` : text;
}

function plain(text: string): string {
  return text.replaceAll(/[*_<|\\[\]]/g, '\\$&').replaceAll('\n', ' ');
}
