import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchCaptures, type Measured } from '../helpers/pcap/bench.ts';
import { processesIn } from '../helpers/processes.ts';
import { median } from '../helpers/statistics.ts';
import { openLab } from '../lab/providers/netns/lab.ts';
import { startLab, stopLab } from '../lab/providers/netns/start.ts';

/**
 * `npm run bench`: how long a lab takes to come up and go, what memory it holds, how long the claims take, how fast a
 * large capture is searched beside tshark; several runs each, written to reports/out/bench.json with medians.
 */
const { values } = parseArgs({
  options: {
    labs: { type: 'string', default: '7' },
    suites: { type: 'string', default: '3' },
    grep: { type: 'string', default: '@BGP' },
    captures: { type: 'string', default: '5' },
  },
});

interface Figure {
  readonly what: string;
  readonly unit: 'ms' | 'MB' | 'x';
  readonly runs: readonly number[];
  readonly median: number;
}

const figures: Figure[] = [];

const up: number[] = [];
const reachable: number[] = [];
const memory: number[] = [];
const down: number[] = [];
for (let run = 0; run < Number(values.labs); run++) {
  const name = `bench-${process.pid}-${run}`;
  const started = performance.now();
  const state = await startLab({ name, topology: 'bgp', version: '1.18.0', faults: [], lifeline: 'starter' });
  up.push(performance.now() - started);
  const lab = await openLab(name);
  await Promise.all(lab.topology.hosts.map(host => lab.host(host.name).exec(['true'])));
  reachable.push(performance.now() - started);
  memory.push(proportionalSetSizeMb(processesIn(state.pidNamespace)));
  await lab.close();
  const ending = performance.now();
  await stopLab(name);
  down.push(performance.now() - ending);
  console.log(
    `lab ${run + 1} of ${values.labs}: up ${up.at(-1)?.toFixed(0)} ms, ${memory.at(-1)?.toFixed(0)} MB`,
  );
}
if (up.length > 0) {
  add('lab up: API answers, pods can be attached', 'ms', up);
  add('lab up, every host reached by ssh', 'ms', reachable);
  add('memory of a lab (sum of PSS)', 'MB', memory);
  add('lab down, nothing left', 'ms', down);
}

const suites: number[] = [];
for (let run = 0; run < Number(values.suites); run++) {
  const started = performance.now();
  const playwright = fileURLToPath(new URL('../node_modules/.bin/playwright', import.meta.url));
  const { status } = spawnSync(playwright, ['test', '--grep', values.grep], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0)
    throw new Error(`the claims (${values.grep}) did not all pass; a figure of a red run says nothing`);
  suites.push(performance.now() - started);
  console.log(`claims ${values.grep}, run ${run + 1} of ${values.suites}: ${suites.at(-1)?.toFixed(0)} ms`);
}
if (suites.length > 0) add(`claims ${values.grep}, start to end`, 'ms', suites);

const captureRuns = Number(values.captures);
if (captureRuns > 0) {
  const { capture, ownProcess, analyse, tshark } = await benchCaptures(captureRuns);
  const question = `DSR options in a capture of ${Math.round(capture.bytes / 1e6)} MB`;
  const sides = {
    'npm run dsr': ownProcess,
    'analyse()': analyse,
    ...(tshark && { [tshark.version]: tshark }),
  };
  for (const [side, { seconds, peakMb = [] }] of Object.entries<
    Partial<Measured> & Pick<Measured, 'seconds'>
  >(sides)) {
    add(
      `${question}, ${side}`,
      'ms',
      seconds.map(each => each * 1000),
    );
    if (peakMb.length > 0) add(`${question}, ${side}, peak memory`, 'MB', peakMb);
    if (tshark !== undefined && side !== tshark.version) {
      add(`${question}, ${side}, times as fast as tshark`, 'x', [median(tshark.seconds) / median(seconds)]);
    }
  }
}

const out = fileURLToPath(new URL('../reports/out/bench.json', import.meta.url));
mkdirSync(fileURLToPath(new URL('../reports/out/', import.meta.url)), { recursive: true });
const machine = { cores: os.cpus().length, kernel: os.release(), node: process.version };
writeFileSync(out, `${JSON.stringify({ at: new Date().toISOString(), machine, figures }, null, 2)}\n`);
for (const figure of figures) {
  console.log(`${String(figure.median).padStart(7)} ${figure.unit}  ${figure.what}`);
}
console.log(`written to ${out}`);

function add(what: string, unit: Figure['unit'], runs: readonly number[]): void {
  figures.push({ what, unit, runs: runs.map(Math.round), median: Math.round(median(runs)) });
}

/** Memory that pages shared with others count towards in parts (PSS), so that a sum over processes is true. */
function proportionalSetSizeMb(pids: readonly number[]): number {
  const kilobytes = pids.map(pid => {
    try {
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      return 0; // ended in between
    }
  });
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1024;
}
