import { isDefect, type Judgement, type Outcome } from './judgement.ts';

/** `falsification.json`. */
export interface Falsification {
  readonly schemaVersion: '1.0';
  readonly startedAt: string;
  readonly durationMs: number;
  /** Without any fault: what did not pass, and makes every red below worth nothing. */
  readonly control: { readonly claims: readonly string[]; readonly problems: readonly string[] };
  readonly faults: readonly FaultResult[];
  /** Faults whose claims have no test yet: fault, claims. */
  readonly waiting: readonly { readonly fault: string; readonly claims: readonly string[] }[];
  /** Claims whose check no fault turns red. */
  readonly unproven: readonly string[];
}

export interface FaultResult {
  readonly fault: string;
  readonly description: string;
  readonly durationMs: number;
  readonly claims: readonly Judgement[];
}

const marks: Readonly<Record<Outcome, string>> = {
  killed: '✓',
  survived: '✗ SURVIVED',
  'killed for the wrong reason': '✗ WRONG REASON',
  withheld: '✓ (inconclusive)',
  'judged in a broken lab': '✗ JUDGED',
  spared: '·',
  collateral: '✗ collateral',
  inconclusive: '?',
};

/** The live line of a fault. */
export function line({ fault, durationMs, claims }: FaultResult): string {
  const time = `${(durationMs / 1000).toFixed(0)} s`.padStart(6);
  return `${time}  ${fault.padEnd(34)} ${claims.map(({ claim, outcome }) => `${marks[outcome]} ${claim}`).join('  ')}`;
}

export function count({ faults }: Pick<Falsification, 'faults'>): Record<Outcome, number> {
  const outcomes = faults.flatMap(({ claims }) => claims.map(({ outcome }) => outcome));
  return Object.fromEntries(
    Object.keys(marks).map(outcome => [outcome, outcomes.filter(each => each === outcome).length]),
  ) as Record<Outcome, number>;
}

/** Whether every fault that was run did what it must, and the checks are green without. */
export function isSound({ faults, control }: Pick<Falsification, 'faults' | 'control'>): boolean {
  const bad = faults.some(({ claims }) => claims.some(({ outcome }) => isDefect(outcome)));
  return !bad && control.problems.length === 0;
}

/** `3 killed, 1 survived`: the outcomes there are. */
export function summary(result: Falsification): string {
  const counts = Object.entries(count(result)).filter(([, n]) => n > 0);
  return counts.map(([outcome, n]) => `${n} ${outcome}`).join(', ') || 'nothing was run';
}

export function markdown(result: Falsification): string {
  const { control, faults, waiting, unproven } = result;
  return [
    '# Falsification',
    '',
    'Each fault of the reference lab against the claims it must turn red, and a neighbour that it must not.',
    '',
    `- ${result.startedAt}, ${(result.durationMs / 60_000).toFixed(1)} min`,
    `- ${summary(result)}`,
    `- control (no fault, ${control.claims.length} claims): ${controlResult(control)}`,
    ...control.problems.map(problem => `  - ${oneLine(problem)}`),
    '',
    '| fault | claim | outcome | what the check said |',
    '|---|---|---|---|',
    ...faults.flatMap(({ fault, description, claims }) =>
      claims.map(
        ({ claim, outcome, reason }) =>
          `| **${fault}**<br>${cell(description)} | ${claim} | ${isDefect(outcome) ? `**${outcome}**` : outcome} | ${cell(oneLine(reason))} |`,
      ),
    ),
    '',
    ...section('Unproven: no fault turns these claims red', unproven),
    ...section(
      'Waiting: the claims of these faults have no test yet',
      waiting.map(({ fault, claims }) => `${fault}: ${claims.join(', ')}`),
    ),
    ...section(
      'Collateral: red without being meant; the fault is broader than it says, or the claim is',
      faults.flatMap(({ fault, claims }) =>
        claims
          .filter(({ outcome }) => outcome === 'collateral')
          .map(({ claim, reason }) => `${fault}: ${claim}: ${oneLine(reason)}`),
      ),
    ),
  ].join('\n');
}

function controlResult({ claims, problems }: Falsification['control']): string {
  if (claims.length === 0) return 'not run';
  return problems.length === 0 ? 'all passed' : 'NOT all passed';
}

function section(title: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : [`## ${title}`, '', ...rows.map(row => `- ${row}`), ''];
}

/** Long messages hold two tables: the beginning says what, the end what is missing and too many. */
function oneLine(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length <= 400 ? flat : `${flat.slice(0, 160)} … ${flat.slice(-230)}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
