import { expect, test } from '@playwright/test';
import { nearest } from './nearest.ts';

test('what a misspelt name may have meant, nearest first', () => {
  const names = ['bgp-leaked-prefix', 'lb-selector-ignored', 'l2-selector-ignored', 'mesh-snat'];
  expect(nearest('bgp-leaked-prefx', names, 1)).toEqual(['bgp-leaked-prefix']);
  expect(nearest('l2-selector-ignored', names, 2)).toEqual(['l2-selector-ignored', 'lb-selector-ignored']);
  expect(nearest('anything', [])).toEqual([]);
});
