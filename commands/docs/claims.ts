import { sourceLink } from '../../reports/words.ts';
import { areas, type Claim, type Correction } from '../../tests/catalogue/index.ts';
import type { Regression } from '../../tests/catalogue/regressions.ts';
import type { Body } from '../../tests/catalogue/sentences.ts';

/** `docs/claims.md`: every claim with what the catalogue says of it. */
export function claimsPage(
  claims: readonly Claim[],
  bodies: readonly Body[],
  regressions: readonly Regression[],
): string {
  const sections = Object.entries(areas).flatMap(([area, name]) => {
    const own = claims.filter(claim => claim.area === area);
    if (own.length === 0) return [];
    return [`## ${area}: ${name}`, ...own.map(claim => claimView(claim, bodies, regressions))];
  });
  const tested = claims.filter(({ planned }) => planned === undefined).length;
  const head = [
    '# Claims',
    'Generated from the catalogue (`tests/*/claims.ts`) by `npm run docs`; do not edit.',
    `${claims.length} claims; ${tested} have a test. A *core* claim that a run did not observe makes the run partial. A ` +
      '*disruptive* one takes sessions, routes or nodes away for a while. The faults are deviations of the ' +
      'reference system that must turn the claim red (see [faults](faults.md)).',
  ];
  return `${[...head, ...sections, ...uncaught(regressions)].join('\n\n')}\n`;
}

function claimView(claim: Claim, bodies: readonly Body[], regressions: readonly Regression[]): string {
  const { correction, disruptive, id, level, needs, planned, shownBy, sources, system, title, topology } =
    claim;
  const file = bodies.find(body => body.id === id)?.file;
  const bugs = regressions.filter(({ outcome }) => 'caughtBy' in outcome && outcome.caughtBy.includes(id));
  const kind = [level, `topology ${topology}`, disruptive === true ? 'disruptive' : undefined];
  const rows: [string, string | undefined][] = [
    ['Kind', listed(kind.filter(word => word !== undefined))],
    ['Needs', listed(needs)],
    ['Only on', system === undefined ? undefined : 'real Cilium'],
    ['Versions', versionsText(claim)],
    ['Stated in', sources.map(sourceLink).join('; ')],
    ['Shown by', plain(shownBy)],
    ['Corrects', correction === undefined ? undefined : correctionText(correction)],
    ['Faults', listed(claim.faults.map(fault => `\`${fault}\``))],
    [
      'Real bugs',
      listed(
        bugs.map(bug => `${bugLink(bug)} (${plain(bug.title)})`),
        '; ',
      ),
    ],
    ['Test', file === undefined ? undefined : `[${file}](../${file})`],
    ['No test', planned === undefined ? undefined : plain(planned)],
  ];
  const list = rows.flatMap(([name, text]) => (text === undefined ? [] : `- ${name}: ${text}`));
  return [`### ${id}`, '', plain(title), '', ...list].join('\n');
}

/** Real bugs that no claim catches, and why. */
function uncaught(regressions: readonly Regression[]): string[] {
  const rows = regressions.flatMap(({ outcome, ...bug }) => {
    if ('caughtBy' in outcome) return [];
    const why = 'toWrite' in outcome ? `to write: ${outcome.toWrite}` : `out of reach: ${outcome.outOfReach}`;
    return `- ${bugLink(bug)} ${plain(bug.title)}; ${plain(why)}`;
  });
  return rows.length === 0 ? [] : ['## Real bugs that no claim catches', rows.join('\n')];
}

function versionsText({ versions: { from, before } = {} }: Claim): string | undefined {
  const parts = [from === undefined ? [] : `from ${from}`, before === undefined ? [] : `before ${before}`];
  return listed(parts.flat());
}

function correctionText({ documented, evidence, source, true: truth }: Correction): string {
  return `${sourceLink(source)}. It says: “${plain(documented)}” ${plain(truth)} Shown by: ${plain(evidence)}`;
}

function bugLink({ id, reference }: Pick<Regression, 'id' | 'reference'>): string {
  return `[${reference}](https://github.com/cilium/cilium/issues/${id})`;
}

function listed(words: readonly string[], separator = ', '): string | undefined {
  return words.length === 0 ? undefined : words.join(separator);
}

/** Text that Markdown is not to read as markup. */
function plain(text: string): string {
  return text.replaceAll(/[*_<\\[\]]/g, '\\$&');
}
