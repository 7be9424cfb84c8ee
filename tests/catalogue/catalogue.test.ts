import { expect, test } from '@playwright/test';
import { labFaults } from '../../lab/providers/netns/faults.ts';
import { each } from '../../lab/systems/reference/fault.ts';
import { upstream } from './documents.ts';
import { claimById, claims } from './index.ts';
import { lint } from './lint.ts';
import { regressions } from './regressions.ts';
import { bodies } from './specs.ts';

test('catalogue, tests and faults agree', () => {
  expect(lint(claims, bodies(), labFaults)).toEqual([]);
});

test('an unknown id names those near it', () => {
  expect(claimById('LB-06').area).toBe('LB');
  expect(() => claimById('BGP-7')).toThrow(/no claim "BGP-7"; near it: BGP-0?\d/);
  expect(() => claimById('lb-6')).toThrow(/near it: .*LB-06/);
});

test('a source of Cilium has an address, with the anchor of its section', () => {
  const sources = claims.flatMap(claim => [claim.sources, claim.correction?.source ?? []].flat());
  for (const source of sources.filter(each => 'cilium' in each)) {
    expect(source.url, source.cilium).toMatch(
      /^https:\/\/(docs\.cilium\.io\/en\/v\d\.\d+|github\.com\/cilium\/cilium\/blob\/v[\d.]+)\//,
    );
  }
  expect(upstream('kubeproxy-free', 'Direct Server Return (DSR) with Geneve').url).toBe(
    'https://docs.cilium.io/en/v1.19/network/kubernetes/kubeproxy-free/#direct-server-return-dsr-with-geneve',
  );
});

test('regressions name claims that exist', () => {
  const caught = regressions.flatMap(row => ('caughtBy' in row.outcome ? row.outcome.caughtBy : []));
  expect(caught.length).toBeGreaterThan(0);
  for (const id of caught) expect(claimById(id).id).toBe(id);
  expect(new Set(regressions.map(row => row.id)).size).toBe(regressions.length);
});

test('a regression is caught by a claim that has a fault of its name, and such a fault is a regression', () => {
  const faultOf = (id: number): string => {
    const outcome = regressions.find(row => row.id === id)?.outcome;
    return outcome !== undefined && 'fault' in outcome && outcome.fault !== undefined
      ? outcome.fault
      : `cilium-${id}`;
  };
  const problems = regressions.flatMap(({ id, outcome }) =>
    ('caughtBy' in outcome ? outcome.caughtBy : [])
      .map(claimById)
      .filter(claim => claim.planned === undefined && !claim.faults.includes(faultOf(id)))
      .map(claim => `${claim.id} is to catch cilium#${id} and has no fault ${faultOf(id)}`),
  );
  const claimed = claims.flatMap(claim =>
    claim.faults
      .filter(fault => claim.planned === undefined && fault.startsWith('cilium-'))
      .filter(fault => {
        const row = regressions.find(({ id }) => `cilium-${id}` === fault);
        return row === undefined || !('caughtBy' in row.outcome) || !row.outcome.caughtBy.includes(claim.id);
      })
      .map(fault => `${claim.id} has the fault ${fault}, and is not said to catch it`),
  );
  expect([...problems, ...claimed]).toEqual([]);
});

test.describe('the lint finds', () => {
  const good = claimById('LB-06');
  const body = { id: good.id, sentence: good.title, file: 'a.spec.ts' };

  test('an entry without a test, unless it is planned', () => {
    expect(lint([good], [])).toEqual([expect.stringContaining('LB-06: no test')]);
    expect(lint([{ ...good, planned: 'needs two routers' }], [])).toEqual([]);
    expect(lint([{ ...good, planned: ' ' }], [])).toEqual([expect.stringContaining('without a reason')]);
  });

  test('a test without an entry, with two tests, or still planned', () => {
    expect(lint([], [body])).toEqual([expect.stringContaining('"LB-06" is not in tests/catalogue')]);
    expect(lint([good], [body, body])).toEqual([expect.stringContaining('two tests')]);
    expect(lint([{ ...good, planned: 'later' }], [body])).toEqual([expect.stringContaining('still planned')]);
  });

  test("a test whose sentence is not the entry's, or that has none", () => {
    const problem = expect.stringMatching(/^a\.spec\.ts: LB-06: the sentence at the test .*npm run format/);
    expect(lint([good], [{ ...body, sentence: 'Policy Local' }])).toEqual([problem]);
    expect(lint([good], [{ id: body.id, file: body.file }])).toEqual([problem]);
  });

  test('malformed and repeated ids', () => {
    const odd = { ...good, id: 'LB-6' };
    expect(lint([odd], [{ ...body, id: 'LB-6' }])).toEqual([expect.stringContaining('two digits')]);
    expect(lint([good, { ...good }], [body])).toEqual([expect.stringContaining('two entries')]);
  });

  test('a fault of claims that do not exist', () => {
    const fault = {
      name: 'keep-next-hop',
      description: '',
      kills: each(['LB-06', 'LB-99'], {}),
      may: ['LB-98'],
    };
    expect(lint([good], [body], [fault])).toEqual([
      'fault keep-next-hop names LB-99, which is not in tests/catalogue',
      'fault keep-next-hop names LB-98, which is not in tests/catalogue',
    ]);
  });
});
