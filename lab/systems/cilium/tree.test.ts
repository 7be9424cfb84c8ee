import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test as base, expect } from '@playwright/test';
import { openTree, systemRecord } from './tree.ts';

const test = base.extend<{ directory: string }>({
  directory: async ({ browserName: _ }, use) => {
    const directory = mkdtempSync(path.join(tmpdir(), 'tree-'));
    await use(directory);
    rmSync(directory, { recursive: true, force: true });
  },
});

function program(directory: string, file: string, says = ''): void {
  const target = path.join(directory, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, `#!/bin/sh\necho "${says}"\n`);
  chmodSync(target, 0o755);
}

test('what was fetched is an official image, by name and digest', ({ directory }) => {
  program(
    directory,
    'agent/usr/bin/cilium-agent',
    'Cilium 1.18.0 4cab6ddc 2025-07-29T00:00:00Z go version go1.24.5',
  );
  program(directory, 'agent/opt/cni/bin/cilium-cni');
  mkdirSync(path.join(directory, 'agent/var/lib/cilium/bpf'), { recursive: true });
  program(directory, 'operator/usr/bin/cilium-operator-generic');
  program(directory, 'clustermesh-apiserver/usr/bin/clustermesh-apiserver');
  program(directory, 'clustermesh-apiserver/usr/bin/etcd');
  const agent = { name: 'quay.io/cilium/cilium:v1.18.0', digest: 'sha256:abc' };
  writeFileSync(path.join(directory, 'images.json'), JSON.stringify({ images: { agent } }));

  const tree = openTree(directory);
  const origin = 'quay.io/cilium/cilium:v1.18.0@sha256:abc';
  const etcd = path.join(directory, 'clustermesh-apiserver/usr/bin/etcd');
  expect(tree).toMatchObject({
    version: '1.18.0',
    origin,
    image: path.join(directory, 'agent'),
    operator: path.join(directory, 'operator/usr/bin/cilium-operator-generic'),
    mesh: { etcd },
  });
  // At the start and after an upgrade alike.
  expect(systemRecord('1.18.0', tree)).toEqual({ name: 'cilium', version: '1.18.0', origin, etcd });
  expect(systemRecord('1.18.0', undefined)).toEqual({ name: 'reference', version: '1.18.0' });
});

test('everything else is a local tree, told apart by its agent', ({ directory }) => {
  program(directory, 'cilium-agent', 'cilium-agent 1.20.0-dev go version go1.26');
  program(directory, 'cilium-operator-generic');
  program(directory, 'cilium-cni');
  mkdirSync(path.join(directory, 'bpf'));

  expect(openTree(directory)).toMatchObject({
    version: '1.20.0-dev',
    origin: expect.stringMatching(/^a local tree, cilium-agent sha256:[0-9a-f]{12}$/),
    image: undefined,
    path: [directory],
    mesh: undefined,
  });
});

test('what is missing is named, with the places that were looked at', ({ directory }) => {
  program(directory, 'usr/bin/cilium-agent', '1.18.0');
  expect(() => openTree(directory)).toThrow(
    /no cilium-operator-generic in .*usr\/bin\/cilium-operator-generic/,
  );
  expect(() => openTree(path.join(directory, 'none'))).toThrow(/there is no directory/);
});
