import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { Ajv } from 'ajv';
import { compare } from '../../reports/compare/compare.ts';
import schema from '../../reports/conformance.schema.json' with { type: 'json' };
import type { Conformance } from '../../reports/conformance.ts';
import { readReport } from '../../reports/read-report.ts';
import { claimById } from '../../tests/catalogue/index.ts';
import { claimsPage } from './claims.ts';
import { docs, pages } from './pages.ts';
import { reduced, verifiedPage } from './verified.ts';

const old = readReport(path.join(import.meta.dirname, '../../reports/testdata/conformance-1.0.json'));

for (const [file, text] of Object.entries(pages())) {
  test(`docs/${file} is current`, () => {
    expect(readFileSync(path.join(docs, file), 'utf8') === text, 'run npm run docs').toBe(true);
  });
}

test('the claims page has what the catalogue says of a claim', () => {
  const page = claimsPage(
    [claimById('LB-07'), { ...claimById('BGP-05'), versions: { from: '1.18' } }, claimById('GW-01')],
    [{ id: 'LB-07', file: 'tests/lb/traffic.spec.ts' }],
    [
      { id: 28632, reference: 'cilium#28632', title: 'A leak', outcome: { caughtBy: ['BGP-05'] } },
      { id: 1, reference: 'cilium#1', title: 'Elsewhere', outcome: { outOfReach: 'it needs a cloud' } },
    ],
  );
  expect(page).toContain('### LB-07');
  expect(page).toContain('- Test: [tests/lb/traffic.spec.ts](../tests/lb/traffic.spec.ts)');
  expect(page).toMatch(/- Corrects: .*It says: “Under policy Local/);
  expect(page).toContain('- Versions: from 1.18');
  expect(page).toContain(
    '- Real bugs: [cilium#28632](https://github.com/cilium/cilium/issues/28632) (A leak)',
  );
  expect(page).toContain('- Only on: real Cilium');
  expect(page).toMatch(/- No test: .*Envoy/);
  expect(page).toContain(
    'cilium#1](https://github.com/cilium/cilium/issues/1) Elsewhere; out of reach: it needs a cloud',
  );
});

test('a stored run matches the schema, compares with others, and keeps no evidence', () => {
  const run = reduced(withFailure(old), "built from a fork's source");
  const validate = new Ajv({ strict: false }).compile(schema);

  expect(validate(run), JSON.stringify(validate.errors)).toBe(true);
  expect(run.claims.flatMap(({ evidence }) => evidence)).toEqual([]);
  expect(compare(old, run)).toMatchObject({ exitCode: 1, regressed: [{ id: 'BGP-01' }] });
  const { lab: _, ...blind } = old;
  expect(() => reduced(blind)).toThrow(/saw no lab/);
});

test('the verified page counts by area and names each failure, newest run first', () => {
  const later = { ...old, run: { ...old.run, id: 'later', startedAt: '2030-01-02T03:04:05.000Z' } };
  const page = verifiedPage(
    [old, reduced(withFailure(later), 'an official image')],
    '## Not stored\n\nBy hand.',
  );

  expect(page.indexOf('2030-01-02')).toBeLessThan(page.indexOf(old.run.startedAt.slice(0, 10)));
  expect(page).toContain('## Not stored\n\nBy hand.\n\n## ');
  expect(page).toContain('- Origin: an official image');
  expect(page).toContain('Failed:\n\n- BGP-01: leaked 10.0.0.0/8 \\| more\n');
  expect(page).toMatch(/\| BGP \| \d+ \| 1 \| 0 \| \d+ \|/);
});

function withFailure(report: Conformance): Conformance {
  const [first, ...others] = report.claims;
  if (first === undefined) throw new Error('the report has no claim');
  return {
    ...report,
    claims: [{ ...first, verdict: 'failed', reason: 'leaked 10.0.0.0/8 | more\nand more' }, ...others],
  };
}
