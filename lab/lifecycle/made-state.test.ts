import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { MadeLabs } from './made-state.ts';

test('a kept lab is remembered with the version it was upgraded to', () => {
  const previous = process.env.TMPDIR;
  const directory = mkdtempSync(path.join(os.tmpdir(), 'made-state-'));
  process.env.TMPDIR = directory;
  try {
    const labs = new MadeLabs<{ readonly prefixes: object }>('kind');
    const state = {
      topology: 'bgp',
      cilium: '1.17.6',
      startedAt: 'now',
      readyMs: 1,
      details: { prefixes: {} },
    };
    labs.write(state);

    labs.upgraded('bgp', '1.18.0');
    labs.upgraded('mesh', '1.18.0');

    expect(labs.read('bgp')).toEqual({ ...state, cilium: '1.18.0' });
    expect(labs.names(), 'what is not there is not made').toEqual(['bgp']);
  } finally {
    if (previous === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = previous;
    rmSync(directory, { recursive: true });
  }
});
