import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { labFaults } from '../../lab/providers/netns/faults.ts';
import { claims as catalogue } from '../../tests/catalogue/index.ts';
import { regressionLine, regressions } from '../../tests/catalogue/regressions.ts';
import { bodies } from '../../tests/catalogue/specs.ts';
import { controlProblems, judge } from './judgement.ts';
import { matrixOf, quickFaults, withNeighbours } from './matrix.ts';
import { type Falsification, isSound, line, markdown, summary } from './report.ts';
import { inParallel, isUpgradeClaim, runClaims } from './run.ts';

const usage = `usage: npm run falsify -- [options] [FAULT | CLAIM | AREA]...

Runs each fault of the reference lab against the claims it must turn red, and tells which survived.
  --quick         a few faults, without the control run: under two minutes
  --no-control    without the run that shows all claims green when there is no fault, and without neighbours
  --patience N    factor on the deadlines of the checks (0.2): a red check is waited for to its end
  --list          the faults and their claims, and what becomes of real bugs of Cilium, without running anything`;

/** Green checks keep a processor busy with two labs; a red one is mostly waiting, for what does not come. */
const labsAtOnce = { green: 2 * availableParallelism(), red: 4 * availableParallelism() };

const root = path.join(import.meta.dirname, '../..');

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      'no-control': { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      patience: { type: 'string', default: '0.2' },
    },
  });
  if (values.help) return console.log(usage);
  const wanted = values.quick ? [...positionals, ...quickFaults] : positionals;
  const { rows, unproven } = matrixOf(labFaults, catalogue, new Set(bodies().map(({ id }) => id)), wanted);
  if (values.list) {
    for (const { fault, claims, unwritten } of rows) {
      const shown = [...claims, ...unwritten.map(id => `(${id})`)].join(' ');
      console.log(`${fault.name.padEnd(34)} ${shown.padEnd(14)} ${fault.description}`);
    }
    if (wanted.length === 0) {
      console.log('\nReal bugs of Cilium:');
      for (const bug of regressions) console.log(regressionLine(bug));
    }
    return;
  }

  const runnable = rows.filter(({ claims }) => claims.length > 0);
  const tested = [...new Set(runnable.flatMap(({ claims }) => claims))].sort((a, b) => a.localeCompare(b));
  const started = new Date();
  const id = `falsify-${started.toISOString().replace(/[-:]|\.\d+/g, '')}-${process.pid}`;
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      process.exitCode = 128 + constants.signals[signal];
      abort.abort();
    });
  }
  const run = (name: string, faults: readonly string[], claims: readonly string[]) =>
    runClaims({ id: `${id}/${name}`, faults, claims, patience: values.patience, signal: abort.signal });

  // `npm test` has just run all claims without a fault.
  const control = values.quick || values['no-control'] ? [] : tested;
  console.log(
    `${runnable.length} faults, ${tested.length} claims, ${labsAtOnce.red} labs at a time${control.length === 0 ? '' : '; first without any fault'}`,
  );
  const ordinary = control.filter(id => !isUpgradeClaim(id));
  const shares = [
    ...Array.from({ length: labsAtOnce.green }, (_, share) =>
      ordinary.filter((_claim, i) => i % labsAtOnce.green === share),
    ),
    control.filter(isUpgradeClaim),
  ];
  const durations = new Map<string, number>();
  const problems = await inParallel(
    shares
      .map((claims, i) => ({ claims, name: `control-${i + 1}` }))
      .filter(({ claims }) => claims.length > 0),
    labsAtOnce.green,
    async ({ claims, name }) => {
      const { results, trouble } = await run(name, [], claims);
      for (const { id: claim, verdict, durationMs } of results?.claims ?? []) {
        if (verdict === 'passed') durations.set(claim, durationMs);
      }
      return controlProblems(claims, results, trouble);
    },
  );
  if (!abort.signal.aborted) {
    for (const problem of problems.flat()) console.log(`  without a fault: ${problem}`);
  }

  const plans = runnable.map(row => withNeighbours(row, catalogue, durations));
  const results = await inParallel(plans, labsAtOnce.red, async plan => {
    const { fault, claims, neighbours } = plan;
    const { results, trouble, durationMs } = abort.signal.aborted
      ? { results: undefined, trouble: 'interrupted', durationMs: 0 }
      : await run(fault.name, [fault.name], [...claims, ...neighbours]);
    const judged = judge(plan, results, trouble);
    const result = { fault: fault.name, description: fault.description, durationMs, claims: judged };
    if (!abort.signal.aborted) console.log(line(result));
    return result;
  });

  if (abort.signal.aborted) return console.log('interrupted; nothing is judged');

  const falsification: Falsification = {
    schemaVersion: '1.0',
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
    control: { claims: control, problems: problems.flat() },
    faults: results,
    waiting: rows
      .filter(({ unwritten }) => unwritten.length > 0)
      .map(({ fault, unwritten }) => ({ fault: fault.name, claims: unwritten })),
    unproven,
  };
  const folder = path.join(root, 'reports/out', id);
  mkdirSync(folder, { recursive: true });
  rmSync(path.join(folder, 'latest'), { force: true }); // of no use among runs side by side
  writeFileSync(path.join(folder, 'falsification.json'), `${JSON.stringify(falsification, undefined, 2)}\n`);
  writeFileSync(path.join(folder, 'falsification.md'), markdown(falsification));
  if (unproven.length > 0) console.log(`unproven, no fault kills them: ${unproven.join(', ')}`);
  console.log(`${summary(falsification)}; ${path.relative(process.cwd(), folder)}/falsification.md`);
  if (!isSound(falsification)) process.exitCode ??= 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
