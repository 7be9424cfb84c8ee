import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { isRunning, processesIn } from '../../../helpers/processes.ts';
import { stateDirectory } from '../../lifecycle/state.ts';
import { difference } from '../../lifecycle/testing/machine.ts';
import { labCgroups } from '../../namespaces/testing/cgroups.ts';
import { startLab, stopLab } from './start.ts';

// What real Cilium leaves in the kernel ends with the lab, however that ends.

const { CILIUM_ROOT: root } = process.env;

test.skip(process.getuid?.() !== 0, 'labs need root');

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
    expect(labCgroups()).toContain(cilium.cgroup);
    expect(difference(before, machine()), 'changed on this machine while it ran').toEqual([]);

    process.kill(state.process.pid, 'SIGKILL');

    await expect.poll(() => pinned.filter(each => inKernel().has(each)), { timeout: 60_000 }).toEqual([]);
    await expect.poll(() => keeper !== undefined && isRunning(keeper), { timeout: 60_000 }).toBe(false);
    expect(labCgroups()).not.toContain(cilium.cgroup);
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
