import { expect, test } from '@playwright/test';
import type { ExecResult } from '../../helpers/exec.ts';
import type { Provider } from '../contract/provider.ts';
import { type Maker, type MakingParts, madeLabs, realParts } from '../lifecycle/made-lab.ts';
import { existing } from './existing/provider.ts';
import { chosenProvider } from './index.ts';
import { maker as kind } from './kind/provider.ts';
import { netns } from './netns/provider.ts';

/** What is misspelt or missing ends a run before its first claim, with one message. */

const prepare = (provider: Provider, faults: readonly string[] = []): Promise<void> =>
  provider.prepare({ faults, onProgress: () => {} });

function withEnvironment(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) process.env[name] = value;
}

test.afterEach(() => {
  for (const name of ['REFERENCE_VERSION', 'CILIUM_VERSION', 'CILIUM_ROOT', 'LAB_INVENTORY'])
    delete process.env[name];
});

test('a provider that there is not', () => {
  expect(() => chosenProvider('minikube')).toThrow(
    'LAB=minikube: there is no such provider; there is netns, kind',
  );
});

test('the embedded lab: a misspelt fault, versions that are none, a tree that is not there', async () => {
  await expect(prepare(netns, ['bgp-leaked-prefx'])).rejects.toThrow(
    'the lab has no fault bgp-leaked-prefx; near it: bgp-leaked-prefix',
  );
  withEnvironment({ REFERENCE_VERSION: '9' });
  await expect(prepare(netns)).rejects.toThrow('REFERENCE_VERSION=9 is no version of Cilium, like 1.18.0');
  withEnvironment({ CILIUM_VERSION: 'latest' });
  await expect(prepare(netns)).rejects.toThrow('latest is no version of Cilium, like 1.18.0');
  withEnvironment({ CILIUM_ROOT: '/nowhere' });
  await expect(prepare(netns)).rejects.toThrow('there is no directory /nowhere to take Cilium from');
});

test('labs with real Cilium: tools that are missing, and faults, which there are none of', async () => {
  const answer: ExecResult = { code: 127, stdout: '', stderr: 'not installed' };
  const parts: MakingParts = {
    ...realParts,
    tools: () => ({
      name: 'nothing installed',
      exec: () => Promise.resolve(answer),
      start: () => Promise.reject(new Error('not installed')),
    }),
  };
  const provider = madeLabs(kind() as Maker<unknown>, parts);
  await expect(prepare(provider)).rejects.toThrow(
    /LAB=kind cannot run here yet.*\n {2}docker: not installed/,
  );
  await expect(prepare(provider, ['bgp-leaked-prefix'])).rejects.toThrow('LAB=kind has no faults');
});

test('an existing cluster: no inventory', async () => {
  await expect(prepare(existing)).rejects.toThrow('LAB=existing needs an inventory: LAB_INVENTORY=<file>');
});
