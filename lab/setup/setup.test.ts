import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';

const script = fileURLToPath(new URL('./setup.sh', import.meta.url));

/** Runs the set-up on a machine where these programs (name → shell script) stand in for the real ones. */
function setup(programs: Record<string, string>, args: string[] = [], env: NodeJS.ProcessEnv = {}) {
  const directory = test.info().outputPath('bin');
  mkdirSync(directory, { recursive: true });
  for (const [name, body] of Object.entries({ npm: 'echo npm was called >&2; exit 1', ...programs })) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(directory, name), 0o755);
  }
  const path = [directory, dirname(process.execPath), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(
    delimiter,
  );
  const { status, stdout, stderr } = spawnSync('bash', [script, ...args], {
    env: { ...process.env, LAB: 'netns', ...env, PATH: path },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const asRoot = { id: 'echo 0', uname: 'echo Linux' };
const nothingInstalled = { 'dpkg-query': 'exit 1', 'apt-get': 'echo apt-get was called >&2; exit 1' };

test('another system than Linux is told so, and what to use instead', () => {
  const { status, stderr } = setup({ uname: 'echo Darwin' });

  expect(status).toBe(1);
  expect(stderr).toContain('runs on Linux only; this is Darwin');
  expect(stderr).toContain('LAB=kind, LAB=vagrant or LAB=existing');
});

test('without root it says so, and installs nothing', () => {
  const { status, stderr } = setup({ ...asRoot, ...nothingInstalled, id: 'echo 1000' });

  expect(status).toBe(1);
  expect(stderr).toContain('needs root');
  expect(stderr).not.toContain('was called');
});

test('a Node that is too old is named with its version', () => {
  for (const version of ['v18.19.0', 'v20.17.0']) {
    const { status, stderr } = setup({ ...asRoot, node: `echo ${version}` });

    expect(status).toBe(1);
    expect(stderr).toContain(`Node ${version}`);
    expect(stderr).toContain('20.18 or newer');
  }
});

test('what the kernel lacks is named before anything is installed', () => {
  const { status, stderr } = setup({
    ...asRoot,
    ...nothingInstalled,
    unshare: 'echo unshare failed: Operation not permitted >&2; exit 1',
  });

  expect(status).toBe(1);
  expect(stderr).toContain('new mount, network, PID, IPC and UTS namespaces');
  expect(stderr).toContain('Operation not permitted');
  expect(stderr).not.toContain('was called');
});

test('another provider asks neither for Linux nor for root', () => {
  const { status, stderr } = setup({ uname: 'echo Darwin', id: 'echo 501' }, [], {
    LAB: 'kind',
  });

  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('lists what is missing with the reason, and changes nothing', () => {
  const { status, stdout, stderr } = setup({ ...nothingInstalled, kubectl: 'exit 0', nginx: 'exit 0' }, [
    '--missing',
  ]);

  expect(status).toBe(0);
  expect(stdout).toContain('frr the router: zebra, bgpd, vtysh\n');
  expect(stderr).toBe('');
  // Their programs are there, from elsewhere: installing these packages could remove what brought them.
  expect(stdout).not.toContain('kubernetes-client');
  expect(stdout).not.toContain('nginx-light');
});

test('refuses an option it does not know', () => {
  expect(setup({}, ['--devel'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('unknown option --devel'),
  });
});
