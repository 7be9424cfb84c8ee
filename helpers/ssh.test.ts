import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { test as base, expect } from '@playwright/test';
import { ExecError, output } from './exec.ts';
import { connectSsh, type SshExecutor, type SshTarget, shellQuote } from './ssh.ts';

/** A real OpenSSH server per connection, on a pair of pipes: no port, no root, nothing of the machine's own. */
interface Server {
  /** Its files; `config` is read for each connection. */
  readonly directory: string;
  readonly target: SshTarget;
  /** The servers so far, one per connection. */
  readonly sessions: readonly ChildProcess[];
}

const sshd = '/usr/sbin/sshd';

const test = base.extend<{ server: Server; host: SshExecutor }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's dependencies off this pattern
    async ({}, use, testInfo) => {
      testInfo.skip(!existsSync(sshd), `${sshd} is not installed (package openssh-server)`);
      const directory = mkdtempSync(path.join(os.tmpdir(), 'sshd-'));
      const file = (name: string): string => path.join(directory, name);
      for (const key of ['host', 'client']) {
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(key)]);
      }
      const config = [
        `HostKey ${file('host')}`,
        `AuthorizedKeysFile ${file('client.pub')}`,
        'PermitRootLogin prohibit-password',
        'StrictModes no',
        'UsePAM no',
        'PidFile none',
        // bash under sshd reads ~/.bashrc, which may do anything: a version manager in it takes a second a command.
        `SetEnv HOME=${directory}`,
        '',
      ];
      writeFileSync(file('config'), config.join('\n'));
      // As root it insists on /run/sshd: give it a /run of its own.
      const isRoot = process.getuid?.() === 0;
      const start = `mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec ${sshd} -i -f "$0"`;
      const args = isRoot ? ['-m', 'sh', '-c', start] : ['-i', '-f'];
      const sessions: ChildProcess[] = [];
      await use({
        directory,
        sessions,
        target: {
          name: 'box',
          username: os.userInfo().username,
          privateKey: readFileSync(file('client'), 'utf8'),
          hostKey: readFileSync(file('host.pub'), 'utf8'),
          sock: () => {
            const child = spawn(isRoot ? 'unshare' : sshd, [...args, file('config')], {
              stdio: ['pipe', 'pipe', 'ignore'],
            });
            sessions.push(child);
            const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
            child.on('exit', () => stream.destroy());
            return stream;
          },
        },
      });
      for (const session of sessions) session.kill('SIGKILL');
      rmSync(directory, { recursive: true });
    },
    {},
  ],
  host: async ({ server }, use) => {
    const host = await connectSsh(server.target);
    await use(host);
    host.close();
  },
});

test('arguments arrive as they are, whatever the shell would make of them', async ({ host }) => {
  const awkward = [
    '',
    ' ',
    'a b',
    "it's",
    '"',
    '$HOME `id` $(id)',
    'two\nlines',
    '\\',
    '*',
    '~',
    '-n',
    '#',
    'ü€',
  ];
  const { stdout } = await host.exec(['printf', '%s\\0', ...awkward]);
  expect(stdout.split('\0')).toEqual([...awkward, '']);
});

test('code, both outputs and input are told apart', async ({ host }) => {
  const script = 'cat; echo two >&2; exit 3';
  expect(await host.exec(['sh', '-c', script], { input: 'one' })).toEqual({
    code: 3,
    stdout: 'one',
    stderr: 'two\n',
  });
  expect(await host.exec(['sh', '-c', script], { input: 'one', timeoutMs: 5_000 })).toEqual({
    code: 3,
    stdout: 'one',
    stderr: 'two\n',
  });
});

test('a command that is not there says so, and one that fails throws where it must succeed', async ({
  host,
}) => {
  expect((await host.exec(['no-such-command'])).code).toBe(127);
  await expect(output(host, ['false'])).rejects.toThrow('on box: false: exit code 1');
});

test('large outputs and inputs arrive whole', async ({ host }) => {
  const input = 'x'.repeat(3_000_000);
  const { stdout } = await host.exec(['cat'], { input });
  expect(stdout.length).toBe(input.length);
});

test('a command that does not read its input is no error', async ({ host }) => {
  expect((await host.exec(['true'], { input: 'x'.repeat(3_000_000) })).code).toBe(0);
});

test('a command ended by a signal has no exit code, and is an error', async ({ host }) => {
  await expect(host.exec(['sh', '-c', 'echo so far; kill -KILL $$'])).rejects.toThrow(
    /it was ended by SIGKILL\nso far/,
  );
});

test('thirty commands at once share the connection, and none is refused', async ({ host, server }) => {
  const all = await Promise.all(
    Array.from({ length: 30 }, (_, i) => host.exec(['sh', '-c', `sleep 0.05; echo ${i}`])),
  );
  expect(all.map(({ stdout }) => stdout.trim())).toEqual(Array.from({ length: 30 }, (_, i) => String(i)));
  expect(server.sessions).toHaveLength(1);
});

test('a command that takes too long is killed with its children, and its session is free again', async ({
  host,
}) => {
  const marker = `timeout-${process.pid}-${Date.now()}`;
  const runaway = ['sh', '-c', `echo began; sh -c 'sleep 60; : ${marker}'; :`];
  const late = await Promise.all(
    Array.from({ length: 12 }, () => host.exec(runaway, { timeoutMs: 200 }).catch((error: unknown) => error)),
  );
  for (const error of late) {
    expect(error).toBeInstanceOf(ExecError);
    expect((error as ExecError).message).toContain('it did not end within 200 ms');
  }
  const { stdout } = await host.exec(['ps', '-eo', 'args']);
  expect(stdout).toContain('ps -eo args');
  expect(stdout).not.toContain(marker);
});

test('a long command gives its output as it comes, takes signals, and says how it ended', async ({
  host,
}) => {
  const script = 'trap "echo bye; exit 5" INT; echo up; echo warned >&2; while :; do sleep 0.02; done';
  const command = await host.start(['sh', '-c', script]);
  const lines: string[] = [];
  for await (const chunk of command.stdout) {
    lines.push(chunk.toString().trim());
    if (lines.length === 1) command.signal('INT');
  }
  expect(lines).toEqual(['up', 'bye']);
  const warnings: string[] = [];
  for await (const chunk of command.stderr) warnings.push(chunk.toString());
  expect(warnings.join('')).toBe('warned\n');
  expect(await command.exited).toEqual({ code: 5, signal: undefined });
});

test('a long command ended by KILL reports the signal', async ({ host }) => {
  const command = await host.start(['sleep', '60']);
  command.signal('KILL');
  expect(await command.exited).toEqual({ code: undefined, signal: 'SIGKILL' });
});

test('a lost connection ends what runs on it with an error; the next command has a new one', async ({
  host,
  server,
}) => {
  const command = await host.start(['sleep', '60']);
  const pending = Promise.all([
    expect(host.exec(['sleep', '61'])).rejects.toThrow('on box: sleep 61: the connection was lost'),
    expect(host.exec(['sleep', '62'], { timeoutMs: 30_000 })).rejects.toThrow('the connection was lost'),
    expect(command.exited).resolves.toEqual({ code: undefined, signal: undefined }),
  ]);
  await setTimeout(200); // let them begin: there is nothing to see from here
  server.sessions[0]?.kill('SIGKILL');
  await pending;
  expect(await output(host, ['echo', 'again'])).toBe('again\n');
  expect(server.sessions).toHaveLength(2);
});

test('another host key is refused; a fingerprint is as good as the key', async ({ server }) => {
  const otherKey = newKey().public;
  await expect(connectSsh({ ...server.target, hostKey: otherKey })).rejects.toThrow(
    /ssh to box failed: its host key SHA256:\S+ is not the known one \(SHA256:/,
  );
  const { hostKey = '' } = server.target;
  const both = await connectSsh({ ...server.target, hostKey: [otherKey, String(hostKey)] });
  both.close();
  const blob = Buffer.from(String(hostKey).split(' ')[1] ?? '', 'base64');
  const sha256 = execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: blob }).toString('base64');
  const host = await connectSsh({ ...server.target, hostKey: `SHA256:${sha256.replace(/=+$/, '')}` });
  expect(await output(host, ['echo', 'hello'])).toBe('hello\n');
  host.close();
});

test('with sudo every command goes through it, and can still be ended', async ({ server }) => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'sudo-'));
  const log = path.join(directory, 'log');
  const sudo = path.join(directory, 'sudo');
  writeFileSync(sudo, `#!/bin/sh\necho "$*" >> ${log}\nshift 2\nexec "$@"\n`, { mode: 0o755 });
  const config = path.join(server.directory, 'config');
  // The first SetEnv is the one that counts.
  const first = `SetEnv HOME=${directory} PATH=${directory}:/usr/sbin:/usr/bin:/sbin:/bin\n`;
  writeFileSync(config, first + readFileSync(config, 'utf8'));
  const host = await connectSsh({ ...server.target, sudo: true });

  expect(await output(host, ['echo', "it's"])).toBe("it's\n");
  const running = await host.start(['sleep', '600']);
  running.signal('TERM');
  await running.exited;

  expect(readFileSync(log, 'utf8')).toMatch(
    /^-n -- echo it's\n-n -- setsid --wait sh -c echo \$\$ >&2; exec 'sleep' '600'\n-n -- kill -s TERM/,
  );
  host.close();
  rmSync(directory, { recursive: true });
});

test('a key that may not log in says who may not', async ({ server }) => {
  await expect(connectSsh({ ...server.target, privateKey: newKey().private })).rejects.toThrow(
    /ssh to box failed: user \S+ may not log in with this key/,
  );
});

test('a host that cannot be reached says which, and why', async () => {
  const nowhere = { name: 'nowhere', username: 'x', privateKey: 'none', hostKey: 'SHA256:x' };
  await expect(connectSsh({ ...nowhere, sock: '/no/such/socket' })).rejects.toThrow(/ssh to nowhere failed/);
  const privateKey = newKey().private;
  await expect(connectSsh({ ...nowhere, privateKey, sock: '/no/such/socket' })).rejects.toThrow(
    /ssh to nowhere failed: connect ENOENT/,
  );
  await expect(
    connectSsh({ ...nowhere, privateKey, sock: () => net.connect(1, '127.0.0.1') }),
  ).rejects.toThrow(/ECONNREFUSED/);
});

function newKey(): { readonly private: string; readonly public: string } {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'key-'));
  const file = path.join(directory, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  const pair = { private: readFileSync(file, 'utf8'), public: readFileSync(`${file}.pub`, 'utf8') };
  rmSync(directory, { recursive: true });
  return pair;
}

test('every argument is quoted', () => {
  expect(shellQuote(['a', '', "it's"])).toBe(`'a' '' 'it'\\''s'`);
});
