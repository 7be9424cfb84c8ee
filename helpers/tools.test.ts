import { expect, test } from '@playwright/test';
import { containerExecutor } from './container.ts';
import { ExecError, type Executor } from './exec.ts';
import { machineTools } from './tools.ts';
import { until } from './waiting.ts';

test('arguments arrive as they are, with input and environment; exit codes come back', async () => {
  const tools = machineTools({ env: { GREETING: 'hello' } });
  const words = ["it's", 'a "word"', '$HOME', '`id`', 'a\nb', '', '*'];
  expect((await tools.exec(['printf', '%s|', ...words])).stdout).toBe(`${words.join('|')}|`);
  expect((await tools.exec(['cat'], { input: 'input' })).stdout).toBe('input');
  expect((await tools.exec(['sh', '-c', 'echo "$GREETING"'])).stdout).toBe('hello\n');
  expect(await tools.exec(['sh', '-c', 'echo no >&2; exit 3'])).toEqual({
    code: 3,
    stdout: '',
    stderr: 'no\n',
  });
  expect((await tools.exec(['no-such-program-anywhere'])).code).toBe(127);
});

test('what does not end in time is ended', async () => {
  await expect(machineTools().exec(['sleep', '60'], { timeoutMs: 200 })).rejects.toThrow(
    'on this machine: sleep 60: it did not end within 200 ms',
  );
});

test('an abort ends the command that runs, and lets no other one start', async () => {
  const ending = new AbortController();
  const tools = machineTools({ signal: ending.signal });
  const running = tools.exec(['sleep', '60']);
  ending.abort(new Error('interrupted'));
  await expect(running).rejects.toThrow('interrupted');
  await expect(tools.exec(['true'])).rejects.toThrow('interrupted');
});

test('a command that goes on: its output as it comes, and its end by a signal', async () => {
  const running = await machineTools().start(['sh', '-c', 'echo ready; exec sleep 60']);
  for await (const chunk of running.stdout) {
    expect(chunk.toString()).toBe('ready\n');
    break;
  }
  running.signal('TERM');
  await until('its end', 10_000, async () => await running.exited);
  expect((await running.exited).code).toBeUndefined();
});

/** A docker that starts nothing, or runs the command here. */
const docker = (answer: (argv: readonly string[]) => ReturnType<Executor['exec']>): Executor => ({
  name: 'this machine',
  exec: argv => answer(argv),
  start: () => Promise.reject(new Error('not here')),
});

test("a container's command: its own exit code, and what docker itself says is an error", async () => {
  const ran = docker(async () => ({ code: 1, stdout: 'out', stderr: '4711\nits own words\n' }));
  expect(await containerExecutor('node', 'c', ran).exec(['false'])).toEqual({
    code: 1,
    stdout: 'out',
    stderr: 'its own words\n',
  });
  const gone = 'Error response from daemon: No such container: c\n';
  const without = docker(async () => ({ code: 1, stdout: '', stderr: gone }));
  await expect(containerExecutor('node', 'c', without).exec(['false'])).rejects.toThrow(
    'on node: false: docker could not start it: Error response from daemon: No such container: c',
  );
});

test("a container's command that is late is killed in the container, not only here", async () => {
  const calls: string[] = [];
  const late = docker(async argv => {
    calls.push(argv.join(' '));
    if (argv.includes('kill')) return { code: 0, stdout: '', stderr: '' };
    throw new ExecError('this machine', argv, 'it did not end within 5 ms', {
      code: -1,
      stdout: '',
      stderr: '4711\n',
    });
  });
  await expect(containerExecutor('node', 'c', late).exec(['sleep', '9'], { timeoutMs: 5 })).rejects.toThrow(
    'on node: sleep 9: it did not end within 5 ms',
  );
  expect(calls.at(-1)).toBe('docker exec c kill -s KILL -- -4711');
});
