import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { isRunning, processesIn } from '../../../helpers/processes.ts';
import { stateDirectory } from '../../lifecycle/state.ts';
import { difference } from '../../lifecycle/testing/machine.ts';
import { inCgroup, keepCgroup } from '../../namespaces/cgroups.ts';
import { startLab, stopLab } from '../../providers/netns/start.ts';

// What real Cilium leaves in the kernel ends with the lab, however that ends.

const { CILIUM_ROOT: root } = process.env;

test.skip(process.getuid?.() !== 0, 'labs need root');

/** Runs a shell that sees all cgroups, whatever is mounted here. */
const withCgroups = (script: string): string =>
  execFileSync(
    'unshare',
    ['--mount', 'sh', '-euc', `mount -t cgroup2 cgroup2 /sys/fs/cgroup; cd /sys/fs/cgroup; ${script}`],
    { encoding: 'utf8' },
  );

const conformanceCgroups = (): string[] =>
  withCgroups('find . -type d -name "conformance-*"').split('\n').filter(Boolean).sort();

test('the keeper ends what is left in the cgroup, and removes it with what is below', async () => {
  const keeper = await keepCgroup(`keeper-${process.pid}`);
  expect(conformanceCgroups()).toContain(`.${keeper.cgroup}`);
  withCgroups(`mkdir ./${keeper.cgroup}/node`);
  const [program, ...args] = inCgroup(`/sys/fs/cgroup${keeper.cgroup}/node`, ['sleep', '1000']) as [
    string,
    ...string[],
  ];
  const mount = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec "$@"';
  const member = spawn('unshare', ['--mount', 'sh', '-euc', mount, 'member', program, ...args]);
  const ended = once(member, 'exit');
  await expect.poll(() => withCgroups(`cat ./${keeper.cgroup}/node/cgroup.procs`)).not.toBe('');

  keeper.lifeline.destroy();

  expect(await ended).toEqual([null, 'SIGKILL']);
  await expect.poll(conformanceCgroups, { timeout: 20_000 }).not.toContain(`.${keeper.cgroup}`);
});

test('a killed lab leaves no program, link, pinned object, cgroup or mount', async () => {
  test.skip(root === undefined, 'needs real Cilium: CILIUM_ROOT=DIR');
  test.setTimeout(400_000);
  const name = `remains-${process.pid}`;
  const before = machine();
  const state = await startLab({
    name,
    topology: 'bgp',
    version: '',
    faults: [],
    ciliumRoot: root,
    lifeline: 'starter',
  });
  const { cilium } = JSON.parse(readFileSync(path.join(stateDirectory(name), 'config.json'), 'utf8')) as {
    cilium: { cgroup: string };
  };
  const keeper = state.cgroupKeeper;
  try {
    // A healthy agent may still be loading its programs.
    await expect.poll(() => pinnedBy(state.pidNamespace).length, { timeout: 120_000 }).toBeGreaterThan(40);
    const pinned = pinnedBy(state.pidNamespace);
    expect(conformanceCgroups().filter(each => each.startsWith(`.${cilium.cgroup}`))).toHaveLength(1);
    expect(difference(before, machine()), 'changed on this machine while it ran').toEqual([]);

    process.kill(state.process.pid, 'SIGKILL');

    await expect.poll(() => pinned.filter(each => inKernel().has(each)), { timeout: 60_000 }).toEqual([]);
    await expect.poll(() => keeper !== undefined && isRunning(keeper), { timeout: 60_000 }).toBe(false);
    expect(conformanceCgroups()).not.toContain(`.${cilium.cgroup}`);
    expect(difference(before, machine()), 'changed on this machine after it').toEqual([]);
  } finally {
    await stopLab(name);
  }
});

/** Links that a lab's agents have pinned (`link 12`) and their programs (`prog 7`). */
function pinnedBy(pidNamespace: string): string[] {
  const agents = processesIn(pidNamespace).filter(pid => nameOf(pid) === 'cilium-agent');
  return agents.flatMap(pid => {
    const folder = `/proc/${pid}/root/sys/fs/bpf`;
    const pins = execFileSync('find', [folder, '-type', 'f', '-path', '*/links/*'], { encoding: 'utf8' });
    return pins
      .split('\n')
      .filter(Boolean)
      .flatMap(file => {
        const shown = execFileSync('bpftool', ['-j', 'link', 'show', 'pinned', file], { encoding: 'utf8' });
        const link = JSON.parse(shown) as { id: number; prog_id: number };
        return [`link ${link.id}`, `prog ${link.prog_id}`];
      });
  });
}

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined; // it ended while we looked
  }
}

/**
 * Maps are not asked for: without pins and programs they go when the kernel gets to it, and on 6.18 empty arrays of
 * programs have been seen to stay for minutes with no user left.
 */
const inKernel = (): Set<string> =>
  new Set(
    ['link', 'prog'].flatMap(kind => {
      const shown = execFileSync('bpftool', ['-j', kind, 'show'], { encoding: 'utf8', maxBuffer: 1 << 26 });
      return (JSON.parse(shown || '[]') as { id: number }[]).map(({ id }) => `${kind} ${id}`);
    }),
  );

/** Mounts and pinned objects of the root namespaces, and the settings that Cilium would write. */
function machine(): string[] {
  const settings = ['kernel/unprivileged_bpf_disabled', 'kernel/timer_migration', 'net/core/bpf_jit_enable'];
  return [
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map(row => `mount ${row.split(' ')[4]}`),
    ...settings.map(file => `${file} ${readFileSync(`/proc/sys/${file}`, 'utf8').trim()}`),
    ...execFileSync('find', ['/sys/fs/bpf'], { encoding: 'utf8' }).split('\n'),
  ];
}
