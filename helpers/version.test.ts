import { expect, test } from '@playwright/test';
import { isAtLeast } from './version.ts';

test('minor versions compare as numbers, whatever is before and after them', () => {
  expect(isAtLeast('1.18.0', '1.18')).toBe(true);
  expect(isAtLeast('v1.19.0-dev', '1.18')).toBe(true);
  expect(isAtLeast('1.9.12', '1.18')).toBe(false);
  expect(isAtLeast('2.0.0', '1.18')).toBe(true);
});
