import { expect, test } from '@playwright/test';
import { claim } from '../claim.ts';
import { claimById } from './index.ts';
import { bodiesIn, sentenceProblem, withSentences } from './sentences.ts';

const entries = [
  { id: 'LB-06', title: "Only the service's nodes are next hops" },
  { id: 'LB-07', title: 'A "quoted" word' },
];

test('tests are found in every way of writing them', () => {
  const text = `claim('LB-06', 'One'); claim.only("LB-07", "It's two")\n  claim(\n    \`BGP-01\`,\n    'It\\'s three',\n  )`;
  expect(bodiesIn('x.spec.ts', text)).toEqual([
    { id: 'LB-06', sentence: 'One', file: 'x.spec.ts' },
    { id: 'LB-07', sentence: "It's two", file: 'x.spec.ts' },
    { id: 'BGP-01', sentence: "It's three", file: 'x.spec.ts' },
  ]);
  expect(bodiesIn('x.spec.ts', "test(...claim('LB-06'), async () => {});")).toEqual([
    { id: 'LB-06', file: 'x.spec.ts' },
  ]);
});

test('sentences are written where they are missing or differ, and nowhere else', () => {
  const before = `test(...claim('LB-06'), async () => {});
test(...claim('LB-07', 'Another'), async () => {});
test(...claim('LB-99', 'Unknown'), async () => {});`;
  const after = withSentences(before, entries);

  expect(bodiesIn('', after).map(({ sentence }) => sentence)).toEqual([
    entries[0]?.title,
    entries[1]?.title,
    'Unknown',
  ]);
  expect(after.replaceAll(/claim\(.*\), async/g, 'claim(), async')).toBe(
    before.replaceAll(/claim\(.*\), async/g, 'claim(), async'),
  );
  expect(withSentences(after, entries)).toBe(after);
});

test('a sentence that is not the catalogue’s is refused, with both and the command', () => {
  const entry = claimById('LB-06');
  expect(() => claim('LB-06', 'Policy Local keeps all next hops')).toThrow(
    new RegExp(`npm run format.*\\n.*Policy Local keeps all next hops\\n.*${entry.title}`),
  );
  expect(sentenceProblem(entry, entry.title)).toBeUndefined();
  expect(() => claim('LB-6', entry.title)).toThrow(/near it: .*LB-06/);
  const [title, details] = claim('LB-06', entry.title);
  expect(title).toBe(`LB-06 ${entry.title}`);
  expect(details.tag).toEqual(['@LB', '@core', '@topology-bgp']);
});
