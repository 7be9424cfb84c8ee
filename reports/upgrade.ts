import type { Conformance } from './conformance.ts';
import { duration, signs } from './words.ts';

/** `upgrade.md`: the verdicts of the upgrade's claims with what was measured, then the gate's answer. */
export function upgradeMarkdown(
  report: Conformance,
  { from, to }: { from: string; to: string },
  gate: string,
): string {
  const { lab } = report;
  return [
    `# Upgrade from ${from} to ${to}`,
    '',
    `System under test: **${lab?.system.label ?? 'unknown'}**, provider ${lab?.provider ?? 'none'}`,
    '',
    '| | claim | verdict | measured |',
    '|---|---|---|---|',
    ...[...report.claims]
      .sort((a, b) => a.id.localeCompare(b.id))
      .map(({ id, reason, repetitions, title, verdict }) => {
        const times = repetitions
          .flatMap(repetition => repetition.measured)
          .map(time => `${time.name}: ${duration(time.ms)}`);
        const why = reason === undefined ? '' : `: ${cell(reason)}`;
        return `| ${signs[verdict]} | **${id}** ${title} | ${verdict}${why} | ${times.join('<br>')} |`;
      }),
    '',
    'The claims before: before/conformance.html; after: after/conformance.html; the evidence of the table above:',
    'conformance.html.',
    '',
    gate.replace(/^#/gm, '##'),
  ].join('\n');
}

function cell(text: string): string {
  const line = text
    .replaceAll('|', '\\|')
    .replace(/</g, '&lt;')
    .replace(/\s*\n\s*/g, ' ');
  return line.length > 600 ? `${line.slice(0, 600)} …` : line;
}
