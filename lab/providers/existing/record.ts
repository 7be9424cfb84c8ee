import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { alphabetical } from '../../../helpers/order.ts';
import { claims } from '../../../reports/catalogue/index.ts';
import { topologyNamed } from '../../topologies/index.ts';
import { footprintFile, type Recording, readRecording } from './footprint.ts';
import { type JournalEntry, outsideClaims } from './journal.ts';
import { manifest, rulesFor } from './rbac.ts';
import { setStage } from './stage.ts';
import { footprintsOf, parseRequest, requestsOf } from './summarise.ts';

// `npm run footprint [-- CLAIM…]`: runs claims (all of them unless some are named) on the reference lab as if it were
// somebody's, and writes down what each did: footprint.json, from which plans are printed, and the manifest of the
// least rights, rbac.yaml.

export const manifestFile = new URL('./rbac.yaml', import.meta.url);

const wanted = process.argv.slice(2);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'conformance-footprint-'));
const journalFile = path.join(scratch, 'journal');
const stage = await setStage(`footprint-${process.pid}`, scratch, {
  disruptive: claims.filter(({ disruptive }) => disruptive === true).map(({ id }) => id),
});
const grep = wanted.length === 0 ? [] : ['--grep', `(${wanted.join('|')}) `];
const playwright = ['lab/setup/attached.sh', 'node_modules/.bin/playwright', 'test', '--project', 'claims'];
const run = spawn('bash', [...playwright, ...grep], {
  stdio: 'inherit',
  env: {
    ...process.env,
    LAB: 'existing',
    LAB_INVENTORY: stage.inventory,
    LAB_JOURNAL: journalFile,
    LAB_STAGE: stage.name,
  },
});
const [status] = (await once(run, 'exit')) as [number | null];
await stage.close();

const journal = existsSync(journalFile)
  ? readFileSync(journalFile, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as JournalEntry)
  : [];
rmSync(scratch, { recursive: true });
// What a claim that failed did may not be all it does.
const report = JSON.parse(readFileSync('reports/out/latest/conformance.json', 'utf8')) as {
  claims: { id: string; verdict: string }[];
};
const passed = new Set(report.claims.filter(({ verdict }) => verdict === 'passed').map(({ id }) => id));
const topology = topologyNamed('bgp');
const all = wanted.length === 0 && status === 0;
const old = readRecording();
const footprints = Object.entries(footprintsOf(journal, topology)).filter(
  ([claim]) => passed.has(claim) || (claim === outsideClaims && wanted.length === 0),
);
const recording: Recording = {
  claims: sorted({ ...(all ? {} : old.claims), ...Object.fromEntries(footprints) }),
  requests: [...new Set([...(all ? [] : old.requests), ...requestsOf(journal, topology)])].toSorted(
    alphabetical,
  ),
};
writeFileSync(footprintFile, `${JSON.stringify(recording, undefined, 1)}\n`);
// As the linter wants it.
spawnSync('node_modules/.bin/biome', ['format', '--write', fileURLToPath(footprintFile)], {
  stdio: 'ignore',
});
writeFileSync(manifestFile, manifest(rulesFor(recording.requests.map(parseRequest))));
console.log(`recorded: ${footprints.length} claims; ${recording.requests.length} distinct requests in all`);
process.exitCode = status ?? 1;

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => alphabetical(a, b)));
}
