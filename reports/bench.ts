import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';
import { median } from '../helpers/statistics.ts';
import { html } from './html/page.ts';
import { sampleRun } from './html/sample.ts';

// `npm run bench:report`: how large the page of a run of 100 claims with evidence of every kind is, how long it takes
// to write, and to open from disk in Chromium until it is drawn. Several runs each; written to reports/out.

const claims = 100;
const runs = 7;
const browser = '/usr/bin/chromium';
const out = join(import.meta.dirname, 'out');

const folder = mkdtempSync(join(os.tmpdir(), 'bench-report-'));
try {
  const report = sampleRun(folder, claims);
  const file = join(folder, 'conformance.html');
  const written: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    writeFileSync(file, await html(report, folder));
    written.push(performance.now() - started);
  }
  const opened = existsSync(browser) ? await open(file) : [];
  const figures = [
    { what: `page of ${claims} claims, size`, unit: 'kB', runs: [Math.round(statSync(file).size / 1000)] },
    { what: 'written, captures decoded', unit: 'ms', runs: written.map(Math.round) },
    { what: 'opened from disk, until it is drawn', unit: 'ms', runs: opened.map(Math.round) },
  ]
    .filter(({ runs }) => runs.length > 0)
    .map(figure => ({ ...figure, median: median(figure.runs) }));
  mkdirSync(out, { recursive: true });
  const machine = {
    cores: os.cpus().length,
    kernel: os.release(),
    node: process.version,
    load: os.loadavg(),
  };
  const result = { at: new Date().toISOString(), machine, figures };
  writeFileSync(join(out, 'bench-report.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  for (const { what, unit, median: middle } of figures)
    console.log(`${String(middle).padStart(7)} ${unit}  ${what}`);
  console.log(
    `load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} cores; written to ${out}/bench-report.json`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** From asking for the page to the second frame after it was loaded: by then the first one is on the screen. */
async function open(file: string): Promise<number[]> {
  const times: number[] = [];
  const chromiumBrowser = await chromium.launch({ executablePath: browser, args: ['--no-sandbox'] });
  try {
    for (let run = 0; run < runs; run++) {
      const page = await chromiumBrowser.newPage();
      const started = performance.now();
      await page.goto(pathToFileURL(file).href);
      await page.evaluate('new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
      times.push(performance.now() - started);
      await page.close();
    }
  } finally {
    await chromiumBrowser.close();
  }
  return times;
}
