import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { inCgroup, keepCgroup, removeLostCgroups } from './cgroups.ts';
import { labCgroups, withCgroups } from './testing/cgroups.ts';

// What hosts have of cgroup v2, each played in a private mount namespace.

test.skip(process.getuid?.() !== 0, 'labs need root');

const keeperScript = fileURLToPath(new URL('../setup/cgroup.sh', import.meta.url));
const labPart = [
  process.execPath,
  '--import',
  fileURLToPath(import.meta.resolve('tsx')),
  fileURLToPath(new URL('./testing/lab-part.ts', import.meta.url)),
];

interface PlayedHost {
  /** Shell: makes the cgroup that the lab's starter is in; $host is one of the test's own, $v2 where cgroup2 is. */
  readonly place?: string;
  /** Shell: what is mounted at /sys/fs/cgroup, and namespaces to run "$@" in. */
  readonly mounts: string;
}

const session =
  'mkdir -p $host/user.slice/session-1.scope; echo 0 > $host/user.slice/session-1.scope/cgroup.procs';
const v2 = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup';
const container = 'mkdir $host/container; echo 0 > $host/container/cgroup.procs';

/** `below`: the lab's cgroup is made there, as the starter sees it. */
const hosts: Readonly<Record<string, PlayedHost & { readonly below: string }>> = {
  'cgroup v2 at /sys/fs/cgroup, started from a login session': {
    place: session,
    mounts: v2,
    below: '/HOST/user.slice/session-1.scope',
  },
  'hybrid: version 1, and version 2 at /sys/fs/cgroup/unified': {
    place: session,
    mounts:
      'mount -t tmpfs tmpfs /sys/fs/cgroup; mkdir /sys/fs/cgroup/unified; mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified',
    below: '/HOST/user.slice/session-1.scope',
  },
  'version 1 only': { mounts: 'mount -t tmpfs tmpfs /sys/fs/cgroup', below: '/HOST' },
  'nothing at /sys/fs/cgroup': { mounts: ':', below: '/HOST' },
  'cgroup v2 mounted read-only': { mounts: `${v2} -o ro`, below: '/HOST' },
  'a container with a cgroup namespace of its own': {
    place: container,
    mounts: `exec unshare --cgroup --mount sh -euc '${v2}; exec "$@"' container "$@"`,
    below: '',
  },
  'a shell that entered a container and stayed in its own cgroup': {
    place: container,
    mounts: `exec unshare --cgroup --mount sh -euc '${v2}; echo 0 > "$0/cgroup.procs"; exec "$@"' $host "$@"`,
    below: '',
  },
  'a cgroup that may have none below it': {
    place: `${session}; echo 0 > $host/user.slice/session-1.scope/cgroup.max.descendants`,
    mounts: v2,
    below: '/HOST/user.slice',
  },
  'a threaded cgroup': {
    place:
      'mkdir $host/t; echo threaded > $host/t/cgroup.type; echo 0 > $host/cgroup.procs; echo 0 > $host/t/cgroup.threads',
    mounts: v2,
    below: '',
  },
};

/** A command line that runs another on a host like that; the cgroup /NAME is the host's, and the caller's to remove. */
function on({ place = ':', mounts }: PlayedHost, name: string, argv: readonly string[]): string[] {
  const script = [
    'umount -R -l /sys/fs/cgroup 2>/dev/null || :',
    'mount -t tmpfs tmpfs /run; mkdir /run/v2 /run/netns; v2=/run/v2; mount -t cgroup2 cgroup2 $v2',
    'host=$v2/$1; shift; mkdir $host; echo 0 > $host/cgroup.procs',
    place,
    mounts,
    'umount -l $v2; rmdir $v2; exec "$@"',
  ].join('\n');
  return ['--mount', 'sh', '-euc', script, 'played-host', name, ...argv];
}

const removeHost = (name: string): string =>
  withCgroups(`[ ! -d ${name} ] || find ${name} -depth -type d -exec rmdir {} \\;`);

for (const [index, [what, host]] of Object.entries(hosts).entries()) {
  test(`a lab has its cgroup on a host with ${what}`, async () => {
    const name = `played-${process.pid}-${index}`;
    try {
      const { stdout } = await promisify(execFile)('unshare', on(host, name, labPart));

      const { cgroup, seen, remains } = JSON.parse(stdout) as {
        cgroup: string;
        seen: string;
        remains: boolean;
      };
      expect(cgroup).toMatch(new RegExp(`^${host.below.replace('HOST', name)}/conformance-played-\\d+$`));
      expect(seen).toContain('0::/\nattached\n');
      expect(remains).toBe(false);
    } finally {
      removeHost(name);
    }
  });
}

const denied: Readonly<Record<string, PlayedHost & { readonly why: string }>> = {
  'no right to mount': {
    mounts: 'exec setpriv --bounding-set -sys_admin "$@"',
    why: 'no mount namespace can be made (unshare: unshare failed: Operation not permitted); real Cilium needs root',
  },
  'a user namespace and the cgroup namespace of the machine': {
    mounts: 'exec unshare --user --map-root-user "$@"',
    why: 'cgroup2 cannot be mounted (mount: /run/cgroup: permission denied.); real Cilium needs root and a kernel with cgroup v2',
  },
  'a container whose cgroup belongs to another user': {
    place: `${container}; chown -R 65534 $host/container`,
    mounts: 'exec unshare --user --map-root-user --cgroup "$@"',
    why: 'no cgroup can be made (Permission denied); real Cilium needs write access to cgroup v2',
  },
};

for (const [index, [what, host]] of Object.entries(denied).entries()) {
  test(`the error says what to do on a host with ${what}`, async () => {
    const name = `denied-${process.pid}-${index}`;
    try {
      const trial = promisify(execFile)('unshare', on(host, name, ['bash', keeperScript, '--try']));

      await expect(trial).rejects.toMatchObject({
        code: 1,
        stderr: `${host.why}; in a container: run it with --privileged\n`,
      });
    } finally {
      removeHost(name);
    }
  });
}

test('the keeper ends what is left in the cgroup, and removes it with what is below', async () => {
  const keeper = await keepCgroup(`keeper-${process.pid}`);
  expect(labCgroups()).toContain(keeper.cgroup);
  withCgroups(`mkdir ./${keeper.cgroup}/node`);
  const [program = '', ...args] = inCgroup(`/mnt${keeper.cgroup}/node`, ['sleep', '1000']);
  const mount = 'mount -t cgroup2 cgroup2 /mnt; exec "$@"';
  const member = spawn('unshare', ['--mount', 'sh', '-euc', mount, 'member', program, ...args]);
  const ended = once(member, 'exit');
  await expect.poll(() => withCgroups(`cat ./${keeper.cgroup}/node/cgroup.procs`)).not.toBe('');

  keeper.lifeline.destroy();

  expect(await ended).toEqual([null, 'SIGKILL']);
  await expect.poll(labCgroups, { timeout: 20_000 }).not.toContain(keeper.cgroup);
});

test('the cgroup ends with a starter that is killed; what a killed keeper leaves is removed', async () => {
  const name = `killed-${process.pid}`;
  const host = { place: session, mounts: v2 };
  try {
    for (const killed of ['starter', 'keeper'] as const) {
      const starter = spawn('unshare', on(host, name, [...labPart, 'stay']));
      const ended = once(starter, 'exit');
      const [line] = await once(starter.stdout, 'data');
      const [cgroup = '', keeper] = String(line).trim().split(' ');
      expect(removeLostCgroups()).not.toContain(cgroup);
      expect(labCgroups()).toContain(cgroup);

      if (killed === 'keeper') process.kill(Number(keeper), 'SIGKILL');
      starter.kill('SIGKILL');
      await ended;

      if (killed === 'keeper') await expect.poll(removeLostCgroups).toContain(cgroup);
      await expect.poll(labCgroups).not.toContain(cgroup);
      removeHost(name);
    }
  } finally {
    removeHost(name);
  }
});
