import { expect, test } from '@playwright/test';
import { table } from './fault.ts';

test('a row names the claims a fault kills, and those that may turn red with them', () => {
  expect(
    table([
      ['leak', 'BGP-05 LB-01', 'a prefix too many'],
      ['silence', 'BGP-01 may BGP-05 BGP-06', 'a node is silent', /192/],
    ]),
  ).toEqual([
    { name: 'leak', description: 'a prefix too many', kills: ['BGP-05', 'LB-01'] },
    {
      name: 'silence',
      description: 'a node is silent',
      kills: ['BGP-01'],
      may: ['BGP-05', 'BGP-06'],
      because: /192/,
    },
  ]);
});
