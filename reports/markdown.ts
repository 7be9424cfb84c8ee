import { areas } from '../tests/catalogue/index.ts';
import type { ClaimResult, Conformance } from './conformance.ts';
import { coreNotRun, worstRepetition } from './conformance.ts';
import { countsText, duration, signs, sourceLink } from './words.ts';

/** Of one claim's list: a job's summary has a limit. */
const stepLimit = 60;

/** The report as a page of Markdown, also for a CI job's summary. */
export function markdown(report: Conformance): string {
  const { claims, completeness, counts, host, lab, problems, run } = report;
  const versions = Object.entries({ ...lab?.versions, playwright: host.playwright });
  const lines = [
    '# Conformance report',
    '',
    `System under test: **${lab?.system.label ?? 'unknown, no lab was seen'}**`,
    '',
    `- Run ${run.id}, ${run.startedAt}, ${duration(run.durationMs)}, ended ${run.ended}`,
    `- Provider ${lab?.provider ?? 'none'}; ${versions.map(([name, version]) => `${name} ${version}`).join(', ')}`,
    `- ${host.os} ${host.kernel}, ${host.cpus} CPUs, ${host.memoryMb} MB, Node ${host.node}`,
    `- **${completeness}**: ${countsText(counts)}`,
    ...problems.map(problem => `- **Problem:** ${cell(problem)}`),
  ];
  for (const [area, name] of Object.entries(areas)) {
    const results = claims.filter(claim => claim.area === area);
    if (results.length === 0) continue;
    lines.push('', `## ${area}: ${name}`, '', '| | claim | verdict | time |', '|---|---|---|---|');
    for (const claim of results) {
      const times = claim.repetitions
        .flatMap(repetition => repetition.measured)
        .map(time => `${cell(time.name)} ${duration(time.ms)} ± ${duration(time.resolutionMs)}`);
      const verdict =
        claim.reason === undefined ? claim.verdict : `${claim.verdict}: ${cell(claim.reason, 300)}`;
      const repeated = claim.repetitions.length > 1 ? ` (${claim.repetitions.length} repetitions)` : '';
      const what = [
        `**${claim.id}** ${cell(claim.title)}`,
        `*${claim.sources
          .map(sourceLink)
          .map(text => cell(text))
          .join('; ')}*`,
      ];
      lines.push(
        `| ${signs[claim.verdict]} | ${what.join('<br>')} | ${verdict}${repeated} | ${[duration(claim.durationMs), ...times].join('<br>')} |`,
      );
    }
    for (const claim of results) lines.push(...stepLines(claim));
    const corrected = results.filter(claim => claim.correction !== undefined);
    for (const { correction, id } of corrected) {
      lines.push('', `${id} corrects a document: “${correction?.documented}” ${correction?.true}`);
    }
  }
  const coreLeft = coreNotRun(report);
  if (coreLeft.length > 0) {
    lines.push(
      '',
      '## Core claims not run',
      '',
      ...coreLeft.map(({ id, reason }) => `- ${id}: ${cell(reason)}`),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The steps of a claim that needs a look, folded. */
function stepLines(claim: ClaimResult): string[] {
  const steps = worstRepetition(claim)?.steps ?? [];
  if (steps.length === 0 || claim.verdict === 'passed' || claim.verdict === 'not applicable') return [];
  const rows = steps.slice(0, stepLimit).map(({ atMs, depth, durationMs, error, title }) => {
    const failed = error === undefined ? '' : ` ${signs.failed} ${cell(error, 200)}`;
    return `${'  '.repeat(depth)}- ${duration(atMs)}: ${cell(title, 200)} (${duration(durationMs)})${failed}`;
  });
  return ['', `<details><summary>Steps of ${claim.id}</summary>`, '', ...rows, '', '</details>'];
}

/** One line of a table. */
function cell(text: string, limit = Number.POSITIVE_INFINITY): string {
  const line = text
    .replaceAll('|', '\\|')
    .replace(/</g, '&lt;')
    .replace(/\s*\n\s*/g, ' ');
  return line.length > limit ? `${line.slice(0, limit)} …` : line;
}
