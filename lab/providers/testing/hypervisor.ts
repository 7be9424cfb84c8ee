import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ExecError, type Executor, output } from '../../../helpers/exec.ts';
import { localExecutor } from '../../../helpers/local-executor.ts';
import { until } from '../../../helpers/waiting.ts';
import { installed } from './parts.ts';

/** libvirt in network, mount and process namespaces of its own, in which vagrant runs too; they end with it. */
export interface Hypervisor {
  /** Runs programs where libvirt is. */
  readonly tools: Executor;
  /** The same, as one argv. */
  command(argv: readonly string[]): string[];
  stop(): Promise<void>;
}

const upMs = 60_000;
const drivers = '/usr/lib/*-linux-gnu/libvirt/connection-driver';

/**
 * @param directory empty: disks, sockets and what vagrant keeps for its user
 * @param box where the test's box and its kernel are
 * @throws NotToBeHad
 */
export async function startHypervisor(directory: string, box: string): Promise<Hypervisor> {
  installed(
    ...[
      'vagrant',
      'vagrant-libvirt',
      'libvirt-daemon-system',
      'libvirt-daemon-driver-qemu',
      'libvirt-clients',
    ],
    ...['qemu-system-x86', 'qemu-utils', 'dnsmasq-base', 'iptables', 'openssh-client'],
  );
  for (const name of ['etc', 'lib', 'cache', 'disks', 'home'])
    mkdirSync(path.join(directory, name), { recursive: true });
  const settings = {
    // Nothing that only a whole machine has: a log daemon, security labels, control groups.
    'qemu.conf':
      'stdio_handler = "file"\nsecurity_driver = "none"\nuser = "root"\ngroup = "root"\ncgroup_controllers = []\nremember_owner = 0\nnamespaces = []\n',
    'libvirtd.conf': 'auth_unix_rw = "none"\nunix_sock_rw_perms = "0700"\n',
  };
  for (const [name, text] of Object.entries(settings)) writeFileSync(path.join(directory, 'etc', name), text);
  const log = openSync(path.join(directory, 'libvirtd.log'), 'w');
  const script = [
    'mount --make-rprivate /',
    'mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log && mount -t sysfs sysfs /sys',
    'mount --bind "$1/etc" /etc/libvirt && mount --bind "$1/lib" /var/lib/libvirt && mount --bind "$1/cache" /var/cache/libvirt',
    // The driver that lists a machine's devices waits for a udev that is not there.
    `mkdir /run/drivers && cp ${drivers}/libvirt_driver_{qemu,network,storage,secret}.so /run/drivers`,
    `mount --bind /run/drivers $(echo ${drivers})`,
    'ip link set lo up',
    'echo 1 >/proc/sys/net/ipv4/ip_forward',
    // It does not reap what it starts, and is the first process here.
    'exec tini -- libvirtd --pid-file /run/libvirtd.pid',
  ].join('\n');
  const unshare = ['unshare', '-m', '-n', '-p', '-u', '-i', '-f', '--kill-child', '--mount-proc'];
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', ...unshare, '--', 'bash', '-euc', script, 'hypervisor', directory],
    { stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const inside = await until('libvirtd to have its namespaces', upMs, async () => {
      const pid =
        readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0] ?? '';
      return pid === '' ? undefined : pid;
    });
    const enter = [
      ...['nsenter', '--target', inside, '--mount', '--net', '--pid', '--ipc', '--uts', '--'],
      ...[
        'env',
        `HOME=${path.join(directory, 'home')}`,
        `VAGRANT_HOME=${path.join(directory, 'home', 'vagrant')}`,
      ],
      ...['VAGRANT_DEFAULT_PROVIDER=libvirt', `CONFORMANCE_TEST_BOX=${box}`],
    ];
    const tools = localExecutor('the hypervisor', enter);
    const virsh = ['virsh', '--connect', 'qemu:///system'];
    await until('libvirtd to answer', upMs, async () => {
      if (child.exitCode !== null)
        throw new Error(`libvirtd ended: ${readFileSync(path.join(directory, 'libvirtd.log'), 'utf8')}`);
      return (await tools.exec([...virsh, 'version'])).code === 0 ? true : undefined;
    });
    const pool = ['conformance', 'dir', '--target', path.join(directory, 'disks')];
    await output(tools, [...virsh, 'pool-create-as', ...pool]);
    return { tools, command: argv => [...enter, ...argv], stop };
  } catch (error) {
    const said = readFileSync(path.join(directory, 'libvirtd.log'), 'utf8').slice(-2000);
    await stop();
    throw error instanceof ExecError ? new Error(`${error.message}\n${said}`) : error;
  }
}
