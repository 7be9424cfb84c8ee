import { expect, test } from '@playwright/test';
import { compareVersions, isAtLeast } from './version.ts';

test('versions are compared as numbers, development versions as their release', () => {
  expect(compareVersions('1.18.10', '1.18.9')).toBeGreaterThan(0);
  expect(compareVersions('v1.19.0-dev', '1.19.0')).toBe(0);
  expect(compareVersions('1.17', '1.17.6')).toBeLessThan(0);
});

test('a minor version and all later ones', () => {
  expect(isAtLeast('1.18.0', '1.18')).toBe(true);
  expect(isAtLeast('v1.19.0-dev', '1.18')).toBe(true);
  expect(isAtLeast('1.9.12', '1.18')).toBe(false);
  expect(isAtLeast('2.0.0', '1.18')).toBe(true);
});
