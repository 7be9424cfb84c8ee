import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { redact } from '../../helpers/redact.ts';
import { faultsAskedFor } from '../../lab/contract/provider.ts';
import { openBroker } from '../../lab/lifecycle/broker.ts';
import { chosenProvider, loadProvider } from '../../lab/providers/index.ts';
import { joinReports } from '../../reports/join.ts';
import { pointLatestAt } from '../../reports/run-folder.ts';
import { upgradeMarkdown } from '../../reports/upgrade.ts';
import { runSuite } from './playwright.ts';

const usage = `usage: npm run upgrade -- --from VERSION --to VERSION [options]

Installs a version in a lab, runs the claims, upgrades it while connections, routes and sessions are watched, runs the
claims again, and compares. Exit code 0: nothing worse and UPG-01 to UPG-04 passed; 1: not so; 2: no answer.
  --grep PATTERN     only these claims before and after (all that the lab can show)
  --repeat-each N    repetitions, to judge times (1); five tell more than one
  --fault NAME       a fault of the reference lab, more than once if wanted; NAME@1.19 is on from that version
  --lab PROVIDER     as the environment's LAB: ${['netns', 'kind', 'vagrant', 'existing'].join(', ')}`;

const root = path.join(import.meta.dirname, '../..');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      grep: { type: 'string' },
      'repeat-each': { type: 'string', default: '1' },
      fault: { type: 'string', multiple: true, default: [] },
      lab: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const { from, to } = values;
  if (from === undefined || to === undefined) throw new Error(usage);
  if (from === to) throw new Error(`from ${from} to ${to} is no upgrade`);
  if (values.lab !== undefined) process.env.LAB = values.lab;
  chosenProvider();
  // Asks for real Cilium in the embedded lab, too; of which version, FROM says.
  if (process.env.CILIUM_VERSION !== undefined) process.env.CILIUM_VERSION = from;

  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const id = process.env.CONFORMANCE_RUN ?? `upgrade-${stamp}-${process.pid}`;
  const folder = path.join(root, 'reports/out', id);
  mkdirSync(folder, { recursive: true });
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      process.exitCode = 128 + constants.signals[signal];
      abort.abort();
    });
  }

  const faults = [...values.fault, ...faultsAskedFor()];
  const env = {
    // Which lab is wanted stays the same over its upgrade: the one that was installed as FROM.
    REFERENCE_VERSION: from,
    CILIUM_VERSION: from,
    FAULTS: faults.join(','),
    UPGRADE_TO: to,
    UPGRADE_RECORD: path.join(folder, 'record.json'),
  };
  const claims = [
    ...(values.grep === undefined ? [] : ['--grep', values.grep]),
    ...['--grep-invert', '@UPG', '--repeat-each', values['repeat-each']],
  ];
  const broker = await openBroker(await loadProvider(), {
    keep: false,
    onProgress: line => process.stderr.write(`${line}\n`),
  });
  const suite = (name: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> => {
    console.log(`\n== ${name}`);
    return runSuite(root, { id: `${id}/${name}`, args, env: { ...env, ...more }, signal: abort.signal });
  };
  try {
    const before = await suite('before', claims);
    const during = await suite('during', ['--grep', 'UPG-0[234] ']);
    const after = await suite('after', claims);
    const gate = spawnSync(process.execPath, ['--import', 'tsx', 'reports/gate.ts', before, after], {
      cwd: root,
      stdio: 'inherit',
    });
    const gateFile = path.join(after, 'gate.json');
    if (!existsSync(gateFile)) throw new Error(`the gate ended with ${gate.status} and no answer`);
    const verdict = await suite('verdict', ['--grep', 'UPG-01 '], { UPGRADE_GATE: gateFile });

    const report = await joinReports(folder, [verdict, during]);
    const text = redact(
      upgradeMarkdown(report, { from, to }, readFileSync(path.join(after, 'gate.md'), 'utf8')),
    );
    writeFileSync(path.join(folder, 'upgrade.md'), text);
    pointLatestAt(folder);
    console.log(`\n${text}\n${path.relative(process.cwd(), folder)}/conformance.html`);
    const passed = report.claims.every(claim => claim.verdict === 'passed');
    if (gate.status === 2) process.exitCode = 2;
    else if (!passed) process.exitCode = report.counts.failed > 0 ? 1 : 2;
  } finally {
    await broker.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode ||= 2;
}
