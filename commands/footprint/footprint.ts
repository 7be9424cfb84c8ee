import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { alphabetical } from '../../helpers/order.ts';
import { manifestUrl } from '../../lab/providers/existing/clusters.ts';
import { footprintFile, type Recording, readRecording } from '../../lab/providers/existing/footprint.ts';
import type { Inventory } from '../../lab/providers/existing/inventory.ts';
import { type JournalEntry, outsideClaims } from '../../lab/providers/existing/journal.ts';
import { manifest, rulesFor } from '../../lab/providers/existing/rbac.ts';
import { footprintsOf, parseRequest, requestsOf } from '../../lab/providers/existing/summarise.ts';
import { setStage } from '../../lab/providers/existing/testing/stage.ts';
import { topologyNamed } from '../../lab/topologies/index.ts';
import { claims } from '../../tests/catalogue/index.ts';

// `npm run footprint [-- CLAIM…]`: runs claims (all of them unless some are named) on the reference lab as if it were
// somebody's, and writes down what each did: footprint.json, from which plans are printed, and the manifests of the
// least rights, rbac.yaml and rbac-mesh.yaml.

const wanted = process.argv.slice(2);
const written = claims.filter(({ planned }) => planned === undefined);
const chosen = written.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
const topologies = [...new Set(chosen.map(({ topology }) => topology))];
let recording = readRecording();
let failed = chosen.length === 0;

for (const topology of topologies) {
  const ids = chosen.filter(claim => claim.topology === topology).map(({ id }) => id);
  const { journal, report, status } = await run(topology, ids);
  const verdicts = new Map(report.claims.map(({ id, verdict }) => [id, verdict]));
  // What a claim that failed did may not be all it does.
  const passed = ids.filter(id => verdicts.get(id) === 'passed');
  const lost = ids.filter(id => !['passed', 'not applicable'].includes(verdicts.get(id) ?? ''));
  if (status !== 0 || lost.length > 0) failed = true;
  recording = merged(recording, topology, passed, journal, wanted.length === 0 && lost.length === 0);
  console.log(
    `recorded: ${passed.length} claims of topology ${topology}; ${recording.requests[topology].length} distinct requests in all` +
      (lost.length === 0 ? '' : `; not recorded, because they did not pass: ${lost.join(', ')}`),
  );
}

writeFileSync(footprintFile, `${JSON.stringify(recording, undefined, 1)}\n`);
// As the linter wants it.
spawnSync('node_modules/.bin/biome', ['format', '--write', fileURLToPath(footprintFile)], {
  stdio: 'ignore',
});
for (const topology of ['bgp', 'mesh'] as const) {
  const rules = rulesFor(recording.requests[topology].map(parseRequest));
  writeFileSync(manifestUrl(topology), manifest(rules));
}
process.exitCode = failed ? 1 : 0;

interface Run {
  readonly journal: readonly JournalEntry[];
  readonly report: { readonly claims: readonly { readonly id: string; readonly verdict: string }[] };
  readonly status: number | null;
}

/** Claims on a stage, with all that they do written down. */
async function run(topology: Inventory['topology'], ids: readonly string[]): Promise<Run> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'conformance-footprint-'));
  const journalFile = path.join(scratch, 'journal');
  const name = `footprint-${topology}-${process.pid}`;
  const stage = await setStage(name, scratch, {
    topology,
    disruptive: claims.filter(({ disruptive }) => disruptive === true).map(({ id }) => id),
  });
  const playwright = ['lab/setup/attached.sh', 'node_modules/.bin/playwright', 'test', '--project', 'claims'];
  const child = spawn('bash', [...playwright, '--grep', `(${ids.join('|')}) `], {
    stdio: 'inherit',
    env: {
      ...process.env,
      CONFORMANCE_RUN: name,
      LAB: 'existing',
      LAB_INVENTORY: stage.inventory,
      LAB_JOURNAL: journalFile,
      ...stage.controls,
    },
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  await stage.close();
  const lines = existsSync(journalFile) ? readFileSync(journalFile, 'utf8').trim().split('\n') : [];
  rmSync(scratch, { recursive: true });
  const report = readFileSync(path.join('reports', 'out', name, 'conformance.json'), 'utf8');
  return {
    journal: lines.map(line => JSON.parse(line) as JournalEntry),
    report: JSON.parse(report) as Run['report'],
    status,
  };
}

/** @param whole nothing of an earlier recording of this topology is to be kept */
function merged(
  old: Recording,
  topology: Inventory['topology'],
  passed: readonly string[],
  journal: readonly JournalEntry[],
  whole: boolean,
): Recording {
  const all = footprintsOf(journal, topologyNamed(topology));
  const every = `${outsideClaims}-${topology}`;
  const fresh = Object.entries(all).filter(([id]) => passed.includes(id));
  const { [outsideClaims]: outside } = all;
  const others = Object.entries(old.claims).filter(
    ([id]) => !whole || (id !== every && claims.find(claim => claim.id === id)?.topology !== topology),
  );
  const kept = whole ? [] : old.requests[topology];
  const requests = [...new Set([...kept, ...requestsOf(journal, topologyNamed(topology))])].toSorted(
    alphabetical,
  );
  return {
    claims: sorted({
      ...Object.fromEntries(others),
      ...Object.fromEntries(fresh),
      ...(outside === undefined || (!whole && every in old.claims) ? {} : { [every]: outside }),
    }),
    requests: { ...old.requests, [topology]: requests },
  };
}

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => alphabetical(a, b)));
}
