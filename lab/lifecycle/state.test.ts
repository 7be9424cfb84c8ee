import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startTicks } from '../../helpers/processes.ts';
import { collectGarbage, labNames, makeStateDirectory, stateDirectory } from './state.ts';

const name = `state-test-${process.pid}`;
test.afterEach(() => rmSync(stateDirectory(name), { recursive: true, force: true }));

/** As a process leaves it that has begun to start a lab of this name. */
function beingStartedBy(pid: number): void {
  mkdirSync(stateDirectory(name), { recursive: true });
  const starter = { pid, startTicks: startTicks(pid) };
  writeFileSync(path.join(stateDirectory(name), 'starter.json'), JSON.stringify(starter));
}

test('a lab that somebody else is starting is left to them; one whose starter is gone is garbage', async () => {
  const other = spawn('sleep', ['60']);
  try {
    beingStartedBy(other.pid ?? 0);
    expect(() => makeStateDirectory(name)).toThrow(
      `a lab named ${name} is being started already, by process ${other.pid}`,
    );
    expect(collectGarbage()).not.toContain(name);
  } finally {
    other.kill('SIGKILL');
  }
  await new Promise(resolve => other.once('exit', resolve));
  expect(collectGarbage()).toContain(name);
  expect(labNames()).not.toContain(name);
});

test('a process may start a lab again that it did not get to start', () => {
  beingStartedBy(process.pid);
  expect(makeStateDirectory(name)).toBe(stateDirectory(name));
});

test('names that are no directory of ours', () => {
  for (const bad of ['', '../up', 'Upper', 'a'.repeat(40)])
    expect(() => makeStateDirectory(bad)).toThrow('is no name for a lab');
});
