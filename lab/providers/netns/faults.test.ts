import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { gives, missing, observed, type Reason, says, tooMany } from '../../systems/reference/reason.ts';
import { labFaults } from './faults.ts';

const root = path.join(import.meta.dirname, '../../..');

test('every fault has one row in a table and is implemented', () => {
  const sources = ['lab', 'commands'].flatMap(folder =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map(file => readFileSync(path.join(root, folder, file), 'utf8')),
  );
  const rows = sources.flatMap(text =>
    [...text.matchAll(/^ {2}'([a-z0-9-]+)': \{$/gm)].map(([, name]) => name),
  );
  const used = new Set(
    // Asked for, on the list of the DSR program's bits, or made of another fault.
    sources.flatMap(text =>
      [...text.matchAll(/(?:\.(?:has|includes)\(|^ {2})'([a-z0-9-]+)'(?:\)|,$|: ')/gm)].map(
        ([, name]) => name,
      ),
    ),
  );
  const names = labFaults.map(({ name }) => name);
  const inOrder = (a = '', b = ''): number => a.localeCompare(b);
  const defined = rows.filter(name => names.some(known => known === name));
  expect(defined.sort(inOrder)).toEqual(names.sort(inOrder));
  expect(names.filter(name => !used.has(name))).toEqual([]);
});

/** Rows that a check prints whatever has gone wrong: nothing answers, nothing is there. */
const generic = [
  '',
  '(none)',
  'none',
  'an answer',
  'no answer',
  'no answer: timeout',
  'none (timeout)',
  'none (no node saw its SYN)',
  'answered',
  'not answered',
  'refused',
  'timeout',
  'reset',
  'curl: (28) Failed to connect to 203.0.113.9 port 80 after 1000 ms: Timeout was reached',
  'curl: (7) Failed to connect to 203.0.113.9 port 80: No route to host',
  'curl-pod: no answer',
  'webpod: no answer',
];

/** The message of a check that failed for any reason. */
const skeleton = (row: string): string =>
  [
    'Error: what was looked at was not as expected within 6.0 s, nor 3.0 s later',
    ...['expected (1)', 'observed (1)', 'missing', 'too many'].map(section => `${section}:\n  ${row}`),
    'the last look failed: timeout',
  ].join('\n');

/**
 * Reasons that are met as well where nothing at all is seen: that other checks of the claim, or its set-up, fail first
 * then is all there is. None may be added: say what is `observed`, or what is `tooMany`.
 */
const metByNothing: readonly string[] = [
  'bgp-no-end-of-rib BGP-11',
  'bgp-session-not-resumed BGP-12',
  'bgp-policy-missing BGP-16',
  'bgp-routes-withdrawn-at-restart BGP-20',
  'bgp-md5-ignored BGP-24',
  'lb-cluster-prunes LB-04',
  'lb-external-ip-silent LB-15',
  'lb-aggregation-ignored LB-20',
  'lb-aggregates-local LB-20',
  'cilium-18250 LB-01',
  'cilium-24069 BGP-20',
  'cilium-31346 BGP-20',
  'cilium-35018 LB-16',
  'cilium-36055 LB-17',
  'cilium-38620 BGP-30',
  'lbipam-waiting-forgotten IPAM-10',
  'cilium-30700 IPAM-12',
  'l2-no-takeover L2-05',
  'l2-no-gratuitous-arp L2-05',
  'cilium-32115 L2-08',
  'mesh-route-missing MESH-05',
  'mesh-no-failover MESH-08',
  'mesh-affinity-strict MESH-10',
  'mesh-affinity-strict MESH-11',
  'upgrade-loses-objects UPG-04',
  'router-does-not-install BGP-06',
  'router-discards-unknown RT-03',
];

test('no reason is one that a failure without the fault could print', () => {
  const problems: string[] = [];
  const alone: string[] = [];
  for (const { name, kills = {}, blinds = {} } of labFaults) {
    for (const [claim, { about: _, ...named }] of [...Object.entries(kills), ...Object.entries(blinds)]) {
      const met = generic.find(row => gives(skeleton(row), named));
      if (met !== undefined) problems.push(`${name}, ${claim}: met by "${met}" in any failure`);
      if (Object.keys(named).join() === 'missing') alone.push(`${name} ${claim}`);
    }
  }
  expect(problems).toEqual([]);
  expect(alone).toEqual(metByNothing);
});

test.describe('a reason', () => {
  const message = [
    'Error: BGP table of router was late',
    'expected (2):\n  10.0.0.0/24 via A\n  10.1.0.0/24 via B',
    'observed (2):\n  10.0.0.0/24 via A\n  10.9.0.0/24 via C',
    'missing:\n  10.1.0.0/24 via B',
    'too many:\n  10.9.0.0/24 via C',
  ].join('\n');
  const isGiven = (reason: Reason): boolean => gives(message, reason);

  test('is looked for in its own section, row by row', () => {
    expect(isGiven(missing`via B`)).toBe(true);
    expect(isGiven(missing`via C`)).toBe(false);
    expect(isGiven(tooMany`^10\.9\.0\.0/24 via C$`)).toBe(true);
    expect(isGiven({ ...observed`via A`, ...missing`via B` })).toBe(true);
    expect(isGiven({ ...observed`via B`, ...missing`via B` })).toBe(false);
    expect(isGiven({ about: /was late/, ...tooMany`via C` })).toBe(true);
    expect(isGiven({ about: /via C/, ...tooMany`via C` })).toBe(false);
    expect(isGiven(says`router was late\nexpected`)).toBe(true);
  });

  test('takes values for what they are, and patterns for patterns', () => {
    expect(isGiven(missing`${'10.1.0.0/24'} via`)).toBe(true);
    expect(isGiven(missing`${'10.1.0.0.24'} via`)).toBe(false);
    expect(isGiven(missing`${/10\.\d+/}\.0\.0/24`)).toBe(true);
  });
});
