import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { bgp } from '../../lab/topologies/bgp.ts';
import { claims } from '../../tests/catalogue/index.ts';
import type { ClaimResult } from '../conformance.ts';
import { describeClaim } from '../conformance.ts';
import { storeEvidence } from '../evidence-store.ts';
import type { Seen } from '../summary.ts';
import { summarise } from '../summary.ts';
import { html } from './page.ts';

const seen: Omit<Seen, 'claims'> = {
  run: { id: 'r', startedAt: '2025-08-15T12:16:28.000Z', durationMs: 61_000, ended: 'normally' },
  labs: [
    {
      provider: 'netns',
      system: { name: 'reference', version: '1.18.0', label: 'reference <not Cilium>' },
      versions: { frr: '8.4.4' },
      topology: bgp,
    },
  ],
  unrun: new Map(),
  problems: [],
  playwright: '1.65.1',
};

function result(index: number, over: Partial<ClaimResult> = {}): ClaimResult {
  const claim = claims[index];
  if (claim === undefined) throw new Error(`no claim ${index}`);
  const repetition = {
    verdict: 'passed' as const,
    startedAt: seen.run.startedAt,
    durationMs: 1200,
    measured: [{ name: 'converged', ms: 71.4, resolutionMs: 20 }],
  };
  return {
    ...describeClaim(claim),
    verdict: 'passed',
    durationMs: 1200,
    test: 'a.spec.ts:1',
    repetitions: [repetition],
    evidence: [],
    ...over,
  };
}

function kept(
  folder: string,
  index: number,
  name: string,
  body: string | object,
): ClaimResult['evidence'][number] {
  const text = typeof body === 'string';
  const attachment = {
    name: `evidence: ${name}`,
    contentType: text ? 'text/plain' : 'application/json',
    body: Buffer.from(text ? body : JSON.stringify(body)),
  };
  return storeEvidence(folder, claims[index]?.id ?? 'none', 0, attachment, 0);
}

test('shows system, topology, verdicts, corrections and drawn evidence, all escaped', async () => {
  const folder = test.info().outputPath('run');
  const evidence = [
    kept(folder, 0, 'requests <by> node', {
      kind: 'tally',
      counts: { 'k8s-ctr': 30, 'k8s-w1<': 70 },
      pValue: 0.041,
    }),
    kept(folder, 0, 'outage', {
      kind: 'timeline',
      events: [{ atMs: 12, what: 'withdrawn', lane: 'router' }],
    }),
    kept(folder, 0, 'routes', [{ dst: '172.20.0.0/24', gateway: '192.168.10.100' }]),
    kept(folder, 0, 'broken', { kind: 'tally', counts: 'none' }),
    kept(folder, 0, 'log', '<script>alert(1)</script>'),
  ];
  const reason = 'leaked "10.0.0.0/8" & <b>more</b>';
  const page = await html(
    summarise({ ...seen, claims: [result(0, { evidence }), result(4, { verdict: 'failed', reason })] }),
    folder,
  );

  expect(page).toContain('reference &lt;not Cilium&gt;');
  expect(page).toContain('leaked &quot;10.0.0.0/8&quot; &amp; &lt;b&gt;more&lt;/b&gt;');
  expect(page).toContain('&lt;script&gt;alert(1)');
  expect(page).not.toMatch(/<script|<b>|<by>/);
  expect(page).toContain('p = 0.041');
  expect(page).toContain('70 (70 %)');
  expect(page).toContain('<td>withdrawn</td>');
  expect(page).toContain('<th scope="col">gateway</th>');
  for (const host of bgp.hosts) expect(page).toContain(`>${host.name}</text>`);
  expect(page.match(/class="session /g)).toHaveLength(3);
  expect(page).toContain('pods 172.20.2.0/24');
  expect(page).toContain('Corrects [cilium] cilium 의 LoadBalancer');
  expect(page).toContain('unproven');
  expect(page).toMatch(/<details class="claim plain" id="BGP-05" open>/);
  expect(page).toContain('<a href="https://docs.cilium.io/');
  const withoutLinks = page.replaceAll(/<a href="https:[^"]*"/g, '<a');
  expect(withoutLinks).not.toMatch(/(?:src|href)="(?!#|evidence\/)|@import|url\(/);
});

test('a report of 100 claims with much evidence stays under 5 MB', async () => {
  const folder = test.info().outputPath('run');
  mkdirSync(folder, { recursive: true });
  const all = Array.from({ length: 100 }, (_, index) =>
    result(index, {
      evidence: [
        kept(folder, index, 'big', '<'.repeat(200_000)),
        kept(folder, index, 'b', '.'.repeat(15_000)),
      ],
    }),
  );
  const page = await html(summarise({ ...seen, claims: all }), folder);
  expect(Buffer.byteLength(page)).toBeLessThan(5_000_000);
  expect(page).toContain('Cut off after');
  writeFileSync(join(folder, 'conformance.html'), page);
});

test('says so when evidence is gone from disk', async () => {
  const evidence = [{ ...kept(test.info().outputPath('run'), 0, 'x', 'y'), file: 'evidence/none.txt' }];
  const page = await html(
    summarise({ ...seen, claims: [result(0, { evidence })] }),
    test.info().outputPath('run'),
  );
  expect(page).toContain('could not be read');
});
