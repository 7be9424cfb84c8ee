import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { readProofs } from './proofs.ts';

test('of each fault and claim the newest outcome counts; what cannot be read proves nothing', () => {
  const out = test.info().outputPath('out');
  const store = (name: string, text: string): void => {
    mkdirSync(join(out, name), { recursive: true });
    writeFileSync(join(out, name, 'falsification.json'), text);
  };
  const falsification = (startedAt: string, outcome: string): string =>
    JSON.stringify({
      startedAt,
      faults: [{ fault: 'bgp-leaked-prefix', claims: [{ claim: 'BGP-05', outcome }] }],
    });
  store('falsify-2', falsification('2025-08-15T02:00:00.000Z', 'survived'));
  store('falsify-1', falsification('2025-08-14T02:00:00.000Z', 'killed'));
  store('falsify-cut', '{"startedAt":');
  store('falsify-other', '{"faults":7}');

  expect(readProofs(out).get('BGP-05')).toEqual([
    { fault: 'bgp-leaked-prefix', outcome: 'survived', proven: false, at: '2025-08-15T02:00:00.000Z' },
  ]);
  expect(readProofs(join(out, 'nowhere')).size).toBe(0);
});
