import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { knownHostKeys } from './known-hosts.ts';

const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0GsQN9ZkR0Cx8iRPNQ7g0d8gkNPpXg3cWkW7Vw2mJd';
const rsa = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7';

test("finds a host's keys by name or address, whatever else is in the file", () => {
  const file = [
    '# mine',
    '',
    `router,192.168.10.200 ${ed25519} a comment`,
    `other ${rsa}`,
    `rou* ${rsa}`,
  ].join('\n');

  expect(knownHostKeys(file, 'router')).toEqual([ed25519, rsa]);
  expect(knownHostKeys(file, '192.168.10.200')).toEqual([ed25519]);
  expect(knownHostKeys(file, 'nowhere')).toEqual([]);
});

test('a port other than 22 is part of the name', () => {
  const file = `[127.0.0.1]:2222 ${ed25519}\n127.0.0.1 ${rsa}\n`;

  expect(knownHostKeys(file, '127.0.0.1', 2222)).toEqual([ed25519]);
  expect(knownHostKeys(file, '127.0.0.1')).toEqual([rsa]);
});

test('revoked keys, certificate authorities and negated names are not taken', () => {
  const file = [
    `@revoked * ${rsa}`,
    `router ${rsa}`,
    `@cert-authority router ${ed25519}`,
    `*,!router ${ed25519}`,
  ].join('\n');

  expect(knownHostKeys(file, 'router')).toEqual([]);
  expect(knownHostKeys(file, 'node')).toEqual([ed25519]);
});

test('names hashed by OpenSSH itself', () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'known-'));
  const file = path.join(directory, 'known_hosts');
  writeFileSync(file, `router ${ed25519}\n[10.0.0.1]:2200 ${rsa}\n`);
  execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
  const hashed = readFileSync(file, 'utf8');
  rmSync(directory, { recursive: true });

  expect(hashed).not.toContain('router');
  expect(knownHostKeys(hashed, 'router')).toEqual([ed25519]);
  expect(knownHostKeys(hashed, '10.0.0.1', 2200)).toEqual([rsa]);
  expect(knownHostKeys(hashed, '10.0.0.1')).toEqual([]);
});

test('a line that is none is told by its number', () => {
  expect(() => knownHostKeys(`router ${ed25519}\nnonsense here\n`, 'router')).toThrow(/line 2 is not one/);
});
